package simcam

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"go.uber.org/goleak"
)

// patience bounds every wait for a real part.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startServer starts a Server on free ports and closes it with the test.
func startServer(t *testing.T, edit func(*Config)) *Server {
	t.Helper()
	cfg := Config{Listen: "127.0.0.1:0", SentListen: "127.0.0.1:0"}
	if edit != nil {
		edit(&cfg)
	}
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// oneStream starts a Server with a single small stream.
func oneStream(t *testing.T, edit func(*StreamSpec)) (*Server, *Stream) {
	t.Helper()
	spec := ClipStream("cam", "cam", "street-360")
	if edit != nil {
		edit(&spec)
	}
	server := startServer(t, func(cfg *Config) { cfg.Streams = []StreamSpec{spec} })
	return server, server.Stream("cam")
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func await(t *testing.T, server *Server, what string, wanted func(Counters) bool) {
	t.Helper()
	if err := server.Await(within(t), wanted); err != nil {
		t.Fatalf("%s: %v; counters %+v", what, err, server.Counters())
	}
}

// player is a real RTSP client.
type player struct {
	client  gortsplib.Client
	desc    *description.Session
	packets chan *rtp.Packet        // of video
	sound   chan *rtp.Packet        // of sound
	reports chan *rtcp.SenderReport // of video
	lost    chan uint64
}

func transport(kind gortsplib.Transport) *gortsplib.Transport { return &kind }

// signedURL puts the sign-in of a stream in its URL.
func signedURL(t *testing.T, info Info) *base.URL {
	t.Helper()
	plain, err := url.Parse(info.URL)
	if err != nil {
		t.Fatal(err)
	}
	if info.User != "" {
		plain.User = url.UserPassword(info.User, info.Password)
	}
	parsed, err := base.ParseURL(plain.String())
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// dial connects a client up to the answer to PLAY. It is closed with the test.
func dial(t *testing.T, info Info, kind gortsplib.Transport) (*player, error) {
	t.Helper()
	address := signedURL(t, info)
	p := &player{
		packets: make(chan *rtp.Packet, 1<<14), sound: make(chan *rtp.Packet, 1<<12),
		reports: make(chan *rtcp.SenderReport, 64), lost: make(chan uint64, 1<<10),
	}
	p.client = gortsplib.Client{
		Scheme: address.Scheme, Host: address.Host, Transport: transport(kind), ReadTimeout: patience,
		TLSConfig:     &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the certificate is made by the test
		OnPacketsLost: func(lost uint64) { p.lost <- lost },
	}
	if err := p.client.Start2(); err != nil {
		return nil, err
	}
	t.Cleanup(p.client.Close)
	var err error
	if p.desc, _, err = p.client.Describe(address); err != nil {
		return nil, err
	}
	if err := p.client.SetupAll(p.desc.BaseURL, p.desc.Medias); err != nil {
		return nil, err
	}
	p.client.OnPacketRTPAny(func(media *description.Media, _ format.Format, packet *rtp.Packet) {
		if media.Type == description.MediaTypeAudio {
			p.sound <- packet
			return
		}
		p.packets <- packet
	})
	p.client.OnPacketRTCPAny(func(_ *description.Media, packet rtcp.Packet) {
		if report, ok := packet.(*rtcp.SenderReport); ok {
			p.reports <- report
		}
	})
	_, err = p.client.Play(nil)
	return p, err
}

// play is dial that must succeed, over TCP.
func play(t *testing.T, info Info) *player {
	t.Helper()
	p, err := dial(t, info, gortsplib.TransportTCP)
	if err != nil {
		t.Fatalf("play %s: %v", info.Path, err)
	}
	return p
}

// packet waits for the next packet of video.
func (p *player) packet(t *testing.T) *rtp.Packet {
	t.Helper()
	select {
	case packet := <-p.packets:
		return packet
	case <-within(t).Done():
		t.Fatal("no packet came")
		return nil
	}
}

// units returns n whole H.264 access units.
func (p *player) units(t *testing.T, n int) [][][]byte {
	t.Helper()
	decoder, err := p.desc.Medias[0].Formats[0].(*format.H264).CreateDecoder()
	if err != nil {
		t.Fatal(err)
	}
	var list [][][]byte
	for len(list) < n {
		if unit, err := decoder.Decode(p.packet(t)); err == nil {
			list = append(list, unit)
		}
	}
	return list
}

// quiet is the Log of tests that cause errors.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
