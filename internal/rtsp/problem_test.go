package rtsp

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/simcam"
)

// TestStatuses: what a camera answers, and the code that people read.
func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		method base.Method
		status base.StatusCode
		want   fault.Code
	}{
		{base.Options, 401, fault.Unauthorized},
		{base.Describe, 401, fault.Unauthorized},
		{base.Setup, 401, fault.Unauthorized},
		{base.Play, 401, fault.Unauthorized},
		{base.Describe, 403, fault.Forbidden},
		{base.Describe, 404, fault.StreamNotFound},
		{base.Setup, 404, fault.StreamNotFound},
		{base.Describe, 453, fault.Busy},
		{base.Setup, 453, fault.Busy},
		{base.Play, 453, fault.Busy},
		{base.Describe, 503, fault.Busy},
		{base.Setup, 461, fault.Transport},
		{base.Describe, 500, fault.Protocol},
		{base.Describe, 400, fault.Protocol},
		{base.Options, 501, fault.PictureTimeout}, // passed over: the rest is granted, and nothing is sent
		{base.Options, 404, fault.PictureTimeout},
	} {
		t.Run(string(c.method)+" "+strconv.Itoa(int(c.status)), func(t *testing.T) {
			raw := answerRaw(t, status(c.method, c.status))
			cfg := Config{URL: raw.url}
			if c.want == fault.PictureTimeout { // else nothing is waited for
				cfg.PictureTimeout = 300 * time.Millisecond
			}
			f := start(t, cfg).failure(c.want)
			if strings.Contains(f.Message, "No") && c.status != 404 {
				t.Errorf("message %q repeats the camera's words", f.Message)
			}
		})
	}
}

func TestDescriptions(t *testing.T) {
	head := "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
	for name, c := range map[string]struct {
		sdp  string
		want fault.Code
		says string
	}{
		"audio only":    {head + "m=audio 0 RTP/AVP 0\r\na=control:t\r\n", fault.NoVideo, ""},
		"no media":      {head, fault.Protocol, ""},
		"unknown codec": {head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 WHATEVER/90000\r\na=control:t\r\n", fault.UnknownCodec, "WHATEVER"},
		"odd codec":     {head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=2\r\na=control:t\r\n", fault.UnknownCodec, "H264"},
		"bad control":   {head + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:a#%zz\r\n", fault.Protocol, ""},
		"garbage":       {"\x00\x01\x02", fault.Protocol, ""},
	} {
		t.Run(name, func(t *testing.T) {
			raw := answerRaw(t, func(req *base.Request) *base.Response {
				res := granted(req)
				if req.Method == base.Describe {
					res.Body = []byte(c.sdp)
				}
				return res
			})
			p := start(t, Config{URL: raw.url})
			if f := p.failure(c.want); !strings.Contains(f.Message, c.says) {
				t.Errorf("message %q does not say %q", f.Message, c.says)
			}
		})
	}
}

// TestNoAnswer: the time limits up to the first picture, and the ends of a
// connection.
func TestNoAnswer(t *testing.T) {
	const short = 200 * time.Millisecond
	t.Run("nothing listens", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener.Close() //nolint:errcheck // only its port was wanted
		start(t, Config{URL: "rtsp://" + listener.Addr().String() + "/"}).fails(fault.ConnRefused)
	})
	t.Run("no route", func(t *testing.T) {
		p := start(t, Config{URL: "rtsp://127.0.0.1:1/", DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}
		}})
		if f := p.failure(fault.ConnRefused); !strings.Contains(f.Message, "no way") {
			t.Error(f.Message)
		}
	})
	t.Run("no such name", func(t *testing.T) {
		dialer := net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no name server")
		}}}
		start(t, Config{URL: "rtsp://camera.invalid/", DialContext: dialer.DialContext}).fails(fault.NoSuchHost)
	})
	t.Run("refused by policy", func(t *testing.T) {
		policy := fault.New(fault.Forbidden, "This address may not be reached.", "")
		p := start(t, Config{URL: "rtsp://127.0.0.1:1/", DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, policy
		}})
		if f := p.failure(fault.Forbidden); f != policy {
			t.Errorf("got %v", f)
		}
	})
	t.Run("dial takes too long", func(t *testing.T) {
		p := start(t, Config{URL: "rtsp://127.0.0.1:1/", DialTimeout: short, DialContext: blockedDial})
		p.fails(fault.DialTimeout)
	})
	t.Run("accepts but never answers", func(t *testing.T) {
		raw := answerRaw(t, func(*base.Request) *base.Response { return nil })
		start(t, Config{URL: raw.url, DialTimeout: short}).fails(fault.DialTimeout)
	})
	t.Run("TLS handshake hangs", func(t *testing.T) {
		start(t, Config{URL: "rtsps://" + listenDumb(t) + "/", DialTimeout: short}).fails(fault.DialTimeout)
	})
	t.Run("stops answering", func(t *testing.T) {
		raw := answerRaw(t, func(req *base.Request) *base.Response {
			if req.Method == base.Describe {
				return nil
			}
			return granted(req)
		})
		start(t, Config{URL: raw.url, PictureTimeout: short}).fails(fault.PictureTimeout)
	})
	t.Run("plays but sends nothing", func(t *testing.T) {
		raw := answerRaw(t, granted)
		start(t, Config{URL: raw.url, PictureTimeout: short}).fails(fault.PictureTimeout)
	})
	t.Run("closes at once", func(t *testing.T) {
		listener := listenRaw(t, func(net.Conn) {})
		start(t, Config{URL: "rtsp://" + listener.Addr().String() + "/"}).fails(fault.Ended)
	})
	t.Run("closes instead of playing", func(t *testing.T) {
		raw := answerRaw(t, status(base.Play, 0))
		start(t, Config{URL: raw.url}).fails(fault.Ended)
	})
	t.Run("no address", func(t *testing.T) {
		start(t, Config{URL: "http://user:geheim@127.0.0.1/"}).fails(fault.BadRequest)
	})
	t.Run("garbage", func(t *testing.T) {
		listener := listenRaw(t, func(conn net.Conn) {
			io.WriteString(conn, "RTSP/9.9 what\r\n\r\n") //nolint:errcheck // seen by the session
			io.Copy(io.Discard, conn)                     //nolint:errcheck // until it ends
		})
		start(t, Config{URL: "rtsp://" + listener.Addr().String() + "/"}).fails(fault.Protocol)
	})
	t.Run("redirects for ever", func(t *testing.T) {
		raw := answerRaw(t, func(req *base.Request) *base.Response {
			if req.Method != base.Describe {
				return granted(req)
			}
			return &base.Response{StatusCode: base.StatusFound, Header: base.Header{"Location": base.HeaderValue{req.URL.String()}}}
		})
		start(t, Config{URL: raw.url}).fails(fault.Protocol)
		if n := raw.count(func(req *base.Request) bool { return req.Method == base.Describe }); n != maxDials {
			t.Errorf("asked %d times", n)
		}
	})
}

// listenDumb returns the address of a server that reads and never writes.
func listenDumb(t *testing.T) string {
	t.Helper()
	return listenRaw(t, func(conn net.Conn) {
		io.Copy(io.Discard, conn) //nolint:errcheck // until it ends
	}).Addr().String()
}

// blockedDial never connects.
func blockedDial(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestSilenceAndEnd(t *testing.T) {
	server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{
		{Path: "a", Camera: "a", Clip: "street-360", Audio: true},
	}})
	stream := server.Stream("a")

	t.Run("silence", func(t *testing.T) {
		p := start(t, Config{URL: stream.Info().URL, SilenceTimeout: 400 * time.Millisecond})
		select {
		case <-p.units:
		case <-p.done: // it was silent for so long already
		}
		stream.SetSilent(true)
		defer stream.SetSilent(false)
		p.fails(fault.Silence)
	})
	t.Run("closed", func(t *testing.T) {
		p := start(t, Config{URL: stream.Info().URL})
		p.take(2, isVideo)
		stream.CloseConnections()
		p.fails(fault.Ended)
	})
}

// TestCancelled: a cancelled session ends within half a second, wherever it
// is, and leaves no socket open.
func TestCancelled(t *testing.T) {
	hung := answerRaw(t, func(*base.Request) *base.Response { return nil })
	playing := answerRaw(t, granted)
	server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{clip()}})
	secure := simulate(t, simcam.Config{
		TLS:     secured(t),
		Streams: []simcam.StreamSpec{clip()},
	})
	asked := func(raw *rawCamera, method base.Method) func() bool {
		return func() bool { return raw.count(func(r *base.Request) bool { return r.Method == method }) > 0 }
	}
	for name, c := range map[string]struct {
		cfg   Config
		ready func() bool
	}{
		"dial":           {Config{URL: "rtsp://127.0.0.1:1/"}, nil},
		"first answer":   {Config{URL: hung.url}, asked(hung, base.Options)},
		"TLS handshake":  {Config{URL: "rtsps://" + listenDumb(t) + "/"}, func() bool { return true }},
		"no picture yet": {Config{URL: playing.url}, asked(playing, base.Play)},
		"pictures":       {Config{URL: server.Streams()[0].URL}, nil},
		"UDP pictures":   {Config{URL: server.Streams()[0].URL, Transport: camera.TransportUDP}, nil},
		"TLS pictures":   {Config{URL: secure.Streams()[0].URL}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			sockets := &socketCounter{opened: make(chan struct{}, 10)}
			c.cfg.DialContext = sockets.dial
			if name == "dial" {
				c.cfg.DialContext = blockedDial
			}
			p := start(t, c.cfg)
			switch {
			case c.ready != nil:
				<-sockets.opened
				for !c.ready() { // the request is on its way over loopback
					runtime.Gosched()
				}
			case name != "dial":
				p.take(1, nil)
			}
			began := time.Now()
			p.stop()
			if took := time.Since(began); took > limit/2 { // all its limits are as long as limit
				t.Errorf("ended after %v", took)
			}
			if !errors.Is(p.err, context.Canceled) {
				t.Errorf("error is %v", p.err)
			}
			if n := sockets.open(); n != 0 {
				t.Errorf("%d sockets are still open", n)
			}
		})
	}
}

// socketCounter counts the connections that are open.
type socketCounter struct {
	opened chan struct{}

	mu sync.Mutex // guards the field below
	n  int
}

func (c *socketCounter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.add(1)
	c.opened <- struct{}{}
	return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { c.add(-1) })}, nil
}

func (c *socketCounter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
}

func (c *socketCounter) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}
