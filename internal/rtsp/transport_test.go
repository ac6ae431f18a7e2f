package rtsp

import (
	"crypto/sha256"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/simcam"
)

func TestTransports(t *testing.T) {
	const tcp, udp = 1, 2 // what is refused
	for name, c := range map[string]struct {
		transport camera.Transport
		preferUDP bool
		refuse    int
		want      string // "" is the fault
	}{
		"auto":                     {camera.TransportAuto, false, 0, "tcp"},
		"auto, UDP the last time":  {camera.TransportAuto, true, 0, "udp"},
		"auto, TCP refused":        {camera.TransportAuto, false, tcp, "udp"},
		"auto, UDP gone":           {camera.TransportAuto, true, udp, "tcp"},
		"auto, both refused":       {camera.TransportAuto, false, tcp | udp, ""},
		"udp":                      {camera.TransportUDP, false, 0, "udp"},
		"udp refused":              {camera.TransportUDP, false, udp, "tcp"},
		"tcp":                      {camera.TransportTCP, true, 0, "tcp"},
		"tcp refused":              {camera.TransportTCP, false, tcp, ""},
		"udp, both refused":        {camera.TransportUDP, false, tcp | udp, ""},
		"tcp, UDP refused as well": {camera.TransportTCP, false, tcp | udp, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{
				clip().WithSignIn(simcam.AuthDigest, "u", "p"),
			}})
			stream := server.Stream("a")
			if c.refuse&tcp != 0 {
				stream.RefuseTCP(461)
			}
			if c.refuse&udp != 0 {
				stream.RefuseUDP(461)
			}
			p := start(t, Config{
				URL: stream.Info().URL, Credentials: credentials("u", "p"),
				Transport: c.transport, PreferUDP: c.preferUDP,
			})
			if c.want == "" {
				p.fails(fault.Transport)
				if !p.session.Info().SignedIn {
					t.Error("not signed in, although the camera described the stream")
				}
				return
			}
			units := p.take(10, nil)
			if got := p.session.Info().Transport; got != c.want {
				t.Errorf("transport is %q", got)
			}
			for i, u := range units {
				if u.Seq != uint64(i+1) || u.Lost != 0 {
					t.Errorf("unit %d has number %d, %d lost", i, u.Seq, u.Lost)
				}
			}
			if server.Counters().FailedSignIns != 0 {
				t.Error("a sign-in failed")
			}
		})
	}
}

// TestWrongPasswordOverAllTransports: one failed sign-in, also when the
// transport could be changed.
func TestWrongPasswordOverAllTransports(t *testing.T) {
	server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{
		clip().WithSignIn(simcam.AuthDigest, "u", "p"),
	}})
	server.Stream("a").RefuseTCP(461)
	server.Stream("a").RefuseUDP(461)
	start(t, Config{URL: server.Streams()[0].URL, Credentials: credentials("u", "wrong")}).fails(fault.Unauthorized)
	if n := server.Counters().FailedSignIns; n != 1 {
		t.Errorf("%d failed sign-ins", n)
	}
}

// TestUDPDumb: UDP that is granted and brings nothing gives way to TCP in auto
// mode, and to the time limit of the first picture else.
func TestUDPDumb(t *testing.T) {
	answer := func(req *base.Request) *base.Response {
		res := granted(req)
		switch {
		case req.Method != base.Setup:
		case strings.Contains(req.Header["Transport"][0], "client_port"):
			res.Header["Transport"] = base.HeaderValue{req.Header["Transport"][0] + ";server_port=9000-9001"}
		default: // that it was asked for is enough
			res.StatusCode = base.StatusNotEnoughBandwidth
		}
		return res
	}
	setups := func(raw *rawCamera) (list []string) {
		for _, req := range raw.seen() {
			if req.Method == base.Setup {
				list = append(list, strings.Split(req.Header["Transport"][0], ";")[0])
			}
		}
		return list
	}
	t.Run("auto", func(t *testing.T) {
		t.Parallel() // it takes as long as UDP is waited for
		raw := answerRaw(t, answer)
		start(t, Config{URL: raw.url, PreferUDP: true}).fails(fault.Busy)
		if got := strings.Join(setups(raw), " "); got != "RTP/AVP RTP/AVP/TCP" {
			t.Errorf("set up %s", got)
		}
	})
	t.Run("udp", func(t *testing.T) {
		raw := answerRaw(t, answer)
		p := start(t, Config{URL: raw.url, Transport: camera.TransportUDP, PictureTimeout: 400 * time.Millisecond})
		p.fails(fault.PictureTimeout)
		if got := strings.Join(setups(raw), " "); strings.Contains(got, "TCP") {
			t.Errorf("set up %s", got)
		}
	})
}

// TestAudioRefused: a camera that does not give its sound gives its pictures.
func TestAudioRefused(t *testing.T) {
	sdp := plainSDP + "m=audio 0 RTP/AVP 0\r\na=control:trackID=1\r\n"
	raw := answerRaw(t, func(req *base.Request) *base.Response {
		res := granted(req)
		switch {
		case req.Method == base.Describe:
			res.Body = []byte(sdp)
		case req.Method == base.Setup && strings.HasSuffix(req.URL.Path, "trackID=1"):
			return &base.Response{StatusCode: base.StatusNotAcceptable}
		}
		return res
	})
	playing := make(chan struct{})
	p := start(t, Config{URL: raw.url, OnPlaying: func() { close(playing) }})
	select {
	case <-playing:
	case <-p.done:
		t.Errorf("not played: %v", p.err)
	}
}

// TestServerRequests: what a camera may ask in mid-stream is answered, and only
// TEARDOWN ends the session.
func TestServerRequests(t *testing.T) {
	for method, want := range map[base.Method]fault.Code{
		base.GetParameter: fault.PictureTimeout,
		base.SetParameter: fault.PictureTimeout,
		base.Options:      fault.PictureTimeout,
		base.Teardown:     fault.Ended,
	} {
		t.Run(string(method), func(t *testing.T) {
			raw := answerRaw(t, granted)
			cfg := Config{URL: raw.url, DialContext: injecting(method)}
			if want == fault.PictureTimeout { // else nothing is waited for
				cfg.PictureTimeout = 300 * time.Millisecond
			}
			start(t, cfg).fails(want)
		})
	}
}

func TestTLS(t *testing.T) {
	self := secured(t)
	pin := sha256.Sum256(self.Certificates[0].Certificate[0])
	other := sha256.Sum256([]byte("another"))
	server := simulate(t, simcam.Config{
		TLS:     self,
		Streams: []simcam.StreamSpec{clip()},
	})
	trusted := simulate(t, simcam.Config{
		TLS:     &tls.Config{Certificates: []tls.Certificate{trustedCertificate}},
		Streams: []simcam.StreamSpec{clip()},
	})
	for name, c := range map[string]struct {
		server *simcam.Server
		mode   camera.TLSMode
		pin    []byte
		works  bool
	}{
		"first use":          {server, camera.TLSPin, nil, true},
		"the pinned one":     {server, camera.TLSPin, pin[:], true},
		"changed":            {server, camera.TLSPin, other[:], false},
		"verify self-signed": {server, camera.TLSVerify, nil, false},
		"verify trusted":     {trusted, camera.TLSVerify, nil, true},
		"off":                {server, camera.TLSOff, other[:], true},
	} {
		t.Run(name, func(t *testing.T) {
			url := c.server.Streams()[0].URL
			if !strings.HasPrefix(url, "rtsps://") {
				t.Fatal(url)
			}
			p := start(t, Config{URL: url, TLS: c.mode, Pin: c.pin})
			if !c.works {
				p.fails(fault.Certificate)
				return
			}
			p.take(5, isVideo)
			if got := p.session.Info().Pin; c.server == server && string(got) != string(pin[:]) {
				t.Errorf("pin is %x", got)
			}
		})
	}
}

// TestSRTP: the secure profile, which is the only one that has UDP in rtsps.
func TestSRTP(t *testing.T) {
	server := simulate(t, simcam.Config{
		TLS: secured(t), SRTP: true,
		Streams: []simcam.StreamSpec{clip()},
	})
	for _, transport := range []camera.Transport{camera.TransportTCP, camera.TransportUDP} {
		p := start(t, Config{URL: server.Streams()[0].URL, Transport: transport})
		p.take(5, isVideo)
		if got := p.session.Info().Transport; got != transport.String() {
			t.Errorf("transport is %s", got)
		}
		p.stop()
	}
}

// TestNoPlainUDPForTLS: an encrypted address never gets pictures in the clear.
func TestNoPlainUDPForTLS(t *testing.T) {
	server := simulate(t, simcam.Config{
		TLS:     secured(t),
		Streams: []simcam.StreamSpec{clip()},
	})
	p := start(t, Config{URL: server.Streams()[0].URL, Transport: camera.TransportUDP})
	p.take(5, isVideo)
	if got := p.session.Info().Transport; got != "tcp" {
		t.Errorf("transport is %s", got)
	}
}
