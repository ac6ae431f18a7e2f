package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"camwall/internal/simcam"
)

func TestSixteenStreamsMakeOneFailedSignIn(t *testing.T) {
	sim := cameras(t, "", simcam.Recorder(16, "street-360", simcam.AuthDigest, "viewer", "right")...)
	s := serve(t, serverFlags{Camera: named(sim, "viewer:wrong@")})
	for i := range 16 {
		v := s.view(t, fmt.Sprintf("/live/s%d?size=64x36", i+1))
		v.until("refused", is("unauthorized", "unauthorized"))
		if n := sim.Counters().FailedSignIns; n != 1 {
			t.Fatalf("%d failed sign-ins after %d streams", n, i+1)
		}
	}
}

func TestSixteenStreamsPlayWithTheRightPassword(t *testing.T) {
	sim := cameras(t, "", simcam.Recorder(16, "street-360", simcam.AuthDigest, "viewer", "p@ss/w?rd#1%")...)
	s := serve(t, serverFlags{Camera: named(sim, "")})
	for i := range 16 {
		s.view(t, fmt.Sprintf("/live/s%d?size=64x36", i+1)).until("live", isLive)
	}
	if n := sim.Counters().FailedSignIns; n != 0 {
		t.Errorf("%d failed sign-ins", n)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		spec  simcam.StreamSpec
		fault func(*simcam.Stream)
		state string
		code  string
	}{
		"401":       {spec: simcam.Demo()[0], fault: func(s *simcam.Stream) { s.Refuse(401) }, state: "unauthorized", code: "unauthorized"},
		"403":       {spec: simcam.Demo()[0], fault: func(s *simcam.Stream) { s.Refuse(403) }, state: "unauthorized", code: "forbidden"},
		"404":       {spec: simcam.Demo()[0], fault: func(s *simcam.Stream) { s.Refuse(404) }, state: "retrying", code: "stream_not_found"},
		"453":       {spec: simcam.Demo()[0], fault: func(s *simcam.Stream) { s.Refuse(453) }, state: "busy", code: "busy"},
		"503":       {spec: simcam.Demo()[0], fault: func(s *simcam.Stream) { s.Refuse(503) }, state: "busy", code: "busy"},
		"461":       {spec: simcam.Demo()[0], fault: func(s *simcam.Stream) { s.RefuseTCP(461); s.RefuseUDP(461) }, state: "retrying", code: "transport"},
		"no video":  {spec: simcam.StreamSpec{Path: "a", Camera: "a", Audio: true}, state: "retrying", code: "no_video"},
		"odd codec": {spec: simcam.StreamSpec{Path: "a", Camera: "a", UnknownCodec: true}, state: "retrying", code: "unknown_codec"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := cameras(t, "", c.spec)
			if c.fault != nil {
				c.fault(sim.Stream(c.spec.Path))
			}
			s := serve(t, serverFlags{Camera: named(sim, "")})
			s.view(t, "/live/s1?size=64x36").until(c.state+" "+c.code, is(c.state, c.code))
		})
	}
}

func TestTCPRefusedMeansUDP(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[1])
	sim.Stream("cam1/sub").RefuseTCP(461)
	s := serve(t, serverFlags{Camera: named(sim, "")})
	s.view(t, "/live/s1?size=320x180").until("live", isLive)
	if info := s.service.Snapshot()[0].Streams[0]; info.Transport != "udp" {
		t.Errorf("transport %q", info.Transport)
	}
}

// withYAML configures the streams of sim as s1, s2, ..., with more keys each.
func withYAML(t *testing.T, sim *simcam.Server, keys string) serverFlags {
	t.Helper()
	var text strings.Builder
	text.WriteString("cameras:\n")
	for i, info := range sim.Streams() {
		fmt.Fprintf(&text, "  - {id: s%d, url: '%s', %s}\n", i+1, info.URL, keys)
	}
	path := filepath.Join(t.TempDir(), "camwall.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return serverFlags{Config: path}
}

func TestSilentFrozenAndBehindAreToldApart(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[1])
	s := serve(t, withYAML(t, sim, "unchanged_after: 2s"))
	v := s.view(t, "/live/s1?size=320x180")
	v.until("live", isLive)
	stream := sim.Stream("cam1/sub")

	stream.SetSilent(true)
	v.until("silent", is("silent", "silence"))
	stream.SetSilent(false)
	v.until("live", isLive)

	stream.SetFrozen(true)
	v.until("unchanged", func(p part) bool { return isLive(p) && p.header.Get("X-Camwall-Marks") == "unchanged" })
	stream.SetFrozen(false)
	v.until("changing", func(p part) bool { return isLive(p) && p.header.Get("X-Camwall-Marks") == "" })

	stream.SetDelay(2400 * time.Millisecond)
	late := v.until("behind", func(p part) bool { return isLive(p) && p.header.Get("X-Camwall-Marks") == "behind" })
	if got := late.header.Get("X-Camwall-Behind"); len(got) != 4 || got < "1000" || got > "4000" {
		t.Errorf("behind by %s ms", got)
	}
	stream.SetDelay(0)
	v.until("not behind", func(p part) bool { return isLive(p) && p.header.Get("X-Camwall-Marks") == "" })
}

func TestAStillNoisySceneAndASlowCameraAreLive(t *testing.T) {
	sim := cameras(t, "", simcam.StillNoisy("noisy", "noisy"), simcam.Slow("slow", "slow"))
	s := serve(t, withYAML(t, sim, "unchanged_after: 1s"))
	for _, id := range []string{"s1", "s2"} {
		v := s.view(t, "/live/"+id)
		v.until("live", isLive)
		for range 6 {
			if p := v.next(); !isLive(p) || p.header.Get("X-Camwall-Marks") != "" {
				t.Fatalf("%s is %s, %s", id, p.state(), p.header.Get("X-Camwall-Marks"))
			}
		}
	}
}

// The camera's own clock is for people only: hours off, jumping, drifting or
// absent, it changes no age and no state.
func TestTheCamerasClockDoesNotMatter(t *testing.T) {
	for name, fault := range map[string]func(*simcam.Stream){
		"3 h off":   func(s *simcam.Stream) { s.SetClockOffset(3 * time.Hour) },
		"drifting":  func(s *simcam.Stream) { s.SetClockDrift(50 * time.Millisecond) },
		"absent":    func(s *simcam.Stream) { s.SetNoReports(true) },
		"RTP jumps": func(s *simcam.Stream) { s.JumpTimestamps(-2 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := cameras(t, "", simcam.Demo()[1])
			s := serve(t, serverFlags{Camera: named(sim, "")})
			v := s.view(t, "/live/s1?size=64x36")
			v.until("live", isLive)
			fault(sim.Stream("cam1/sub"))
			var wrong []string // a busy machine is late, too, but not most of the time
			for range 75 {
				p := v.next()
				if !isLive(p) || p.header.Get("X-Camwall-Marks") != "" || len(p.header.Get("X-Camwall-Age")) > 3 {
					wrong = append(wrong, fmt.Sprintf("%s, marks %q, age %s ms", p.state(), p.header.Get("X-Camwall-Marks"), p.header.Get("X-Camwall-Age")))
				}
			}
			if len(wrong) > 25 {
				t.Errorf("%d of 75: %v", len(wrong), wrong)
			}
		})
	}
}

func TestTheSizeChangesInMidStream(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[0])
	s := serve(t, serverFlags{Camera: named(sim, "")})
	own, fixed := s.view(t, "/live/s1"), s.view(t, "/live/s1?size=320x180")
	own.until("1920x1080", func(p part) bool { return isLive(p) && p.header.Get("X-Camwall-Size") == "1920x1080" })
	fixed.until("live", isLive)
	if err := sim.Stream("cam1/main").SetClip("street-360"); err != nil {
		t.Fatal(err)
	}
	own.until("640x360", func(p part) bool { return isLive(p) && p.header.Get("X-Camwall-Size") == "640x360" }).number(t)
	for range 5 {
		fixed.next().number(t)
	}
}

func TestLossIsCountedAndSurvived(t *testing.T) {
	sim := cameras(t, "", simcam.Demo()[1])
	flags := withYAML(t, sim, "transport: udp")
	s := serve(t, flags)
	v := s.view(t, "/live/s1?size=320x180")
	v.until("live", isLive)
	sim.Stream("cam1/sub").SetLoss(0.1) // of some fifty packets a second
	limit := time.Now().Add(patience)
	for s.service.Snapshot()[0].Streams[0].Counters.PacketsLost < 10 {
		if p := v.next(); time.Now().After(limit) {
			t.Fatalf("no loss was counted; %s", p.state())
		}
	}
}
