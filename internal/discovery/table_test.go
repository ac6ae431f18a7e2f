package discovery

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
)

func testTable() *table {
	t := newTable()
	t.arp = func() neighbours { return nil }
	return t
}

func match(id, sender string, xaddrs ...string) record {
	r := wsdRecord(wsd.Target{Endpoint: "urn:uuid:" + id, Types: []string{"NetworkVideoTransmitter"}, XAddrs: xaddrs}, addr(sender))
	r.answered = true
	return r
}

func (t *table) rows() string {
	list, _ := t.snapshot()
	return show(list.Devices)
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestTableAsksOnceInAWhile(t *testing.T) {
	t.Parallel()
	table, r := testTable(), match("a", "192.0.2.1", "http://192.0.2.1/")
	for i, step := range []struct {
		after time.Duration
		r     record
		want  bool
	}{
		{0, r, true},
		{time.Second, r, false},
		{askAgain - time.Second, r, false},
		{askAgain, r, true},
		{askAgain + time.Second, match("a", "192.0.2.1", "http://192.0.2.1/", "http://192.0.2.2/"), true},
		{askAgain + 2*time.Second, r, false},
		{askAgain + 3*time.Second, match("a", "192.0.2.1"), false},
	} {
		if got := table.hear(step.r, noon.Add(step.after), false); got != step.want {
			t.Errorf("step %d: ask %v", i, got)
		}
	}
	table.update(r.key, func(r *record) { r.problem = unreachable })
	if !table.hear(r, noon.Add(askAgain+askTroubled+time.Second), false) {
		t.Error("one with a problem is not asked earlier")
	}
}

// TestTableForgetsOldAddresses: what a device announces anew replaces what it
// announced, at once after Hello, with the end of the search for answers.
func TestTableForgetsOldAddresses(t *testing.T) {
	t.Parallel()
	table := testTable()
	announced := func() string {
		r, _ := table.get("wsd urn:uuid:a")
		return fmt.Sprint(r.announced)
	}
	table.hear(match("a", "192.0.2.1", "http://192.0.2.1/"), noon, false)
	table.endPass(noon, noon)
	table.hear(match("a", "192.0.2.2", "http://192.0.2.2/"), noon.Add(1), false)
	if got := announced(); got != "[http://192.0.2.1/ http://192.0.2.2/]" {
		t.Error(got)
	}
	table.endPass(noon, noon)
	if got := announced(); got != "[http://192.0.2.2/]" {
		t.Error(got)
	}
	if !table.hear(match("a", "192.0.2.3", "http://192.0.2.3/"), noon.Add(2), true) || announced() != "[http://192.0.2.3/]" {
		t.Error(announced())
	}
}

// TestTableKeepsTheBetterSender: one who answers over both families does not move
// to and fro.
func TestTableKeepsTheBetterSender(t *testing.T) {
	t.Parallel()
	table := testTable()
	for _, step := range []struct{ sender, want string }{
		{"fe80::5%eth0", "fe80::5%eth0"}, {"192.0.2.1", "192.0.2.1"}, {"fe80::5%eth0", "192.0.2.1"}, {"192.0.2.2", "192.0.2.2"}, {"2001:db8::5", "2001:db8::5"},
	} {
		table.hear(match("a", step.sender), noon, false)
		if r, _ := table.get("wsd urn:uuid:a"); r.sender != addr(step.want) {
			t.Errorf("after %s it is at %v", step.sender, r.sender)
		}
	}
}

func TestTableLosesWhoDoesNotAnswer(t *testing.T) {
	t.Parallel()
	table, now := testTable(), noon
	table.hear(match("a", "192.0.2.1", "http://192.0.2.1/"), now, false)
	table.hear(match("b", "192.0.2.2", "http://192.0.2.2/"), now, false)
	table.hear(*following(serving("192.0.2.2:80", Description{})), now, false)
	for pass := 1; pass <= missesToLeave; pass++ {
		start := now.Add(time.Minute)
		now = start.Add(time.Second)
		table.hear(match("a", "192.0.2.1", "http://192.0.2.1/"), now, false)
		if pass < missesToLeave {
			table.touch(serviceKey(netip.MustParseAddrPort("192.0.2.2:80")), now, true)
		}
		table.endPass(start, now)
		want := "camera urn:uuid:a ws-discovery\ncamera urn:uuid:b ws-discovery"
		if pass == missesToLeave {
			want = "camera urn:uuid:a ws-discovery"
		}
		if got := table.rows(); got != want {
			t.Errorf("after %d searches:\n%s", pass, got)
		}
	}
	if len(table.records) != 1 || len(table.senders) != 1 {
		t.Errorf("%d records of %v are left", len(table.records), table.senders)
	}
}

func TestTableHoldsAnnouncementsForTheirTime(t *testing.T) {
	t.Parallel()
	table := testTable()
	r := ssdpRecord(ssdp.Message{ID: "urn:uuid:a", Location: "http://192.0.2.1/"})
	r.expires = noon.Add(time.Hour)
	table.hear(r, noon, false)
	for range 2 * missesToLeave {
		table.endPass(noon.Add(time.Minute), noon.Add(time.Minute)) // it never answers searches
	}
	table.expire(noon.Add(time.Hour))
	if got := table.rows(); got != "other urn:uuid:a ssdp" {
		t.Errorf("%q", got)
	}
	table.expire(noon.Add(time.Hour + 1))
	if got := table.rows(); got != "" {
		t.Errorf("%q", got)
	}
}

func TestTableLeave(t *testing.T) {
	t.Parallel()
	table := testTable()
	for _, r := range []record{
		match("a", "192.0.2.1", "http://192.0.2.1/"), *serving("192.0.2.1:80", Description{}), *streaming("192.0.2.1:554"),
		match("b", "192.0.2.2", "http://192.0.2.2:81/"), *serving("192.0.2.2:80", Description{}), *streaming("192.0.2.2:554"),
	} {
		table.hear(r, noon, false)
	}
	table.leave("wsd urn:uuid:a", noon)
	table.leave("wsd urn:uuid:b", noon)
	table.leave("wsd urn:uuid:never", noon)
	if got, want := table.rows(), "camera addr:192.0.2.2:80 probe 192.0.2.2:554"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestTableKnowsGhosts: an answer that was on its way longer than the good-bye
// brings nobody back; an announcement does, and so do later answers.
func TestTableKnowsGhosts(t *testing.T) {
	t.Parallel()
	table, r := testTable(), match("a", "192.0.2.1", "http://192.0.2.1/")
	hello := r
	hello.answered = false
	for i, step := range []struct {
		after time.Duration
		bye   bool
		r     record
		want  int
	}{
		{0, false, r, 1}, {1, true, r, 0}, {2, false, r, 0}, {3, false, hello, 1}, {4, false, r, 1}, {5, true, r, 0}, {4 + ghostTime, false, r, 0}, {5 + ghostTime, false, r, 1},
	} {
		if step.bye {
			table.leave(r.key, noon.Add(step.after))
		} else {
			table.hear(step.r, noon.Add(step.after), false)
		}
		if len(table.records) != step.want {
			t.Errorf("step %d: %d records", i, len(table.records))
		}
	}
	for i := range 2 * maxRecords {
		table.leave(fmt.Sprint(i), noon)
	}
	if len(table.gone) > maxRecords {
		t.Errorf("%d of the gone are known", len(table.gone))
	}
	table.expire(noon.Add(ghostTime))
	if len(table.gone) != 0 {
		t.Errorf("%d of the gone are known for ever", len(table.gone))
	}
}

// TestTableBounds: neither one host nor all together make it grow.
func TestTableBounds(t *testing.T) {
	t.Parallel()
	table := testTable()
	for i := range 10_000 {
		table.hear(match(fmt.Sprint("flood", i), "192.0.2.1", fmt.Sprintf("http://192.0.2.1/%d", i)), noon, false)
	}
	if len(table.records) != maxPerSender {
		t.Errorf("one host made %d records", len(table.records))
	}
	if !table.hear(match("a", "192.0.2.2", "http://192.0.2.2/"), noon, false) {
		t.Error("another host is not asked")
	}
	for i := range 10_000 {
		a := netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}).String()
		table.hear(match(fmt.Sprint("all", i), a, "http://"+a+"/"), noon, false)
	}
	list, _ := table.snapshot()
	if len(list.Devices) != maxRecords || len(list.Problems) != 1 || list.Problems[0].Code != TooManyFound {
		t.Errorf("%d rows, problems %v", len(list.Devices), list.Problems)
	}
	table.clear()
	if list, _ := table.snapshot(); len(list.Devices)+len(list.Problems) != 0 {
		t.Errorf("%d rows and %v after it was cleared", len(list.Devices), list.Problems)
	}
	if !table.hear(match("a", "192.0.2.2", "http://192.0.2.2/"), noon, false) {
		t.Error("nobody is heard after it was cleared")
	}
}

func TestTableProblems(t *testing.T) {
	t.Parallel()
	table := testTable()
	changed := table.next()
	table.setProblems("b", fault.New(PortTaken, "b", ""))
	table.setProblems("a", fault.New(NoInterface, "a", ""))
	<-changed
	list, _ := table.snapshot()
	if len(list.Problems) != 2 || list.Problems[0].Message != "a" {
		t.Errorf("%v", list.Problems)
	}
	table.setProblems("a")
	if list, _ := table.snapshot(); len(list.Problems) != 1 {
		t.Errorf("%v", list.Problems)
	}
}

// TestTableIsSafe uses it from many goroutines, for the race detector, and holds
// that rows that were given away don't change.
func TestTableIsSafe(t *testing.T) {
	t.Parallel()
	table := testTable()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 50 {
				sender := fmt.Sprintf("192.0.2.%d", i%5+1)
				table.hear(match(fmt.Sprint(i%7), sender, "http://"+sender+"/", fmt.Sprintf("http://%s:%d/", sender, i+1)), noon, g == 0)
				table.update(fmt.Sprint("wsd urn:uuid:", i%7), func(r *record) { r.reached = r.announced[0] })
				list, _ := table.snapshot()
				before := fmt.Sprint(list)
				table.hear(*streaming(fmt.Sprintf("192.0.2.%d:554", i%5+1)), noon, false)
				table.endPass(noon, noon)
				if got := fmt.Sprint(list); got != before {
					t.Errorf("a list became\n%s from\n%s", got, before)
				}
			}
		})
	}
	wg.Wait()
}
