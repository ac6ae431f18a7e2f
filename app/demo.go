package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"camwall/internal/fault"
	"camwall/internal/simcam"
)

type demoCommand struct {
	logFlags
	Listen string `default:"127.0.0.1:8554" env:"CAMWALL_DEMO_LISTEN" help:"Address of RTSP, IP or IP:PORT (8554). What was sent when is told at http://IP:PORT+1/sent." placeholder:"IP[:PORT]"`
}

// Run runs simulated cameras until ctx ends. Standard output gets one line a
// stream and nothing else: address, sign-in or -, codec, size, fps.
func (c *demoCommand) Run(ctx context.Context, s streams) error {
	rtsp, sent, err := demoAddresses(c.Listen)
	if err != nil {
		return err
	}
	cameras, err := simcam.New(simcam.Config{Listen: rtsp, SentListen: sent, Log: c.logger(s.err)})
	if err != nil {
		return fault.Errorf(fault.Config, "run simulated cameras at %s: %w", c.Listen, err).
			WithHint("another program may use that port: try --listen 127.0.0.1:9554")
	}
	defer cameras.Close()
	for _, st := range cameras.Streams() {
		signIn := "-"
		if st.User != "" {
			signIn = st.User + ":" + st.Password
		}
		if _, err := fmt.Fprintf(s.out, "%s %s %s %dx%d %g\n", st.URL, signIn, st.Codec, st.Width, st.Height, st.FPS); err != nil {
			return err
		}
	}
	<-ctx.Done()
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
