package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/simcam"
	"camwall/internal/simcam/announce"
	"camwall/internal/simcam/device"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

// foundFixture is a list with everything that can be in one.
func foundFixture() discovery.List {
	return discovery.List{
		Devices: []discovery.Device{
			{
				ID: "urn:uuid:00000000-0000-0000-0000-000000000001", Kind: discovery.Camera, Name: "Gate \"N\" <1>", Maker: "Maker", Hardware: "X-1",
				Location: "North\x1b[31m", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")},
				XAddrs:  []string{"http://192.0.2.10/onvif/device_service"},
				FoundBy: []string{discovery.ByWSDiscovery, discovery.BySSDP, discovery.ByProbe},
			},
			{
				ID: "addr:192.0.2.11", Kind: discovery.Maybe, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.11")}, FoundBy: []string{discovery.ByProbe},
				Problem: fault.New(discovery.WithoutONVIF, "a camera without ONVIF at http://u:hidden@192.0.2.11/", "switch it on"),
			},
		},
		Problems: []*fault.Error{fault.New(discovery.NoMulticast, "interface eth1 has no multicast route", "add one")},
	}
}

func TestJSONOfWhatWasFound(t *testing.T) {
	var out bytes.Buffer
	if err := printJSON(&out, foundList(foundFixture())); err != nil {
		t.Fatal(err)
	}
	golden(t, "discover.json", out.String())
	out.Reset()
	if err := printJSON(&out, foundList(discovery.List{Devices: []discovery.Device{{Kind: discovery.Other}}})); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Count(text, "[]") != 4 || strings.Contains(text, "null,") {
		t.Errorf("a list is null: %s", text)
	}
}

func TestTableOfWhatWasFound(t *testing.T) {
	var out, errs bytes.Buffer
	if err := printFound(streams{out: &out, err: &errs}, foundFixture()); err != nil {
		t.Fatal(err)
	}
	golden(t, "discover.txt", out.String()+errs.String())
	out.Reset()
	if err := printFound(streams{out: &out, err: &errs}, discovery.List{}); err != nil || out.String() != "Nothing was found.\n" {
		t.Errorf("nothing is %q, %v", &out, err)
	}
	if err := printFound(streams{out: closed{}, err: closed{}}, foundFixture()); err == nil {
		t.Error("a closed output is no error")
	}
}

func TestEventsOfWhatIsFound(t *testing.T) {
	fixture := foundFixture()
	var out, errs bytes.Buffer
	s := streams{out: &out, err: &errs, said: map[string]bool{}}
	for _, command := range []*discoverCommand{{JSON: true}, {}} {
		for _, e := range []discovery.Event{
			{Type: discovery.Added, Device: fixture.Devices[0]},
			{Type: discovery.Changed, Device: fixture.Devices[1]},
			{Type: discovery.Advanced},
			{Type: discovery.Problem, Problem: fixture.Problems[0]},
			{Type: discovery.Removed, Device: fixture.Devices[1]},
		} {
			if err := command.tell(s, &e); err != nil {
				t.Fatal(err)
			}
		}
	}
	golden(t, "discover-watch.txt", out.String())
	if text := errs.String(); strings.Count(text, "eth1") != 1 {
		t.Errorf("problems: %s", text)
	}
}

func TestRanges(t *testing.T) {
	s := alone(t)
	s.wants(2, "discover --range everything", "--range", "192.0.2.0/24")
	s.wants(2, "discover --range fe80::1%eth0", "--range")
	s.wants(2, "discover --range 203.0.113.0/8", "range")
	s.wants(2, "discover --timeout=-1s", "negative")
}

// findable runs two devices that can be found at an address of loopback of their
// own.
func findable(t *testing.T) []*device.Device {
	t.Helper()
	const address = "127.0.83.7"
	cameras, err := simcam.New(simcam.Config{Listen: address + ":0", Streams: []simcam.StreamSpec{
		simcam.ClipStream("a/main", "a", "street-360"), simcam.ClipStream("b/main", "b", "street-360"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cameras.Close)
	responder, err := announce.New(announce.Config{Address: netip.MustParseAddr(address), ReplyDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(responder.Close)
	var devices []*device.Device
	for i, name := range []string{"Alley", "Bridge"} {
		d, err := device.New(device.Config{
			Server: cameras, Listen: address + ":0", Name: name, Serial: name, Location: "Town",
			Channels: []device.Channel{{Name: name, Main: []string{"a/main", "b/main"}[i]}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		responder.Add(d)
		devices = append(devices, d)
	}
	return devices
}

func TestDiscoverFindsDevices(t *testing.T) {
	devices := findable(t)
	s := alone(t)
	began := time.Now()
	got := s.wants(0, "discover --json --interface lo --range 127.0.83.7")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	var list foundAll
	if err := json.Unmarshal([]byte(got.out), &list); err != nil {
		t.Fatalf("%v: %s", err, got.out)
	}
	for _, d := range devices {
		n := 0
		for _, f := range list.Devices {
			if len(f.XAddrs) > 0 && f.XAddrs[0] == d.XAddr() {
				n++
				if f.Name != d.Name() || f.Kind != "camera" || f.Location != "Town" || len(f.FoundBy) == 0 || f.Addresses[0] != "127.0.83.7" {
					t.Errorf("%+v", f)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s is listed %d times: %s", d.Name(), n, got.out)
		}
	}
}

func TestDiscoverWatches(t *testing.T) {
	devices := findable(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	lines := &lineCounter{want: "Bridge", seen: cancel}
	c := &discoverCommand{JSON: true, Watch: true, Interface: []string{"lo"}, Range: []string{"127.0.83.7"}, Timeout: patience}
	if err := c.Run(ctx, streams{out: lines, err: &bytes.Buffer{}, said: map[string]bool{}}); err == nil {
		t.Error("it ended by itself")
	}
	for line := range strings.Lines(lines.text.String()) {
		var e foundEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Event != "added" && e.Event != "changed" {
			t.Errorf("%s: %v", line, err)
		}
	}
	if !strings.Contains(lines.text.String(), devices[1].XAddr()) {
		t.Errorf("it said %s", &lines.text)
	}
	c = &discoverCommand{Watch: true, Interface: []string{"lo"}, Timeout: 100 * time.Millisecond}
	if err := c.Run(t.Context(), streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}); err != nil {
		t.Errorf("with a time limit: %v", err)
	}
}

// lineCounter calls seen when a text has been written.
type lineCounter struct {
	text bytes.Buffer
	want string
	seen func()
}

func (l *lineCounter) Write(p []byte) (int, error) {
	l.text.Write(p)
	if strings.Contains(l.text.String(), l.want) {
		l.seen()
	}
	return len(p), nil
}

func TestDiscoverShowsItsProgress(t *testing.T) {
	var errs bytes.Buffer
	cfg, end := searching([]string{"lo"}, nil)
	defer end()
	s := streams{out: &bytes.Buffer{}, err: &errs, progress: true}
	if _, err := findShown(t.Context(), s, cfg, time.Second); err != nil {
		t.Fatal(err)
	}
	if text := errs.String(); !strings.Contains(text, "Searching on ") || !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("it shows %q", text)
	}
}

func TestDiscoverClears(t *testing.T) {
	s := served(t, serverFlags{})
	s.wants(0, "discover --clear --interface lo --timeout 100ms --json", `"devices": [`, "!no server")
	s.server = ""
	s.wants(0, "discover --clear --interface lo --timeout 100ms", "nothing to clear")
	s.wants(1, "discover --clear --interface lo --timeout 100ms --server "+nobody(t), "no server at")
}
