package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"camwall/internal/fault"
	"camwall/internal/problem"
	"camwall/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// asked is what a server was asked for.
type asked struct{ method, path, kind, body string }

// answering returns a client of a handler over a real connection, and what that
// was asked for.
func answering(t *testing.T, handler http.HandlerFunc) (*Client, func() []asked) {
	t.Helper()
	var mu sync.Mutex // guards all
	var all []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		all = append(all, asked{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), string(body)})
		mu.Unlock()
		handler(w, r)
	}))
	client, err := New(Config{Server: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client, func() []asked {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

func tells(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprint(w, body)
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"":                            DefaultServer,
		"http://127.0.0.1:9000/":      "http://127.0.0.1:9000",
		" https://wall.lan ":          "https://wall.lan",
		"http://[2001:db8::1]:80/a/b": "http://[2001:db8::1]:80/a/b",
	} {
		if c, err := New(Config{Server: address}); err != nil || c.Server() != want {
			t.Errorf("%q: %v, %v; want %s", address, c, err, want)
		}
	}
	for _, address := range []string{
		"127.0.0.1:8000", "ftp://h", "http://", "http://u:hidden@h", "http://u:hid/den@h", "http://h?a=hidden", "http://h#a", "http://h:x",
	} {
		_, err := New(Config{Server: address})
		if fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q: %v", address, err)
		}
		if strings.Contains(fmt.Sprint(err), "hid/den") || strings.Contains(address, "@") && strings.Contains(fmt.Sprint(err), "hidden") {
			t.Errorf("a secret is told: %v", err)
		}
	}
}

func TestRequests(t *testing.T) {
	ctx := t.Context()
	signIn := SignIn{User: "admin", Password: Secret{secret.NewText(`p"<&é`)}}
	for name, c := range map[string]struct {
		call func(*Client) error
		want asked
	}{
		"camera":     {func(c *Client) error { _, err := c.Camera(ctx, "gate"); return err }, asked{"GET", "/api/v1/cameras/gate", "", ""}},
		"odd id":     {func(c *Client) error { _, err := c.Camera(ctx, "../a b"); return err }, asked{"GET", "/api/v1/cameras/..%2Fa%20b", "", ""}},
		"remove":     {func(c *Client) error { return c.RemoveCamera(ctx, "gate") }, asked{"DELETE", "/api/v1/cameras/gate", "", ""}},
		"restart":    {func(c *Client) error { return c.Restart(ctx, "gate") }, asked{"POST", "/api/v1/cameras/gate/restart", "", ""}},
		"all anew":   {func(c *Client) error { return c.Restart(ctx, "") }, asked{"POST", "/api/v1/cameras/restart", "", ""}},
		"device":     {func(c *Client) error { _, err := c.Device(ctx, "nvr"); return err }, asked{"GET", "/api/v1/devices/nvr", "", ""}},
		"refresh":    {func(c *Client) error { _, err := c.RefreshDevice(ctx, "nvr"); return err }, asked{"POST", "/api/v1/devices/nvr/refresh", "", ""}},
		"off device": {func(c *Client) error { return c.RemoveDevice(ctx, "nvr") }, asked{"DELETE", "/api/v1/devices/nvr", "", ""}},
		"ptz":        {func(c *Client) error { _, err := c.PTZ(ctx, "gate"); return err }, asked{"GET", "/api/v1/cameras/gate/ptz", "", ""}},
		"add camera": {
			func(c *Client) error {
				_, err := c.AddCamera(ctx, NewCamera{URL: "rtsp://192.0.2.10/1", SignIn: signIn})
				return err
			},
			asked{"POST", "/api/v1/cameras", "application/json", `{"url":"rtsp://192.0.2.10/1","user":"admin","password":"p\"\u003c\u0026é"}`},
		},
		"add without sign-in": {
			func(c *Client) error {
				_, err := c.AddCamera(ctx, NewCamera{ID: "a", Address: "192.0.2.10", Profile: "x"})
				return err
			},
			asked{"POST", "/api/v1/cameras", "application/json", `{"id":"a","address":"192.0.2.10","profile":"x"}`},
		},
		"add device": {
			func(c *Client) error {
				_, err := c.AddDevice(ctx, NewDevice{Address: "192.0.2.10", Sources: []string{"s1"}})
				return err
			},
			asked{"POST", "/api/v1/devices", "application/json", `{"address":"192.0.2.10","sources":["s1"]}`},
		},
		"describe": {
			func(c *Client) error { _, err := c.Describe(ctx, Target{Device: "nvr", TLS: "off"}); return err },
			asked{"POST", "/api/v1/describe", "application/json", `{"device":"nvr","tls":"off"}`},
		},
		"move": {
			func(c *Client) error {
				return c.Move(ctx, "gate", Move{Continuous: &Position{Pan: -0.5}, Timeout: 1.5})
			},
			asked{"POST", "/api/v1/cameras/gate/ptz", "application/json", `{"continuous":{"pan":-0.5,"tilt":0,"zoom":0},"timeoutSeconds":1.5}`},
		},
		"stop": {
			func(c *Client) error { return c.Move(ctx, "gate", Move{Stop: true}) },
			asked{"POST", "/api/v1/cameras/gate/ptz", "application/json", `{"stop":true}`},
		},
		"preset": {
			func(c *Client) error { _, err := c.AddPreset(ctx, "gate", "Door"); return err },
			asked{"POST", "/api/v1/cameras/gate/ptz/presets", "application/json", `{"name":"Door"}`},
		},
		"import": {
			func(c *Client) error {
				_, err := c.Import(ctx, Import{Name: "a.m3u", Content: "x", Write: true})
				return err
			},
			asked{"POST", "/api/v1/import", "application/json", `{"name":"a.m3u","content":"x","write":true}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, all := answering(t, tells("{}"))
			if err := c.call(client); err != nil {
				t.Fatal(err)
			}
			if got := all(); len(got) != 1 || got[0] != c.want {
				t.Errorf("asked for\n%+v, want\n%+v", got, c.want)
			}
		})
	}
}

func TestListsArePaged(t *testing.T) {
	pages := map[string]string{
		"":  `{"cameras":[{"id":"a"},{"id":"b"}],"devices":[{"id":"a"},{"id":"b"}],"next":"b"}`,
		"b": `{"cameras":[{"id":"c","state":"live","streams":[{"name":"main","fps":12.5}]}],"devices":[{"id":"c"}],"next":null}`,
	}
	client, all := answering(t, func(w http.ResponseWriter, r *http.Request) { tells(pages[r.URL.Query().Get("after")])(w, r) })
	cameras, err := client.Cameras(t.Context(), "a b")
	if err != nil || len(cameras) != 3 || cameras[2].State != "live" || cameras[2].Streams[0].FPS != 12.5 {
		t.Errorf("%+v, %v", cameras, err)
	}
	devices, err := client.Devices(t.Context())
	if err != nil || len(devices) != 3 || devices[2].ID != "c" {
		t.Errorf("%+v, %v", devices, err)
	}
	var paths []string
	for _, a := range all() {
		paths = append(paths, a.path)
	}
	want := []string{
		"/api/v1/cameras?limit=1000&q=a+b", "/api/v1/cameras?after=b&limit=1000&q=a+b",
		"/api/v1/devices?limit=1000", "/api/v1/devices?after=b&limit=1000",
	}
	if !reflect.DeepEqual(paths, want) {
		t.Errorf("asked for %q, want %q", paths, want)
	}
	empty, _ := answering(t, tells(`{"cameras":[],"next":"a"}`))
	if cameras, err := empty.Cameras(t.Context(), ""); err != nil || cameras == nil || len(cameras) != 0 {
		t.Errorf("a list without an end: %v, %v", cameras, err)
	}
}

func TestProblemsAreFaults(t *testing.T) {
	client, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, fault.New(fault.Unauthorized, "the password was refused", "correct it"))
	})
	_, err := client.Camera(t.Context(), "a")
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Unauthorized || f.Message != "the password was refused" || f.Hint != "correct it" {
		t.Errorf("%#v", err)
	}
	client, _ = answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", problem.ContentType)
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"code":"internal","detail":"internal error","id":"ABC"}`)
	})
	if err := client.Health(t.Context()); fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "ABC") {
		t.Errorf("an internal error: %v", err)
	}
}

func TestOthersAreNoCamwall(t *testing.T) {
	kind := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"a page":           kind(200, "text/html", "<html>"),
		"not found":        kind(404, "text/plain", "no"),
		"another's JSON":   kind(200, "application/json", `{"ok":true}`),
		"no JSON":          kind(200, "application/json", `{"status":`),
		"a redirect":       kind(307, "", ""),
		"an odd problem":   kind(500, problem.ContentType, `{}`),
		"a broken problem": kind(500, problem.ContentType, `{`),
		"nothing": func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, all := answering(t, handler)
			if err := client.Health(t.Context()); fault.CodeOf(err) != NotOurs {
				t.Errorf("%v", err)
			}
			if n := len(all()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close() //nolint:errcheck // a test's
	client, err := New(Config{Server: address})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Health(t.Context()); fault.CodeOf(err) != fault.ConnRefused || !strings.Contains(err.Error(), address) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Health(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}

// failing is a network on which nothing gets through.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestWhyThereIsNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want fault.Code
	}{
		"no such host": {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, fault.NoSuchHost},
		"no DNS":       {&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, fault.DialTimeout},
		"time-out":     {os.ErrDeadlineExceeded, fault.DialTimeout},
		"refused":      {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, fault.ConnRefused},
		"no route":     {&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, fault.Ended},
		"no HTTP":      {errors.New("malformed HTTP response"), NotOurs},
	} {
		client, err := New(Config{Transport: failing{c.err}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Camera(t.Context(), "a"); fault.CodeOf(err) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %s", name, err, fault.CodeOf(err))
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	client, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		block := []byte(strings.Repeat(" ", 1<<20))
		for range maxAnswer>>20 + 1 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	if err := client.Health(t.Context()); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("%v", err)
	}
}

func TestSecretsAreOnlySent(t *testing.T) {
	want := NewCamera{URL: "rtsp://192.0.2.1/", SignIn: SignIn{User: "u", Password: Secret{secret.NewText("hidden")}}}
	if text := fmt.Sprintf("%v %+v %s", want, want, want.Password); strings.Contains(text, "hidden") {
		t.Errorf("it is printed: %s", text)
	}
	encoded, err := json.Marshal(want)
	if err != nil || !strings.Contains(string(encoded), `"password":"hidden"`) {
		t.Errorf("it is not sent: %s, %v", encoded, err)
	}
	if encoded, err = json.Marshal(NewCamera{}); err != nil || string(encoded) != "{}" {
		t.Errorf("nothing is %s, %v", encoded, err)
	}
}

func TestClearFoundSearchesAnew(t *testing.T) {
	client, all := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if err := client.ClearFound(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []asked{{"DELETE", "/api/v1/discovery", "", ""}, {"POST", "/api/v1/discovery/search", "application/json", "{}"}}
	if !reflect.DeepEqual(all(), want) {
		t.Errorf("asked for %+v, want %+v", all(), want)
	}
}

func TestInProcess(t *testing.T) {
	var seen *http.Request
	var body string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		body = string(text)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("Late", "yes")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, `{"token":"1",`)
		fmt.Fprint(w, `"name":"Door"}`)
	})
	client, err := New(Config{Transport: InProcess(handler)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := client.AddPreset(t.Context(), "gate", "Door")
	if err != nil || p != (Preset{"1", "Door"}) {
		t.Errorf("%+v, %v", p, err)
	}
	if body != `{"name":"Door"}` || seen.Host != "127.0.0.1:8000" || seen.RequestURI != "/api/v1/cameras/gate/ptz/presets" {
		t.Errorf("the handler saw %q of %+v", body, seen)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := InProcess(handler).RoundTrip(req)
	if err != nil || res.StatusCode != http.StatusCreated || res.Header.Get("Late") != "" {
		t.Errorf("%+v, %v", res, err)
	}
	silent := InProcess(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if res, err = silent.RoundTrip(req); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("a silent handler: %+v, %v", res, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = silent.RoundTrip(req.WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}
