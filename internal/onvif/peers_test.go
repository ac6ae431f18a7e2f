package onvif

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"camwall/internal/fault"
	"camwall/internal/media"
	"camwall/internal/simcam"
	"camwall/internal/simcam/device"
)

// peer starts the simulated ONVIF device, which is written apart from this
// client, with an H.265 and an H.264 stream.
func peer(t *testing.T, edit func(*device.Config)) *device.Device {
	t.Helper()
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", Streams: []simcam.StreamSpec{
		simcam.ClipStream("a/main", "a", "dusk-720-h265"), simcam.ClipStream("a/sub", "a", "street-360"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	cfg := device.Config{
		Server: server, Listen: "127.0.0.1:0", User: "admin", Password: `p<&"ss:w/rd`,
		Channels: []device.Channel{{Name: `Gate <"&`, Main: "a/main", Sub: "a/sub", PTZ: true}},
	}
	if edit != nil {
		edit(&cfg)
	}
	d, err := device.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func peerClient(t *testing.T, address, password string) *Client {
	t.Helper()
	cfg := Config{Address: address}
	withSignIn("admin", password)(&cfg)
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var peerSignIns = map[string]device.SignIn{
	"none": device.SignInNone, "token": device.SignInToken, "MD5": device.SignInDigestMD5, "SHA-256": device.SignInDigestSHA256,
	"digest": device.SignInDigest, "either": device.SignInEither,
}

// TestPeer describes the simulated device in each way to sign in, with wrong
// clocks and wrong hosts, and takes its picture.
func TestPeer(t *testing.T) {
	t.Parallel()
	for name, how := range peerSignIns {
		for _, off := range []time.Duration{0, 3 * time.Hour, -20 * 365 * 24 * time.Hour} {
			t.Run(fmt.Sprint(name, off), func(t *testing.T) {
				t.Parallel()
				p := peer(t, func(cfg *device.Config) {
					cfg.SignIn, cfg.ClockOffset = how, off
					cfg.ClosedServices = off > 0
					cfg.NoMedia2 = off < 0
				})
				if off != 0 {
					p.SetHost("198.51.100.7")
				}
				c := peerClient(t, p.Addr(), `p<&"ss:w/rd`)
				d, err := c.Describe(inTime(t))
				if err != nil {
					t.Fatal(err)
				}
				checkPeer(t, d, off)
				picture, kind, err := c.Snapshot(inTime(t), d.Profiles[1])
				if err != nil || kind != "image/jpeg" || !bytes.HasPrefix(picture, jpegBegins) {
					t.Errorf("picture of %d bytes, %v", len(picture), err)
				}
				if err := c.SetSynchronizationPoint(inTime(t), d.Profiles[0].Token); err != nil {
					t.Error(err)
				}
				if failed := p.Counters().FailedSignIns; failed > 0 {
					t.Errorf("%d sign-ins failed", failed)
				}
			})
		}
	}
}

func checkPeer(t *testing.T, d *Device, off time.Duration) {
	t.Helper()
	if len(d.Problems) > 0 || len(d.Profiles) != 2 || !d.HasPTZ || !d.HasEvents || !d.HasImaging || d.Manufacturer == "" || len(d.MACs) == 0 {
		t.Fatalf("%+v", d)
	}
	if (d.ClockOffset - off).Abs() > 2*time.Second {
		t.Errorf("offset is %v, want %v", d.ClockOffset, off)
	}
	main, sub := d.Profiles[0], d.Profiles[1]
	if off >= 0 && main.Codec != media.H265 || sub.Codec != media.H264 || main.Width != 1280 || main.Height != 720 || sub.Height != 360 || main.FPS <= 0 || !main.PTZ {
		t.Errorf("profiles are %+v and %+v", main, sub)
	}
	for _, p := range d.Profiles {
		if !strings.HasPrefix(p.StreamURI, "rtsp://127.0.0.1:") || p.SourceName != `Gate <"&` || !strings.HasPrefix(p.SnapshotURI, "http://127.0.0.1:") {
			t.Errorf("%+v", p)
		}
	}
}

// TestPeerRefuses: one failed sign-in over all services, the snapshot too.
func TestPeerRefuses(t *testing.T) {
	t.Parallel()
	for name, how := range peerSignIns {
		if how == device.SignInNone {
			continue
		}
		for _, status := range []int{400, 401, 500} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				t.Parallel()
				p := peer(t, func(cfg *device.Config) { cfg.SignIn, cfg.RefusalStatus = how, status })
				c := peerClient(t, p.Addr(), "wrong")
				for range 2 {
					_, err := c.Describe(inTime(t))
					wantCode(t, err, fault.Unauthorized)
					_, _, err = c.Snapshot(inTime(t), Profile{Token: "x", SnapshotURI: "http://" + p.Addr() + "/onvif/snapshot/x"})
					wantCode(t, err, fault.Unauthorized)
					wantCode(t, c.Events(inTime(t), func(Event) {}), fault.Unauthorized)
				}
				if failed := p.Counters().FailedSignIns; failed != 1 {
					t.Errorf("%d sign-ins failed", failed)
				}
			})
		}
	}
}

func TestPeerLocks(t *testing.T) {
	t.Parallel()
	p := peer(t, func(cfg *device.Config) { cfg.SignIn, cfg.LockAfter = device.SignInToken, 1 })
	_, err := peerClient(t, p.Addr(), "wrong").Describe(inTime(t))
	wantCode(t, err, fault.Unauthorized)
	_, err = peerClient(t, p.Addr(), `p<&"ss:w/rd`).Describe(inTime(t))
	if code := fault.CodeOf(err); code != fault.AccountLocked && code != fault.Unauthorized {
		t.Errorf("error is %v", err)
	}
}

// TestPeerFaults: what one service answers wrongly does not hide the others.
func TestPeerFaults(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]device.Fault{
		"html": device.FaultHTML, "not supported": device.FaultNotSupported, "silent": device.FaultSilent,
		"endless": device.FaultEndless, "redirect": device.FaultRedirect, "broken": device.FaultBrokenXML,
	} {
		for _, operation := range []string{"GetServices", "GetDeviceInformation", "GetSnapshotUri", "GetHostname"} {
			t.Run(name+" "+operation, func(t *testing.T) {
				t.Parallel()
				p := peer(t, func(cfg *device.Config) { cfg.SignIn = device.SignInEither })
				p.SetFault(operation, f)
				cfg := Config{Address: p.Addr(), Timeout: limit}
				if f == device.FaultSilent { // what answers has all the time
					cfg.Timeout = 2 * time.Second
				}
				withSignIn("admin", `p<&"ss:w/rd`)(&cfg)
				c, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				d, err := c.Describe(inTime(t))
				if err != nil || len(d.Profiles) != 2 || d.Profiles[0].StreamURI == "" {
					t.Errorf("%+v, %v", d, err)
				}
			})
		}
	}
}

func TestPeerTurns(t *testing.T) {
	t.Parallel()
	p := peer(t, func(cfg *device.Config) { cfg.SignIn = device.SignInDigest })
	c := peerClient(t, p.Addr(), `p<&"ss:w/rd`)
	profiles, err := c.Profiles(inTime(t))
	if err != nil {
		t.Fatal(err)
	}
	token := profiles[0].Token
	if err := c.AbsoluteMove(inTime(t), token, Position{0.2, -0.1, 0.3}); err != nil {
		t.Fatal(err)
	}
	for moving := true; moving; {
		status, err := c.PTZStatus(inTime(t), token)
		if err != nil {
			t.Fatal(err)
		}
		if moving = status.Moving; !moving && math.Abs(status.Position.Pan-0.2) > 0.01 {
			t.Errorf("looks at %+v", status.Position)
		}
	}
	preset, err := c.SetPreset(inTime(t), token, "Tür & Tor")
	if err != nil || preset == "" {
		t.Fatal(preset, err)
	}
	presets, err := c.Presets(inTime(t), token)
	if err != nil || len(presets) == 0 || presets[len(presets)-1].Name != "Tür & Tor" {
		t.Errorf("%+v, %v", presets, err)
	}
	for what, err := range map[string]error{
		"continuous": c.ContinuousMove(inTime(t), token, Velocity{Pan: -1, Zoom: 0.5}, time.Second), "stop": c.StopMove(inTime(t), token),
		"relative": c.RelativeMove(inTime(t), token, Position{0.1, 0.1, math.NaN()}), "go": c.GotoPreset(inTime(t), token, preset),
		"set home": c.SetHome(inTime(t), token), "go home": c.GotoHome(inTime(t), token), "remove": c.RemovePreset(inTime(t), token, preset),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	source := profiles[0].Source
	before, err := c.Imaging(inTime(t), source)
	if err != nil || before.Brightness == nil || before.Brightness.Max <= before.Brightness.Min {
		t.Fatalf("%+v, %v", before, err)
	}
	wanted := before.Brightness.Min
	if err := c.SetImaging(inTime(t), source, ImagingChange{Brightness: &wanted}); err != nil {
		t.Fatal(err)
	}
	if after, err := c.Imaging(inTime(t), source); err != nil || after.Brightness.Value != wanted || after.IRCut != before.IRCut {
		t.Errorf("%+v, %v", after, err)
	}
}

// TestPeerEvents: events come with the clock 3 h off, and go on when the device
// has forgotten its subscriptions and nonces.
func TestPeerEvents(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]device.SignIn{"token": device.SignInToken, "digest": device.SignInDigest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := peer(t, func(cfg *device.Config) { cfg.SignIn, cfg.ClockOffset = how, 3*time.Hour })
			p.SetHost("198.51.100.7")
			p.SetRelativeSubscriptions(name == "digest")
			c := peerClient(t, p.Addr(), `p<&"ss:w/rd`)
			ctx, cancel := context.WithCancel(inTime(t))
			events := make(chan Event, 1000)
			done := make(chan error, 1)
			go func() { done <- c.Events(ctx, func(e Event) { events <- e }) }()
			expect := func(kind EventKind, active bool) {
				t.Helper()
				for {
					select {
					case e := <-events:
						if e.Kind == kind && e.Active == active && !e.Initial {
							if e.At.Sub(e.Received).Abs() > 3*time.Second {
								t.Errorf("event is of %v, came at %v", e.At, e.Received)
							}
							return
						}
					case <-ctx.Done():
						t.Fatalf("no event %s %v", kind, active)
					}
				}
			}
			subscribed := func(c device.Counters) bool { return c.Subscriptions == 1 }
			if err := p.Await(ctx, subscribed); err != nil {
				t.Fatal(err)
			}
			p.RaiseMotion(0, true)
			expect(Motion, true)
			p.RestartEvents()
			p.ExpireNonces()
			if err := p.Await(ctx, subscribed); err != nil {
				t.Fatal(err)
			}
			p.RaiseMotion(0, false)
			expect(Motion, false)
			cancel()
			if err := <-done; err == nil {
				t.Error("ended without an error")
			}
			if err := p.Await(inTime(t), func(c device.Counters) bool { return c.Subscriptions == 0 }); err != nil {
				t.Error("did not unsubscribe")
			}
		})
	}
}

// TestPeerRecorder: 16 channels, by their names.
func TestPeerRecorder(t *testing.T) {
	t.Parallel()
	r, err := device.NewRecorder(device.RecorderConfig{User: "admin", Password: "pw"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	d, err := peerClient(t, r.Addr(), "pw").Describe(inTime(t))
	if err != nil || len(d.Sources) != 16 || len(d.Profiles) != 32 || len(d.Problems) > 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	names, streams := map[string]bool{}, map[string]bool{}
	for _, p := range d.Profiles {
		names[p.SourceName] = true
		streams[p.StreamURI] = true
	}
	if len(names) != 16 || len(streams) != 32 {
		t.Errorf("%d names, %d streams", len(names), len(streams))
	}
	if failed := r.Counters().FailedSignIns; failed > 0 {
		t.Errorf("%d sign-ins failed", failed)
	}
}
