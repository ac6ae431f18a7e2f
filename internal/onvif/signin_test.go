package onvif

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/fault"
)

const home = "192.0.2.64:80"

// guardedDevice is a plainDevice that asks for a sign-in.
func guardedDevice(t *testing.T, n *network, auth, algorithm string) *simulated {
	s := plainDevice(t)
	s.auth, s.algorithm = auth, algorithm
	n.web(home, s)
	return s
}

var signIns = []struct {
	auth, algorithm string
	refusal         int
}{
	{"token", "", 400},
	{"token", "", 401},
	{"token", "", 500},
	{"token", "", 200},
	{"digest", "MD5", 0},
	{"digest", "SHA-256", 0},
	{"digest", "MD5-sess", 0},
	{"digest", "SHA-256-sess", 0},
	{"both", "MD5", 0},
	{"basic", "", 0},
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	for _, how := range signIns {
		for _, pair := range [][2]string{{"admin", "s3cret pass/wörd"}, {"admin", ""}, {"", "only"}, {`us"er\`, `p"\w<&>`}} {
			t.Run(fmt.Sprint(how, pair), func(t *testing.T) {
				t.Parallel()
				n := newNetwork(t)
				s := guardedDevice(t, n, how.auth, how.algorithm)
				s.user, s.password, s.refusal = pair[0], pair[1], how.refusal
				c := n.client("192.0.2.64", withSignIn(pair[0], pair[1]))
				d, err := c.Describe(inTime(t))
				if err != nil {
					t.Fatal(err)
				}
				if len(d.Problems) > 0 || len(d.Profiles) != 1 || d.Profiles[0].StreamURI != "rtsp://192.0.2.64/main" {
					t.Errorf("described as %+v", d)
				}
				picture, kind, err := c.Snapshot(inTime(t), d.Profiles[0])
				if how.auth != "token" && (err != nil || string(picture) != jpegText || kind != "image/jpeg") {
					t.Errorf("snapshot is %d bytes of %s, %v", len(picture), kind, err)
				}
				if attempts, refused := s.counts(); attempts == 0 || refused > 0 {
					t.Errorf("%d sign-ins, %d refused", attempts, refused)
				}
			})
		}
	}
}

// TestWrongPassword: one sign-in is refused, and after it none is tried, by any
// service and however many ask at once.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	for _, how := range signIns {
		t.Run(fmt.Sprint(how), func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			s := guardedDevice(t, n, how.auth, how.algorithm)
			s.refusal = how.refusal
			s.public = map[string]bool{"tds.GetServices": true}
			var log strings.Builder
			c := n.client("192.0.2.64", withSignIn("admin", "wr0ng-password"), func(cfg *Config) {
				cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			profile := Profile{Token: "main", SnapshotURI: "http://192.0.2.64/snap"}
			ways := []func(context.Context) error{
				func(ctx context.Context) error { _, err := c.Describe(ctx); return err },
				func(ctx context.Context) error { _, err := c.Profiles(ctx); return err },
				func(ctx context.Context) error { _, err := c.StreamURI(ctx, profile, TCP); return err },
				func(ctx context.Context) error { _, err := c.PTZStatus(ctx, "main"); return err },
				func(ctx context.Context) error { return c.ContinuousMove(ctx, "main", Velocity{Pan: 1}, 0) },
				func(ctx context.Context) error { return c.Events(ctx, func(Event) {}) },
				func(ctx context.Context) error { return c.SetSynchronizationPoint(ctx, "main") },
				func(ctx context.Context) error { _, err := c.Imaging(ctx, "v"); return err },
			}
			var all sync.WaitGroup
			for _, way := range append(ways, ways...) {
				all.Go(func() {
					err := way(inTime(t))
					if fault.CodeOf(err) != fault.Unauthorized {
						t.Errorf("error is %v", err)
					}
					if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, errors.Unwrap(err)), "wr0ng") {
						t.Errorf("error tells the password: %v", err)
					}
				})
			}
			all.Wait()
			if _, _, err := c.Snapshot(inTime(t), profile); fault.CodeOf(err) != fault.Unauthorized {
				t.Errorf("snapshot: %v", err)
			}
			if attempts, refused := s.counts(); attempts != 1 || refused != 1 {
				t.Errorf("%d sign-ins, %d refused, want 1", attempts, refused)
			}
			if strings.Contains(log.String(), "wr0ng") {
				t.Errorf("log tells the password: %s", log.String())
			}
		})
	}
}

func TestNoCredentials(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := guardedDevice(t, n, "both", "")
	s.public = map[string]bool{"tds.GetDeviceInformation": true}
	d, err := n.client("192.0.2.64").Describe(inTime(t))
	wantCode(t, err, fault.Unauthorized)
	if d == nil || d.Manufacturer != "Acme" {
		t.Errorf("what is public was lost: %+v", d)
	}
	if attempts, _ := s.counts(); attempts > 0 {
		t.Errorf("%d sign-ins without credentials", attempts)
	}
}

// TestOpenDevice: who does not ask for a credential does not get it.
func TestOpenDevice(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := guardedDevice(t, n, "", "")
	if _, err := n.client("192.0.2.64", withSignIn("admin", "x")).Describe(inTime(t)); err != nil {
		t.Fatal(err)
	}
	if attempts, _ := s.counts(); attempts > 0 {
		t.Errorf("%d sign-ins at a device that wants none", attempts)
	}
}

// TestEmptyRefusal: some refuse with HTTP 400 and nothing else.
func TestEmptyRefusal(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"right", "wrong"} {
		n := newNetwork(t)
		s := guardedDevice(t, n, "token", "")
		s.password = "right"
		n.web(home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &statusOnly{ResponseWriter: w}
			s.ServeHTTP(rec, r)
		}))
		_, err := n.client("192.0.2.64", withSignIn("admin", password)).Profiles(inTime(t))
		attempts, refused := s.counts()
		if password == "right" && (err != nil || refused > 0) || password == "wrong" && (err == nil || attempts != 1) {
			t.Errorf("%s: %v, %d sign-ins, %d refused", password, err, attempts, refused)
		}
	}
}

// statusOnly drops the body of refusals.
type statusOnly struct {
	http.ResponseWriter
	bare bool
}

func (w *statusOnly) WriteHeader(status int) {
	w.bare = status == http.StatusBadRequest
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusOnly) Write(p []byte) (int, error) {
	if w.bare {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

func TestClockOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{3 * time.Hour, -3 * time.Hour, 30 * 365 * 24 * time.Hour, -29 * 365 * 24 * time.Hour, 0} {
		n := newNetwork(t)
		s := guardedDevice(t, n, "token", "")
		s.wrongClock = off
		c := n.client("192.0.2.64", withSignIn(s.user, s.password))
		d, err := c.Describe(inTime(t))
		if err != nil {
			t.Fatalf("%v off: %v", off, err)
		}
		if (d.ClockOffset-off).Abs() > 2*time.Second || c.ClockOffset() != d.ClockOffset {
			t.Errorf("offset is %v, want %v", d.ClockOffset, off)
		}
		if _, refused := s.counts(); refused > 0 {
			t.Errorf("%v off: %d sign-ins refused", off, refused)
		}
	}
}

// TestClockForUsersOnly: the time of the HTTP answer signs the first request,
// the device's own the others.
func TestClockForUsersOnly(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := guardedDevice(t, n, "token", "")
	s.wrongClock, s.everything = 2*time.Hour, true
	s.header = http.Header{"Date": {time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat)}}
	c := n.client("192.0.2.64", withSignIn(s.user, s.password))
	if _, err := c.Describe(inTime(t)); err != nil {
		t.Fatal(err)
	}
	if s.count("tds.GetSystemDateAndTime") < 2 || (c.ClockOffset()-2*time.Hour).Abs() > 2*time.Second {
		t.Errorf("asked for the time %d times, offset %v", s.count("tds.GetSystemDateAndTime"), c.ClockOffset())
	}
}

func TestStaleNonce(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := guardedDevice(t, n, "digest", "SHA-256")
	s.staleEvery = 2
	c := n.client("192.0.2.64", withSignIn(s.user, s.password))
	if d, err := c.Describe(inTime(t)); err != nil || len(d.Problems) > 0 {
		t.Fatal(d, err)
	}
	if attempts, refused := s.counts(); refused > 0 || attempts < 8 {
		t.Errorf("%d sign-ins, %d refused", attempts, refused)
	}
}

// TestDenied: what a good user may not do is asked once, and nothing else
// suffers.
func TestDenied(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{"token", "digest"} {
		n := newNetwork(t)
		s := guardedDevice(t, n, auth, "")
		s.denied = map[string]bool{"tptz.Stop": true}
		c := n.client("192.0.2.64", withSignIn(s.user, s.password))
		if _, err := c.Describe(inTime(t)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			wantCode(t, c.StopMove(inTime(t), "main"), fault.Forbidden)
		}
		if _, refused := s.counts(); refused > 2 {
			t.Errorf("%s: %d sign-ins refused", auth, refused)
		}
		if _, err := c.Profiles(inTime(t)); err != nil {
			t.Errorf("%s: %v", auth, err)
		}
	}
}

// TestRestart: a device that comes back with another clock, and without the
// nonces that it gave.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{"token", "digest"} {
		n := newNetwork(t)
		s := guardedDevice(t, n, auth, "")
		c := n.client("192.0.2.64", withSignIn(s.user, s.password))
		if _, err := c.Describe(inTime(t)); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.wrongClock = -24 * time.Hour
		s.nonce += 7
		s.mu.Unlock()
		for range 2 {
			if _, err := c.Profiles(inTime(t)); err != nil {
				t.Errorf("%s: %v", auth, err)
			}
		}
	}
}

func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	for _, auth := range []string{"token", "digest"} {
		n := newNetwork(t)
		s := guardedDevice(t, n, auth, "")
		c := n.client("192.0.2.64", withSignIn(s.user, s.password))
		if _, err := c.Describe(inTime(t)); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.password = "another"
		s.mu.Unlock()
		for range 4 {
			_, err := c.Profiles(inTime(t))
			wantCode(t, err, fault.Unauthorized)
			wantCode(t, c.GotoHome(inTime(t), "main"), fault.Unauthorized)
		}
		if _, refused := s.counts(); refused > 2 {
			t.Errorf("%s: %d sign-ins refused after the change", auth, refused)
		}
	}
}

func TestSignInGate(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	s := guardedDevice(t, n, "token", "")
	shut := errors.New("gate is shut")
	c := n.client("192.0.2.64", withSignIn(s.user, s.password), func(cfg *Config) {
		cfg.SignIn = func(context.Context, func() error) error { return shut }
	})
	if _, err := c.Profiles(inTime(t)); !errors.Is(err, shut) {
		t.Errorf("error is %v", err)
	}
	if attempts, _ := s.counts(); attempts > 0 {
		t.Error("signed in behind a shut gate")
	}

	var mu sync.Mutex
	var results []error
	gate := func(cfg *Config) {
		cfg.SignIn = func(_ context.Context, attempt func() error) error {
			err := attempt()
			mu.Lock()
			defer mu.Unlock()
			results = append(results, err)
			return err
		}
	}
	if _, err := n.client("192.0.2.64", withSignIn(s.user, s.password), gate).Describe(inTime(t)); err != nil {
		t.Fatal(err)
	}
	attempts, _ := s.counts()
	if len(results) != attempts {
		t.Errorf("gate saw %d of %d sign-ins", len(results), attempts)
	}
	results = nil
	_, err := n.client("192.0.2.64", withSignIn(s.user, "wrong"), gate).Describe(inTime(t))
	wantCode(t, err, fault.Unauthorized)
	if len(results) != 1 || fault.CodeOf(results[0]) != fault.Unauthorized {
		t.Errorf("gate saw %v", results)
	}

	idle := n.client("192.0.2.64", withSignIn(s.user, s.password), func(cfg *Config) {
		cfg.SignIn = func(context.Context, func() error) error { return nil }
	})
	if _, err := idle.Profiles(inTime(t)); err == nil {
		t.Error("a gate that attempts nothing is no success")
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	text := func(status int, body string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // the client may have hung up
		}
	}
	for name, answer := range map[string]func(w http.ResponseWriter){
		"423":       text(http.StatusLocked, ""),
		"403":       text(http.StatusForbidden, ""),
		"subcode":   text(400, string(soapFaultOf("AccountLocked", "no"))),
		"text":      text(401, string(soapFaultOf("NotAuthorized", "Illegal login lock, try again in 30 minutes"))),
		"html":      text(401, "<html>The account has been locked.</html>"),
		"user text": text(500, string(soapFaultOf("NotAuthorized", "User is locked"))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			s := plainDevice(t)
			s.auth = "token"
			attempts := 0
			n.web(home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := new(strings.Builder)
				r.Body = readThrough(r.Body, body)
				rec := &statusOnly{ResponseWriter: &discard{}}
				s.ServeHTTP(rec, r)
				switch {
				case strings.Contains(body.String(), "UsernameToken"):
					attempts++
					answer(w)
				case strings.Contains(body.String(), "GetSystemDateAndTime"):
					_, _ = w.Write(clockAnswer(time.Now()))
				default:
					w.WriteHeader(400)
					_, _ = w.Write(soapFaultOf("NotAuthorized", "who are you"))
				}
			}))
			c := n.client("192.0.2.64", withSignIn("admin", "x"))
			for range 3 {
				_, err := c.Profiles(inTime(t))
				wantCode(t, err, fault.AccountLocked)
			}
			if attempts != 1 {
				t.Errorf("%d sign-ins", attempts)
			}
		})
	}
}

// TestTwoServices: one service may ask by fault, the other by digest.
func TestTwoServices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		first, second := plainDevice(t), plainDevice(t)
		first.auth, second.auth = "token", "digest"
		n.web(home, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/media") {
				second.ServeHTTP(w, r)
				return
			}
			first.ServeHTTP(w, r)
		}))
		c := n.client("192.0.2.64", withSignIn(first.user, first.password))
		d, err := c.Describe(t.Context())
		if err != nil || len(d.Profiles) != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
		c.Close()
		n.close()
	})
}
