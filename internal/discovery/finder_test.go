package discovery

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
)

// world is a network in which connections to some places are answered, to others
// refused, and to all others lost.
type world struct {
	answered map[string]http.Handler // by host:port
	rtsp     map[string]string       // answers by host:port
	refused  string                  // prefix of addresses
}

// dial connects to a server in this process that believes to be at address.
func (w *world) dial(ctx context.Context, _, address string) (net.Conn, error) {
	handler, banner := w.answered[address], w.rtsp[address]
	if handler == nil && banner == "" {
		if w.refused != "" && strings.HasPrefix(address, w.refused) {
			return nil, syscall.ECONNREFUSED
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	here, there := net.Pipe()
	go func() {
		if handler == nil {
			_, _ = there.Read(make([]byte, 4096))
			_, _ = io.WriteString(there, banner)
			there.Close()
			return
		}
		_ = http.Serve(&one{conn: there}, handler)
	}()
	return placed{here, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))}, nil
}

// placed is a connection to where it says.
type placed struct {
	net.Conn
	at net.Addr
}

func (p placed) RemoteAddr() net.Addr { return p.at }

// one is a listener of one connection.
type one struct{ conn net.Conn }

func (o *one) Accept() (net.Conn, error) {
	if conn := o.conn; conn != nil {
		o.conn = nil
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (o *one) Close() error   { return nil }
func (o *one) Addr() net.Addr { return &net.TCPAddr{} }

// config is one whose connections all go into the world.
func (w *world) config() Config {
	client := &http.Client{Transport: &http.Transport{DialContext: w.dial, DisableKeepAlives: true}}
	return Config{
		Client: client, DialContext: w.dial,
		Describe: func(ctx context.Context, xaddr string) (Description, error) {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, xaddr, http.NoBody)
			if err != nil {
				return Description{}, err
			}
			answer, err := client.Do(request)
			if err != nil {
				return Description{}, err
			}
			defer answer.Body.Close()
			if answer.StatusCode == http.StatusUnauthorized {
				return Description{ONVIF: true}, fault.New(fault.Unauthorized, "refused the password", "")
			}
			return Description{ONVIF: answer.StatusCode == http.StatusOK, Maker: answer.Header.Get("Server")}, nil
		},
	}
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// started returns a Finder that asks, but does not search by itself.
func (w *world) started(t *testing.T) *Finder {
	t.Helper()
	f, err := New(w.config())
	if err != nil {
		t.Fatal(err)
	}
	f.table.arp = func() neighbours { return nil }
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { f.queue.work(ctx) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return f
}

// settled waits until nobody is asked any more and returns the rows.
func (f *Finder) settled(t *testing.T) []Device {
	t.Helper()
	f.queue.idle(t.Context())
	return f.Snapshot().Devices
}

const deviceID = "urn:uuid:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

// answers is a packet of a device that answers a request of ours.
func (f *Finder) answers(sender, xaddrs string) {
	text := probeMatch(f.newID(), "ProbeMatches", deviceID, "x:NetworkVideoTransmitter", "", xaddrs)
	f.answer(wsd.Packet{From: netip.AddrPortFrom(addr(sender), wsd.Port), Data: []byte(text)})
}

// TestReach tries every address that a device tells, and some that it does not.
func TestReach(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at             []string
		sender, xaddrs string
		want           string
		problem        fault.Code
	}{
		"first": {[]string{"192.0.2.1:80"}, "192.0.2.1", "http://192.0.2.1/onvif/x", "http://192.0.2.1/onvif/x", ""},
		"last of many": {
			[]string{"192.0.2.1:80"},
			"192.0.2.9", "http://169.254.1.1/onvif/x https://192.0.2.1/onvif/x http://10.1.1.1/onvif/x http://192.0.2.1/onvif/x",
			"http://192.0.2.1/onvif/x", "",
		},
		"sender before a WAN address": {
			[]string{"192.0.2.1:80", "203.0.113.1:80"}, "192.0.2.1", "http://203.0.113.1/onvif/x http://192.0.2.1/onvif/x", "http://192.0.2.1/onvif/x", "",
		},
		"IPv6":                         {[]string{"[2001:db8::1]:8899"}, "192.0.2.1", "http://192.0.2.1:8899/o http://[2001:db8::1]:8899/o", "http://[2001:db8::1]:8899/o", ""},
		"sender in place of its NAT":   {[]string{"192.0.2.1:8000"}, "192.0.2.1", "http://10.0.0.1:8000/onvif/y", "http://192.0.2.1:8000/onvif/y", ""},
		"no address":                   {[]string{"192.0.2.1:80"}, "192.0.2.1", "", "http://192.0.2.1/onvif/device_service", ""},
		"loopback of another machine":  {[]string{"127.0.0.1:80", "192.0.2.1:80"}, "192.0.2.1", "http://127.0.0.1/onvif/x", "http://192.0.2.1/onvif/x", ""},
		"loopback of this machine":     {[]string{"127.0.0.1:81"}, "127.0.0.1", "http://127.0.0.1:81/onvif/x", "http://127.0.0.1:81/onvif/x", ""},
		"loopback alone, and no":       {[]string{"127.0.0.1:80"}, "192.0.2.1", "http://127.0.0.1/onvif/x", "http://127.0.0.1/onvif/x", Unreachable},
		"none":                         {nil, "192.0.2.1", "http://192.0.2.1/onvif/x", "http://192.0.2.1/onvif/x", Unreachable},
		"with a password in the XAddr": {[]string{"192.0.2.1:80"}, "192.0.2.1", "http://admin:pw@192.0.2.1/onvif/x", "http://192.0.2.1/onvif/x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &world{answered: map[string]http.Handler{}}
				for _, at := range c.at {
					w.answered[at] = status(http.StatusOK)
				}
				f := w.started(t)
				start := time.Now()
				f.answers(c.sender, c.xaddrs)
				rows := f.settled(t)
				if len(rows) != 1 {
					t.Fatal(show(rows))
				}
				d := rows[0]
				if len(d.XAddrs) == 0 || d.XAddrs[0] != c.want || d.Problem == nil != (c.problem == "") {
					t.Errorf("%v, problem %v", d.XAddrs, d.Problem)
				}
				if d.Problem != nil && d.Problem.Code != c.problem {
					t.Errorf("problem %v", d.Problem)
				}
				if took := time.Since(start); took > 8*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestAnswersOfDevices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.Handler
		problem fault.Code
	}{
		"refuses":         {status(http.StatusUnauthorized), fault.Unauthorized},
		"is no ONVIF":     {status(http.StatusNotFound), NoAnswer},
		"says nothing":    {http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), NoAnswer},
		"is all right":    {status(http.StatusOK), ""},
		"breaks the pipe": {http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), NoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &world{answered: map[string]http.Handler{"192.0.2.1:80": c.handler}}
				f := w.started(t)
				f.answers("192.0.2.1", "http://192.0.2.1/onvif/x")
				rows := f.settled(t)
				var got fault.Code
				if rows[0].Problem != nil {
					got = rows[0].Problem.Code
				}
				if len(rows) != 1 || got != c.problem || rows[0].Kind != Camera {
					t.Errorf("%s", show(rows))
				}
			})
		})
	}
}

// TestOnlyOurAnswers: answers to others' requests, and old ones, are not taken;
// announcements are.
func TestOnlyOurAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := (&world{refused: "1"}).started(t)
		from := netip.MustParseAddrPort("192.0.2.1:3702")
		packet := func(relatesTo, action string) wsd.Packet {
			return wsd.Packet{From: from, Data: []byte(probeMatch(relatesTo, action, deviceID, "x:NetworkVideoTransmitter", "", "http://192.0.2.1/onvif/x"))}
		}
		old := f.newID()
		sleep(t.Context(), answerTime)
		f.forget(time.Now().Add(1))
		for _, p := range []wsd.Packet{
			packet(old, "ProbeMatches"), packet(wsd.NewID(), "ProbeMatches"), packet("", "ProbeMatches"), packet(f.newID(), "Hello"),
			{From: from, Data: []byte("noise")},
			{From: from},
		} {
			f.answer(p)
		}
		f.announcement(packet(f.newID(), "ProbeMatches"))
		if rows := f.settled(t); len(rows) != 0 {
			t.Fatal(show(rows))
		}
		f.announcement(packet("", "Hello"))
		if rows := f.settled(t); len(rows) != 1 {
			t.Fatal(show(rows))
		}
		f.announcement(packet("", "Bye"))
		if rows := f.settled(t); len(rows) != 0 {
			t.Error(show(rows))
		}
	})
}

// TestSSDPFollowsUp finds out that the host of an SSDP device is a camera, and
// what it is when it is not.
func TestSSDPFollowsUp(t *testing.T) {
	t.Parallel()
	description := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<root><device><deviceType>urn:x:device:Basic:1</deviceType><friendlyName>Gate</friendlyName><presentationURL>/p</presentationURL></device></root>`)
	})
	options := "RTSP/1.0 200 OK\r\nServer: Hikvision\r\n\r\n"
	for name, c := range map[string]struct {
		w    *world
		want string
	}{
		"camera": {
			&world{
				answered: map[string]http.Handler{"192.0.2.1:49152": description, "192.0.2.1:8000": status(http.StatusOK)},
				rtsp:     map[string]string{"192.0.2.1:554": "RTSP/1.0 200 OK\r\n\r\n"}, refused: "192.0.2.1:",
			},
			"camera urn:uuid:s ssdp 192.0.2.1:554",
		},
		"camera without ONVIF": {
			&world{answered: map[string]http.Handler{"192.0.2.1:49152": description}, rtsp: map[string]string{"192.0.2.1:8554": options}, refused: "192.0.2.1:"},
			"maybe urn:uuid:s ssdp 192.0.2.1:8554 !without_onvif",
		},
		"nothing of the kind": {&world{answered: map[string]http.Handler{"192.0.2.1:49152": description}}, "other urn:uuid:s ssdp"},
		"unread":              {&world{refused: "192.0.2.1:"}, "other urn:uuid:s ssdp !no_description"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := c.w.started(t)
				alive := ssdp.Message{ID: "urn:uuid:s", Type: "upnp:rootdevice", Location: "http://192.0.2.1:49152/d.xml", From: addr("192.0.2.1")}
				f.heardSSDP(alive)
				f.heardSSDP(ssdp.Message{ID: "urn:uuid:t", Type: "nowhere"})
				if got := show(f.settled(t)); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				alive.Bye = true
				f.heardSSDP(alive)
				f.table.expire(time.Now())
				if got := show(f.Snapshot().Devices); got != "" {
					t.Errorf("after it left: %s", got)
				}
			})
		})
	}
}

// TestSSDPNeverAsksThisMachine: a description at loopback is another machine's.
func TestSSDPNeverAsksThisMachine(t *testing.T) {
	t.Parallel()
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	w := &world{refused: "192.0.2.1:"}
	cfg := w.config()
	cfg.Client = server.Client()
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := ssdp.Message{ID: "urn:uuid:s", Location: server.URL, From: addr("192.0.2.1")}
	r := ssdpRecord(m)
	f.table.hear(r, time.Now(), false)
	f.askSSDP(t.Context(), r.key)
	if asked {
		t.Error("this machine was asked")
	}
	if got := show(f.Snapshot().Devices); got != "other urn:uuid:s ssdp !no_description" {
		t.Error(got)
	}
}
