package inventory

import (
	"net/netip"
	"testing"
	"time"

	"camwall/internal/discovery"
	"camwall/internal/simcam/announce"
)

// onLoopback keeps the search to this machine.
func onLoopback(c *Config) { c.Interfaces = []string{"lo"} }

func TestADeviceIsFoundAndKnown(t *testing.T) {
	t.Parallel()
	// An address of its own: at 127.0.0.1 the demo cameras of other tests may answer.
	d := at(t, "127.0.0.11", nil)
	there := []netip.Prefix{netip.MustParsePrefix("127.0.0.11/32")}
	responder, err := announce.New(announce.Config{Address: netip.MustParseAddr("127.0.0.11"), NoSSDP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(responder.Close)
	responder.Add(d)
	s := opened(t, "", func(c *Config) {
		onLoopback(c)
		c.Ranges = there
	})
	events := s.WatchFound(t.Context())
	found := func() discovery.Device {
		limit := time.After(patience)
		for {
			for _, f := range s.Found().Devices {
				if f.Endpoint == d.Endpoint() {
					return f
				}
			}
			select {
			case <-events:
			case <-limit:
				t.Fatalf("not found; found are %+v", s.Found())
			}
		}
	}
	f := found()
	if f.Kind != discovery.Camera || len(f.XAddrs) == 0 || f.XAddrs[0] != d.XAddr() || s.FoundDevice(f.ID) != "" {
		t.Errorf("found %+v", f)
	}
	in := admin(rightPassword)
	c := firstOf(s.AddCamera(t.Context(), NewCamera{Address: f.XAddrs[0], SignIn: &in}))
	if c.Device.Endpoint != d.Endpoint() {
		t.Errorf("its endpoint reference is %q", c.Device.Endpoint)
	}
	if got := s.FoundDevice(f.ID); got != c.Device.ID {
		t.Errorf("the found device is known as %q", got)
	}
	s.ClearFound()
	if err := s.SearchNow(nil, there); err != nil {
		t.Fatal(err)
	}
	found()
	if err := s.SearchNow([]string{"lo", "lo"}, nil); err != nil { // others than before
		t.Fatal(err)
	}
	for range events { // its end tells that the search began anew
	}
	s.until("searching", func() bool { return s.FindProgress().Running })
}

// Who chose interfaces sees what is found on them, until others are chosen.
func TestChosenInterfacesStay(t *testing.T) {
	t.Parallel()
	s := opened(t, "", onLoopback)
	if err := s.SearchNow([]string{"lo", "lo"}, nil); err != nil {
		t.Fatal(err)
	}
	chosen := s.search.finder
	s.Found()
	s.FindProgress()
	s.FoundDevice("urn:uuid:none")
	if s.search.finder != chosen {
		t.Error("a look at what was found ends the search")
	}
	if err := s.SearchNow(nil, nil); err != nil {
		t.Fatal(err)
	}
	if s.search.finder == chosen {
		t.Error("the interfaces of the settings are not searched again")
	}
	settings := s.search.finder
	if err := s.SetSettings(t.Context(), Settings{Ranges: []netip.Prefix{netip.MustParsePrefix("127.0.0.9/32")}}); err != nil {
		t.Fatal(err)
	}
	if s.Found(); s.search.finder == settings {
		t.Error("new ranges are not searched")
	}
	if err := s.SearchNow([]string{"no such interface"}, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}); err == nil {
		t.Error("a range that is too large is taken")
	}
}
