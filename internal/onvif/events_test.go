package onvif

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
)

// pullPoint is a plainDevice with events: a subscription lives for a minute, and
// is forgotten when the device restarts.
type pullPoint struct {
	*simulated

	mu sync.Mutex
	// mu guards the fields below.
	until     time.Time // of the one subscription; zero: none
	id        int
	queue     []string
	created   []time.Time
	renewed   int
	gone      int // unsubscribed
	noRenew   bool
	reference string // what it calls the address of its subscriptions
}

const referenceParameters = `<wsa:ReferenceParameters xmlns:wsa="urn:a"><v:SubscriptionId xmlns:v="http://vendor.example/e" kind="k">%d</v:SubscriptionId></wsa:ReferenceParameters>`

func newPullPoint(t *testing.T, n *network) *pullPoint {
	p := &pullPoint{simulated: plainDevice(t), reference: "/onvif/pull"}
	plain := p.simulated.answer
	p.simulated.answer = func(op, token string, r *http.Request) (int, string, []byte) {
		if status, body := p.events(op); status != 0 {
			return status, "application/soap+xml", body
		}
		return plain(op, token, r)
	}
	n.web(home, p)
	return p
}

func (p *pullPoint) events(op string) (int, []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body := p.simulated.bodyOf(op)
	known := !p.until.IsZero() && time.Now().Before(p.until) &&
		strings.Contains(body, `kind="k">`+fmt.Sprint(p.id)+"<") && strings.Contains(body, "http://vendor.example/e")
	switch op {
	case "tev.CreatePullPointSubscription":
		p.id++
		p.created = append(p.created, time.Now())
		p.until = time.Now().Add(time.Minute)
		p.queue = append(p.queue, message("tns1:VideoSource/MotionAlarm", "Initialized", "State", "false", p.clock()))
		return 200, soap(`<e:CreatePullPointSubscriptionResponse xmlns:e="urn:e"><e:SubscriptionReference><e:Address>` + p.reference + `</e:Address>` +
			fmt.Sprintf(referenceParameters, p.id) + `</e:SubscriptionReference>` + p.times() + `</e:CreatePullPointSubscriptionResponse>`)
	case "wsnt.Unsubscribe":
		p.gone++
		p.until = time.Time{}
		return 200, soap(`<e:UnsubscribeResponse xmlns:e="urn:e"/>`)
	}
	switch {
	case op != "tev.PullMessages" && op != "wsnt.Renew":
		return 0, nil
	case !known:
		return 500, soapFaultOf("ResourceUnknown", "no such subscription")
	case op == "tev.PullMessages":
		all := strings.Join(p.queue, "")
		p.queue = nil
		return 200, soap(`<e:PullMessagesResponse xmlns:e="urn:e">` + p.times() + all + `</e:PullMessagesResponse>`)
	case p.noRenew:
		return 500, soapFaultOf("ActionNotSupported", "no")
	}
	p.renewed++
	p.until = time.Now().Add(time.Minute)
	return 200, soap(`<e:RenewResponse xmlns:e="urn:e">` + p.times() + `</e:RenewResponse>`)
}

func (p *pullPoint) times() string {
	now := p.clock()
	return `<e:CurrentTime>` + now.UTC().Format(time.RFC3339) + `</e:CurrentTime><e:TerminationTime>` +
		now.Add(time.Minute).UTC().Format(time.RFC3339) + `</e:TerminationTime>`
}

func message(topic, operation, name, value string, at time.Time) string {
	return `<e:NotificationMessage><e:Topic Dialect="x">` + topic + `</e:Topic><e:Message><tt:Message UtcTime="` + at.UTC().Format(time.RFC3339) +
		`" PropertyOperation="` + operation + `"><tt:Source><tt:SimpleItem Name="VideoSourceConfigurationToken" Value="v"/></tt:Source>` +
		`<tt:Data><tt:SimpleItem Name="` + name + `" Value="` + value + `"/></tt:Data></tt:Message></e:Message></e:NotificationMessage>`
}

func (p *pullPoint) push(messages ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, messages...)
}

// listen runs Events until the test ends; got returns what came.
func listen(t *testing.T, c *Client) (got func() []Event, stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var all []Event
	done := make(chan error, 1)
	go func() {
		done <- c.Events(ctx, func(e Event) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, e)
		})
	}()
	return func() []Event {
			mu.Lock()
			defer mu.Unlock()
			return append([]Event(nil), all...)
		}, func() error {
			cancel()
			return <-done
		}
}

// pass lets time pass.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func inBubble(t *testing.T, test func(t *testing.T, n *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		test(t, n)
		n.close()
		pass(time.Minute) // connections that idle
	})
}

func TestEvents(t *testing.T) {
	inBubble(t, func(t *testing.T, n *network) {
		p := newPullPoint(t, n)
		p.auth, p.wrongClock = "token", 3*time.Hour
		c := n.client("192.0.2.64", withSignIn(p.user, p.password))
		defer c.Close()
		got, stop := listen(t, c)
		pass(3 * time.Second)
		began := time.Now()
		p.push(message("tns1:RuleEngine/CellMotionDetector/Motion", "Changed", "IsMotion", "true", p.clock()))
		p.push(message("tns1:Device/Trigger/DigitalInput", "Changed", "LogicalState", "1", p.clock()))
		pass(10 * time.Minute)
		if err := stop(); err == nil || fault.CodeOf(err) != fault.Internal {
			t.Errorf("ended with %v", err)
		}
		all := got()
		if len(all) != 3 {
			t.Fatalf("%d events: %+v", len(all), all)
		}
		first, second, third := all[0], all[1], all[2]
		if !first.Initial || first.Active || first.Kind != Motion || first.Topic != "VideoSource/MotionAlarm" || first.Source["VideoSourceConfigurationToken"] != "v" {
			t.Errorf("first is %+v", first)
		}
		if second.Initial || !second.Active || second.Kind != Motion || second.At.Sub(began).Abs() > 2*time.Second {
			t.Errorf("second is %+v, sent at %v", second, began)
		}
		if third.Kind != DigitalInput || !third.Active || third.Received.Before(began) {
			t.Errorf("third is %+v", third)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.created) != 1 || p.renewed < 10 || p.renewed > 30 || p.gone != 1 {
			t.Errorf("%d subscriptions, %d renewals in 10 minutes, %d ended", len(p.created), p.renewed, p.gone)
		}
		if _, refused := p.counts(); refused > 0 {
			t.Errorf("%d sign-ins refused", refused)
		}
	})
}

// TestEventsRestart: the device forgets its subscriptions, stays away for five
// minutes and comes back with its clock at the beginning.
func TestEventsRestart(t *testing.T) {
	inBubble(t, func(t *testing.T, n *network) {
		p := newPullPoint(t, n)
		p.auth = "token"
		c := n.client("192.0.2.64", withSignIn(p.user, p.password))
		defer c.Close()
		got, stop := listen(t, c)
		pass(5 * time.Second)
		n.unplug(home)
		p.mu.Lock()
		p.until = time.Time{}
		p.mu.Unlock()
		before := len(n.dials())
		pass(5 * time.Minute)
		if tries := len(n.dials()) - before; tries < 8 || tries > 40 {
			t.Errorf("tried %d times in 5 minutes", tries)
		}
		p.simulated.mu.Lock()
		p.wrongClock = -20 * 365 * 24 * time.Hour
		p.simulated.mu.Unlock()
		n.web(home, p)
		pass(40 * time.Second)
		p.push(message("tns1:VideoSource/MotionAlarm", "Changed", "State", "true", p.clock()))
		pass(12 * time.Second)
		_ = stop() // the context's error
		all := got()
		if len(all) != 3 || !all[2].Active || all[2].At.Sub(all[2].Received).Abs() > 3*time.Second {
			t.Errorf("%d events: %+v", len(all), all)
		}
		if _, refused := p.counts(); refused > 0 {
			t.Errorf("%d sign-ins refused", refused)
		}
	})
}

// TestEventsWithoutRenew: such a subscription is made anew when it is over.
func TestEventsWithoutRenew(t *testing.T) {
	inBubble(t, func(t *testing.T, n *network) {
		p := newPullPoint(t, n)
		p.noRenew = true
		p.reference = "http://10.0.0.7:8999/onvif/pull" // not the host that was reached
		c := n.client("192.0.2.64")
		defer c.Close()
		got, stop := listen(t, c)
		pass(5 * time.Minute)
		_ = stop() // the context's error
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.created) < 4 || len(p.created) > 7 || len(got()) != len(p.created) {
			t.Errorf("%d subscriptions in 5 minutes, %d events", len(p.created), len(got()))
		}
	})
}

func TestEventsEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, n *network) {
		s := plainDevice(t)
		n.web(home, s)
		c := n.client("192.0.2.64")
		defer c.Close()
		wantCode(t, c.Events(t.Context(), func(Event) {}), fault.NotSupported)
		s.auth = "both"
		wrong := n.client("192.0.2.64", withSignIn("admin", "wrong"))
		defer wrong.Close()
		wantCode(t, wrong.Events(t.Context(), func(Event) {}), fault.Unauthorized)
		if attempts, _ := s.counts(); attempts != 1 {
			t.Errorf("%d sign-ins", attempts)
		}
	})
}

func TestEventKinds(t *testing.T) {
	t.Parallel()
	for topic, kind := range map[string]EventKind{
		"tns1:VideoSource/MotionAlarm":                        Motion,
		"tns1:RuleEngine/CellMotionDetector/Motion":           Motion,
		"tns1:RuleEngine/MotionRegionDetector/Motion":         Motion,
		"tns1:Device/Trigger/DigitalInput":                    DigitalInput,
		"tns1:Device/tnsaxis:IO/VirtualInput":                 Other,
		"tns1:RuleEngine/TamperDetector/Tamper":               Tamper,
		"tns1:VideoSource/GlobalSceneChange/AnalyticsService": Tamper,
		"tns1:VideoSource/SignalLoss":                         Other,
		"tns1:Monitoring/ProcessorUsage":                      Other,
	} {
		if got := kindOf(plainTopic(topic)); got != kind {
			t.Errorf("%s is %s, want %s", topic, got, kind)
		}
	}
	for _, c := range []struct {
		data map[string]string
		want bool
	}{
		{map[string]string{"IsMotion": "true"}, true},
		{map[string]string{"State": "1"}, true},
		{map[string]string{"LogicalState": "false"}, false},
		{map[string]string{"Anything": "true"}, true},
		{map[string]string{"Value": "42"}, false},
		{nil, false},
		{map[string]string{"state": "active"}, true},
		{map[string]string{"State": "false", "Other": "true"}, false},
	} {
		if got := isActive(c.data); got != c.want {
			t.Errorf("isActive(%v) = %v", c.data, got)
		}
	}
}

// TestEventShapes: messages without the outer element, without a time, deleted.
func TestEventShapes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	root := parseXML([]byte(`<Envelope><Body><PullMessagesResponse>
		<NotificationMessage><Topic>a:VideoSource/b:MotionAlarm</Topic><Message UtcTime="2026-03-01T15:00:00+01:00"><Data><SimpleItem Name="State" Value="true"/></Data></Message></NotificationMessage>
		<NotificationMessage><Topic>VideoSource/MotionAlarm</Topic></NotificationMessage>
		<NotificationMessage><Topic>x:Device/Trigger/DigitalInput</Topic><Message><Message UtcTime="soon" PropertyOperation="Deleted"><Key><SimpleItem Name="In" Value="2"/></Key><Data><SimpleItem Name="State" Value="true"/></Data></Message></Message></NotificationMessage>
		<NotificationMessage><Message/></NotificationMessage></PullMessagesResponse></Body></Envelope>`))
	all := parseEvents(root.at("Body/PullMessagesResponse"), time.Hour, now)
	if len(all) != 3 {
		t.Fatalf("%+v", all)
	}
	if !all[0].Active || !all[0].At.Equal(now.Add(time.Hour)) {
		t.Errorf("first is %+v", all[0])
	}
	if all[1].Active || !all[1].At.Equal(now) || all[1].Data == nil || all[1].Source == nil {
		t.Errorf("second is %+v", all[1])
	}
	if all[2].Active || all[2].Source["In"] != "2" || !all[2].At.Equal(now) {
		t.Errorf("third is %+v", all[2])
	}
}

func TestSubscriptionAddress(t *testing.T) {
	t.Parallel()
	const service = "http://192.0.2.64:8080/onvif/events"
	for _, c := range []struct{ address, first, second string }{
		{"", service, ""},
		{"/onvif/pull?3", "http://192.0.2.64:8080/onvif/pull?3", ""},
		{"http://192.0.2.64:8080/pull", "http://192.0.2.64:8080/pull", ""},
		{"http://192.0.2.64:9000/pull", "http://192.0.2.64:9000/pull", "http://192.0.2.64:8080/pull"},
		{"http://127.0.0.1:9000/pull", "http://192.0.2.64:8080/pull", "http://192.0.2.64:9000/pull"},
		{"http://[fe80::1]/pull", "http://192.0.2.64:8080/pull", "http://192.0.2.64/pull"},
	} {
		root := parseXML([]byte("<a><SubscriptionReference><Address>" + c.address + "</Address></SubscriptionReference></a>"))
		if s := parseSubscription(root, service); s.at.url != c.first || s.at.other != c.second {
			t.Errorf("%s: %+v", c.address, s.at)
		}
	}
}
