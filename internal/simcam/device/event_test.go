package device

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// subscribe makes a subscription and returns its address.
func subscribe(t *testing.T, d *Device, inner string) string {
	t.Helper()
	return must(t, d, nsEvents, "CreatePullPointSubscription", inner).values("Address")[0]
}

// pull asks a subscription for messages.
func pull(t *testing.T, address, timeout string, limit int) answer {
	t.Helper()
	return post(t, client(), address, envelopeOf("", nsEvents, "PullMessages", fmt.Sprintf("<op:Timeout>%s</op:Timeout><op:MessageLimit>%d</op:MessageLimit>", timeout, limit)))
}

// operations returns how often each kind of message is in an answer.
func operations(a answer) (initialized, changed int) {
	return strings.Count(a.text, `PropertyOperation="Initialized"`), strings.Count(a.text, `PropertyOperation="Changed"`)
}

func TestEvents(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.ClockOffset = 3 * time.Hour })
	d.RaiseInput("1", true)
	address := subscribe(t, d, "<op:InitialTerminationTime>PT1M</op:InitialTerminationTime>")
	first := pull(t, address, "PT5S", 10)
	if i, c := operations(first); i != 2 || c != 0 {
		t.Errorf("first: %s", first.text)
	}
	if !strings.Contains(first.text, `<tt:SimpleItem Name="LogicalState" Value="true"/>`) || !strings.Contains(first.text, `Name="State" Value="false"`) {
		t.Errorf("states: %s", first.text)
	}
	got := make(chan answer, 1)
	go func() { got <- pull(t, address, "PT20S", 10) }()
	d.RaiseMotion(0, true)
	a := <-got
	if _, c := operations(a); c != 1 || !slices.Equal(a.values("Topic"), []string{TopicMotion}) || !strings.Contains(a.text, `Name="Source" Value="VideoSource_1"`) || !strings.Contains(a.text, `Value="true"`) {
		t.Errorf("motion: %s", a.text)
	}
	at, err := time.Parse(time.RFC3339, strings.Split(strings.SplitAfter(a.text, `UtcTime="`)[1], `"`)[0])
	if err != nil || (time.Until(at)-3*time.Hour).Abs() > 10*time.Second {
		t.Errorf("it was at %v, %v: not the device's time", at, err)
	}
	d.Raise(Event{Topic: "tns1:Monitoring/<Odd>", Data: map[string]string{"b": "2", "a": `"1"`}, Passing: true})
	a = pull(t, address, "PT5S", 10)
	if strings.Contains(a.text, "PropertyOperation") || !strings.Contains(a.text, `<tt:Data><tt:SimpleItem Name="a" Value="&#34;1&#34;"/><tt:SimpleItem Name="b" Value="2"/></tt:Data>`) {
		t.Errorf("a passing event: %s", a.text)
	}
	if a := pull(t, address, "PT0S", 10); a.status != 200 || len(a.values("Topic")) != 0 {
		t.Errorf("nothing: %s", a.text)
	}
	if a := post(t, client(), address, envelopeOf("", nsEvents, "SetSynchronizationPoint", "")); a.status != 200 {
		t.Errorf("synchronize: %s", a.text)
	}
	if i, _ := operations(pull(t, address, "PT5S", 10)); i != 2 {
		t.Errorf("%d states after a synchronization point", i)
	}
}

func TestMessagesComeInParts(t *testing.T) {
	d := oneCamera(t, nil)
	address := subscribe(t, d, "")
	for i := range 4 {
		d.RaiseMotion(0, i%2 == 0)
	}
	var sizes []int
	for range 3 {
		sizes = append(sizes, len(pull(t, address, "PT5S", 2).values("Topic")))
	}
	if !slices.Equal(sizes, []int{2, 2, 2}) {
		t.Errorf("messages by twos: %v", sizes)
	}
	for range maxWaiting + 10 {
		d.RaiseMotion(0, true)
	}
	if got := len(pull(t, address, "PT5S", 5000).values("Topic")); got != maxWaiting {
		t.Errorf("%d messages were kept, want %d", got, maxWaiting)
	}
}

func TestFilter(t *testing.T) {
	d := oneCamera(t, nil)
	address := subscribe(t, d, `<op:Filter><n:TopicExpression xmlns:n="urn:n">tns1:Device//.</n:TopicExpression></op:Filter>`)
	d.RaiseMotion(0, true)
	if got := pull(t, address, "PT5S", 10).values("Topic"); !slices.Equal(got, []string{TopicDigitalInput}) {
		t.Errorf("filtered: %q", got)
	}
	for expression, want := range map[string]bool{
		TopicMotion: true, "tns1:VideoSource//.": true, "tns1:Device//.|" + TopicMotion: true, "tns1:VideoSource": false,
		"tns1:Video//.": false, "": false, TopicMotion + "//.": true,
	} {
		if got := topicMatches(expression, TopicMotion); got != want {
			t.Errorf("%q: %t", expression, got)
		}
	}
}

func TestSubscriptionsEnd(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.MaxSubscriptions = 2 })
	gone := func(what, address string) {
		t.Helper()
		faultWith(t, what, pull(t, address, "PT0S", 1), 400, "ResourceUnknownFault")
	}
	short := subscribe(t, d, "<op:InitialTerminationTime>PT0.05S</op:InitialTerminationTime>")
	long := subscribe(t, d, "<op:InitialTerminationTime>"+time.Now().Add(time.Minute).UTC().Format(time.RFC3339)+"</op:InitialTerminationTime>")
	ctx := within(t)
	for d.Counters().Subscriptions == 2 && ctx.Err() == nil {
	}
	gone("expired", short)
	if a := pull(t, long, "PT0S", 1); a.status != 200 {
		t.Errorf("a moment to end at: %s", a.text)
	}
	other := subscribe(t, d, "")
	faultWith(t, "one too many", ask(t, d, nsEvents, "CreatePullPointSubscription", ""), 500, "MaximumNumberReached")
	if a := post(t, client(), other, envelopeOf("", nsNotify, "Unsubscribe", "")); a.status != 200 {
		t.Errorf("unsubscribe: %s", a.text)
	}
	gone("unsubscribed", other)
	for _, space := range []string{nsNotify, nsEvents} {
		for _, operation := range []string{"Renew", "Unsubscribe", "SetSynchronizationPoint"} {
			if a := post(t, client(), other, envelopeOf("", space, operation, "")); a.status == 200 {
				t.Errorf("%s of what is gone: %s", operation, a.text)
			}
		}
	}
	waiting := make(chan answer, 1)
	pull(t, long, "PT0S", 100)
	go func() { waiting <- pull(t, long, "PT20S", 1) }()
	if err := d.Await(ctx, func(c Counters) bool { return c.Requests["events/PullMessages"] == 5 }); err != nil {
		t.Fatal(err)
	}
	d.RestartEvents()
	faultWith(t, "restarted", <-waiting, 400, "ResourceUnknownFault")
	if got := d.Counters().Subscriptions; got != 0 {
		t.Errorf("%d subscriptions after a restart", got)
	}
}

func TestRenew(t *testing.T) {
	d := oneCamera(t, nil)
	address := subscribe(t, d, "<op:InitialTerminationTime>PT1M</op:InitialTerminationTime>")
	a := post(t, client(), address, envelopeOf("", nsNotify, "Renew", "<op:TerminationTime>PT10M</op:TerminationTime>"))
	current, _ := time.Parse(time.RFC3339, a.values("CurrentTime")[0])
	end, _ := time.Parse(time.RFC3339, a.values("TerminationTime")[0])
	if end.Sub(current) != 10*time.Minute {
		t.Errorf("renewed: %s", a.text)
	}
	d.mu.Lock()
	left := time.Until(d.events.open["1"].expires)
	d.mu.Unlock()
	if left < 9*time.Minute {
		t.Errorf("renewed, it has %v left", left)
	}
	for _, wrong := range []string{"soon", "PT0S", "2001-01-01T00:00:00Z"} {
		a := post(t, client(), address, envelopeOf("", nsNotify, "Renew", "<op:TerminationTime>"+wrong+"</op:TerminationTime>"))
		faultWith(t, wrong, a, 400, "UnacceptableInitialTerminationTimeFault")
	}
}

func TestOddPulls(t *testing.T) {
	d := oneCamera(t, nil)
	address := subscribe(t, d, "")
	faultWith(t, "no time", pull(t, address, "soon", 1), 400, "InvalidArgVal")
	faultWith(t, "no limit", pull(t, address, "PT1S", 0), 400, "InvalidArgVal")
	for _, operation := range []string{"GetServiceCapabilities", "GetEventProperties"} {
		if a := must(t, d, nsEvents, operation, ""); !strings.Contains(a.text, "PullPoint") && !strings.Contains(a.text, "MotionAlarm") {
			t.Errorf("%s: %s", operation, a.text)
		}
	}
}

func TestMotionByItself(t *testing.T) {
	d := oneCamera(t, func(c *Config) { c.MotionEvery = 30 * time.Millisecond })
	address := subscribe(t, d, "")
	seen := ""
	for ctx := within(t); strings.Count(seen, `Name="State" Value="true"`) < 2 && ctx.Err() == nil; {
		seen += pull(t, address, "PT5S", 10).text
	}
	if !strings.Contains(seen, `PropertyOperation="Changed"><tt:Source><tt:SimpleItem Name="Source" Value="VideoSource_1"/></tt:Source><tt:Data><tt:SimpleItem Name="State" Value="false"/>`) {
		t.Errorf("motion does not end: %s", seen)
	}
}

// A device that is switched off does not leave a subscriber waiting.
func TestPowerOffEndsPulls(t *testing.T) {
	d := oneCamera(t, nil)
	address := subscribe(t, d, "")
	pull(t, address, "PT0S", 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c := client()
		c.Timeout = patience
		response, err := c.Post(address, "application/soap+xml", strings.NewReader(envelopeOf("", nsEvents, "PullMessages", "<op:Timeout>PT60S</op:Timeout><op:MessageLimit>1</op:MessageLimit>")))
		if err == nil {
			response.Body.Close()
		}
	}()
	if err := d.Await(within(t), func(c Counters) bool { return c.Requests["events/PullMessages"] == 2 }); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	d.PowerOff()
	<-done
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT5S": 5 * time.Second, "PT0.5S": 500 * time.Millisecond, "PT1M30S": 90 * time.Second, "PT2H": 2 * time.Hour,
		"P1D": 24 * time.Hour, "P1DT1H": 25 * time.Hour, "P1M": 30 * 24 * time.Hour, "P1Y": 365 * 24 * time.Hour, " PT1S ": time.Second, "PT0S": 0,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "5S", "PT5", "PTS", "PT-5S", "PT5S1M", "P5S", "PT1e3S", "P1DT", "PT0x1S", "PTNaNS"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
	if got := formatDuration(1500 * time.Millisecond); got != "PT1.5S" {
		t.Errorf("1.5 s is %s", got)
	}
}

func FuzzDuration(f *testing.F) {
	f.Add("PT5S")
	f.Add("P1Y2M3DT4H5M6.7S")
	f.Add("P999999999999999999999999Y")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := parseDuration(text); err == nil && got < 0 {
			t.Errorf("%q is %v", text, got)
		}
	})
}
