package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/simcam"
	"camwall/internal/simcam/announce"
	"camwall/internal/simcam/device"
)

type demoCommand struct {
	logFlags
	Listen   string `default:"127.0.0.1:8554" env:"CAMWALL_DEMO_LISTEN" help:"Address of RTSP, IP or IP:PORT (8554). What was sent when is told at http://IP:PORT+1/sent, faults are switched at /fault beside it; ONVIF devices are on the ports above." placeholder:"IP[:PORT]"`
	Wall     int    `env:"CAMWALL_DEMO_WALL" help:"Add N cameras of 640x360 at 15 fps, wall1 to wallN; at most 64." placeholder:"N"`
	Sound    bool   `env:"CAMWALL_DEMO_SOUND" help:"Add two cameras with sound: G.711 and AAC."`
	Special  bool   `env:"CAMWALL_DEMO_SPECIAL" help:"Add a camera of a scene in which nothing moves, and one of one picture a second."`
	Recorder bool   `env:"CAMWALL_DEMO_RECORDER" help:"Add a recorder of 16 channels, two of them without a signal; user admin, password camwall-16."`
}

// Run runs simulated cameras until ctx ends. Standard output gets one line a
// stream and nothing else: address, sign-in or -, codec, size, fps. Where
// everything else is stands in the log.
func (c *demoCommand) Run(ctx context.Context, s streams) error {
	rtsp, sent, err := demoAddresses(c.Listen)
	if err != nil {
		return err
	}
	specs, err := c.streams()
	if err != nil {
		return err
	}
	log := c.logger(s.err).Logger
	cameras, err := simcam.New(simcam.Config{Listen: rtsp, SentListen: sent, Streams: specs, Log: log})
	if err != nil {
		return fault.Errorf(fault.Config, "run simulated cameras at %s: %w", c.Listen, err).
			WithHint("another program may use that port: try --listen 127.0.0.1:9554")
	}
	defer cameras.Close()
	log.Info("what was sent when", "url", "http://"+cameras.SentAddr()+"/sent")
	log.Info("faults are switched", "url", "http://"+cameras.SentAddr()+"/fault")
	ports := newDemoPorts(rtsp, log)
	devices, err := demoDevices(cameras, ports.next, log)
	if err != nil {
		return fault.Errorf(fault.Config, "run simulated ONVIF devices: %w", err)
	}
	servers := []*simcam.Server{cameras}
	if c.Recorder {
		recorder, err := demoRecorder(ports, log)
		if err != nil {
			return fault.Errorf(fault.Config, "run simulated recorder: %w", err)
		}
		defer recorder.Close()
		servers, devices = append(servers, recorder.Server), append(devices, recorder.Device)
	}
	for _, d := range devices {
		log.Info("ONVIF device", "name", d.Name(), "address", d.XAddr())
	}
	if responder := announceDemo(devices, ports.host, log); responder != nil {
		defer responder.Close()
	}
	for _, server := range servers {
		if err := tellStreams(s, server); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

// streams returns the streams that are asked for.
func (c *demoCommand) streams() ([]simcam.StreamSpec, error) {
	if c.Wall < 0 || c.Wall > simcam.MaxWall {
		return nil, fault.Errorf(fault.BadRequest, "--wall %d is not 0 to %d", c.Wall, simcam.MaxWall)
	}
	specs := append(simcam.Demo(), simcam.Wall(c.Wall)...)
	if c.Sound {
		specs = append(specs, simcam.Sound()...)
	}
	if c.Special {
		specs = append(specs, simcam.Special()...)
	}
	return specs, nil
}

// tellStreams prints one line a stream.
func tellStreams(s streams, server *simcam.Server) error {
	for _, st := range server.Streams() {
		signIn := "-"
		if st.User != "" {
			signIn = st.User + ":" + st.Password
		}
		if _, err := fmt.Fprintf(s.out, "%s %s %s %dx%d %g\n", st.URL, signIn, st.Codec, st.Width, st.Height, st.FPS); err != nil {
			return err
		}
	}
	return nil
}

// demoAddresses returns the addresses of RTSP and of /sent, one port above it.
func demoAddresses(listen string) (rtsp, sent string, err error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		host, port = strings.Trim(listen, "[]"), "8554"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || net.ParseIP(host) == nil || n == 65535 {
		return "", "", fault.Errorf(fault.BadRequest, "--listen %s is not IP or IP:PORT", listen).
			WithHint("for example --listen 127.0.0.1:8554")
	}
	next := "0" // a free port of its own beside a free port
	if n > 0 {
		next = strconv.FormatUint(n+1, 10)
	}
	return net.JoinHostPort(host, port), net.JoinHostPort(host, next), nil
}

// demoPorts hands out the addresses above those of RTSP and /sent.
type demoPorts struct {
	host netip.Addr
	port uint16 // the next one; 0 is any
	log  *slog.Logger
}

func newDemoPorts(rtsp string, log *slog.Logger) *demoPorts {
	at := netip.MustParseAddrPort(rtsp)
	p := &demoPorts{host: at.Addr(), log: log}
	if at.Port() > 0 && at.Port() < 65000 {
		p.port = at.Port() + 2
	}
	return p
}

// next returns the next address, at a free port if another program has its own.
func (p *demoPorts) next() string {
	at := netip.AddrPortFrom(p.host, p.port)
	if p.port == 0 {
		return at.String()
	}
	p.port++
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
	if err != nil {
		p.log.Warn("port is taken: taking a free one", "port", at.Port())
		return netip.AddrPortFrom(p.host, 0).String()
	}
	listener.Close()
	return at.String()
}

// announceDemo makes devices findable on the network of an address; nil when
// that can't be.
func announceDemo(devices []*device.Device, at netip.Addr, log *slog.Logger) *announce.Responder {
	responder, err := announce.New(announce.Config{Address: at, Log: log})
	if err != nil {
		log.Warn("simulated devices can't be discovered", "error", err)
		return nil
	}
	for _, d := range devices {
		responder.Add(d)
	}
	return responder
}
