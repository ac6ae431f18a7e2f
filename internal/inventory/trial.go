package inventory

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/makers"
	"camwall/internal/media"
	"camwall/internal/streaming"
)

// Test asks for a stream's address to be tried.
type Test struct {
	// URL is as pasted.
	URL    string
	SignIn *SignIn // overrides what URL holds

	// Camera lends its stored sign-in, which never goes to another scheme, host
	// or port.
	Camera string

	// Guess tries the paths of the device's maker, in order, when URL has none.
	Guess bool

	// Picture asks for a decoded picture; without it the stream is described
	// only.
	Picture bool

	TLS       camera.TLSMode
	Transport camera.Transport
}

// TestResult is what a stream's address gave.
type TestResult struct {
	Tracks    []media.Track
	Transport string // of the picture; "" without one
	Width     int
	Height    int
	Picture   []byte // JPEG, at most 640x360; nil when none was asked for

	// Address is the one that worked, without sign-in: the one that was asked
	// for, or the first of the maker's paths that did.
	Address string
	Maker   string
}

// Test tries the address of a stream, as a camera of it would be connected.
func (v *Inventory) Test(ctx context.Context, t Test) (TestResult, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	clean, address, cred, err := camera.ParseURL(withoutMask(t.URL))
	if err != nil {
		return TestResult{}, err
	}
	a := v.askingAt(address, cred, t.TLS)
	if t.SignIn != nil {
		a.cred = camera.Credentials(*t.SignIn)
	} else if cred.IsZero() {
		if a.cred, err = v.lent(t.Camera, clean); err != nil {
			return TestResult{}, err
		}
	}
	u, err := url.Parse(clean)
	if err != nil {
		return TestResult{}, fault.Errorf(fault.BadRequest, "this is no address of a stream")
	}
	if t.Guess && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
		return v.guess(ctx, a, u, address, t)
	}
	return v.try(ctx, a, clean, t)
}

// askingAt is asking for what is at an RTSP address: a device's, or a stranger's.
func (v *Inventory) askingAt(address string, cred camera.Credentials, tls camera.TLSMode) asking {
	a := asking{cred: cred, tls: tls}
	v.mu.Lock()
	d := v.atRTSPLocked(address)
	if d != nil {
		a.id, a.gate, a.known = d.ID, d.ID, true
	}
	v.mu.Unlock()
	if !a.known {
		a.gate = v.gates.rtsp(address)
	}
	return a
}

// lent returns the stored sign-in of a camera for an address that has scheme,
// host and port of one of its streams; none when no camera is named.
func (v *Inventory) lent(id, address string) (camera.Credentials, error) {
	if id == "" {
		return camera.Credentials{}, nil
	}
	c, err := v.Camera(id)
	if err != nil {
		return camera.Credentials{}, err
	}
	if !sameOrigins([]camera.Stream{{URL: address}}, c.Streams) {
		if c.SignIn().Password.IsZero() {
			return camera.Credentials{}, nil
		}
		return camera.Credentials{}, fault.New(fault.PasswordNeeded, "this is another address than the camera's, so its password is asked for again",
			"give user and password together with the new address")
	}
	return c.SignIn(), nil
}

func (v *Inventory) try(ctx context.Context, a asking, address string, t Test) (TestResult, error) {
	cfg := v.stillConfig(a, address, t.Transport)
	look := streaming.Examine
	if t.Picture {
		look = streaming.Still
	}
	seen, err := look(ctx, cfg)
	if err != nil {
		return TestResult{}, err
	}
	return TestResult{
		Tracks: seen.Tracks, Transport: seen.Transport, Width: seen.Width, Height: seen.Height,
		Picture: seen.JPEG, Address: address,
	}, nil
}

// guess tries the paths of the device's maker, then those that many makers use,
// and ends at the first that plays, or at a refusal: who refuses a sign-in is
// not asked again with it.
func (v *Inventory) guess(ctx context.Context, a asking, u *url.URL, address string, t Test) (TestResult, error) {
	maker, _ := makers.Identify(v.banner(ctx, a, address))
	candidates := makers.Generic(1)
	if maker.Name != "" {
		candidates = makers.Paths(maker.Name, 1)
	}
	for _, c := range candidates {
		path, query, _ := strings.Cut(c.Main, "?")
		next := *u
		next.Path, next.RawQuery = path, query
		result, err := v.try(ctx, a, next.String(), t)
		result.Maker = maker.Name
		switch code := fault.CodeOf(err); {
		case err == nil:
			return result, nil
		case code == fault.StreamNotFound || code == fault.NoVideo || code == fault.UnknownCodec || code == fault.Protocol:
			continue // not that path
		default:
			return result, err
		}
	}
	return TestResult{Maker: maker.Name}, fault.Errorf(fault.StreamNotFound, "none of the usual paths is a stream of this device").
		WithHint(cmp.Or(makers.OnvifHint(maker.Name), "look up the RTSP address in the camera's manual"))
}

// bannerTime bounds each question of banner.
const bannerTime = 2 * time.Second

// banner reads who a device says it is: its RTSP server, and its web server.
func (v *Inventory) banner(ctx context.Context, a asking, address string) makers.Banner {
	var b makers.Banner
	b.RTSPServer = v.rtspServer(ctx, a, address)
	ctx, cancel := context.WithTimeout(ctx, bannerTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+bracketed(hostPart(address))+"/", nil)
	if err != nil {
		return b
	}
	answer, err := v.client.Do(r)
	if err != nil {
		return b
	}
	defer answer.Body.Close()
	b.HTTPServer, b.HTTPRealm = answer.Header.Get("Server"), answer.Header.Get("WWW-Authenticate")
	return b
}

// rtspServer returns the Server header of the answer to OPTIONS (RFC 2326
// section 10.1), "" when there is none.
func (v *Inventory) rtspServer(ctx context.Context, a asking, address string) string {
	ctx, cancel := context.WithTimeout(ctx, bannerTime)
	defer cancel()
	conn, err := v.cfg.Policy.DialContext(a.trusted)(ctx, "tcp", address)
	if err != nil {
		return ""
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	if _, err := fmt.Fprintf(conn, "OPTIONS rtsp://%s/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", address); err != nil {
		return ""
	}
	lines := bufio.NewScanner(conn)
	for n := 0; n < 32 && lines.Scan() && lines.Text() != ""; n++ {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.EqualFold(name, "Server") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func bracketed(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return "[" + host + "]"
	}
	return host
}

// stillConfig is how an address is tried.
func (v *Inventory) stillConfig(a asking, address string, transport camera.Transport) streaming.StillConfig {
	return streaming.StillConfig{
		Device: v.cfg.Admission.Device(a.gate), URL: address, Credentials: a.cred, Transport: transport, TLS: a.tls,
		DialContext: v.cfg.Policy.DialContext(a.trusted), Width: 640, Height: 360, Log: v.log,
	}
}
