package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"camwall/internal/fault"
	"camwall/internal/guard"
	"camwall/internal/problem"
	"camwall/internal/unixsock"
)

// listen opens the configured addresses and says on w where to look.
func (c *core) listen(w io.Writer) error {
	main, err := open(c.settings.Listen)
	if err != nil {
		return err
	}
	extra, err := open(c.settings.CompatListen)
	if err != nil {
		closeAll(main)
		return err
	}
	local, err := openSocket(c.settings.Socket)
	if err != nil {
		closeAll(main)
		closeAll(extra)
		return err
	}
	policy, err := guard.New(guard.Config{
		Names: c.settings.Hosts, Origins: c.settings.Origins, Ports: ports(slices.Concat(main, extra)), Open: c.settings.Open,
	})
	if err != nil {
		closeAll(main)
		closeAll(extra)
		closeAll(local)
		return err
	}
	c.mu.Lock()
	for _, l := range slices.Concat(main, extra) {
		c.bound = append(c.bound, l.Addr())
	}
	c.pages = len(main)
	c.mu.Unlock()
	for _, addr := range slices.Concat(c.settings.Listen, c.settings.CompatListen) {
		if guard.RequireOpen(addr, false) != nil {
			c.log.Warn("open to the network: everybody who reaches this address sees every camera", "address", addr)
		}
	}
	refuse := problem.Logged(c.log)
	also := ""
	for _, l := range local {
		c.serve(l, ofThisMachine(c.mux))
		also = " and unix:" + c.settings.Socket
	}
	for _, l := range main {
		c.serve(l, policy.Middleware(c.mux, refuse))
		_, _ = fmt.Fprintf(w, "Camwall: open http://%s/%s\n", browsable(l.Addr()), also)
		also = ""
	}
	if also != "" {
		_, _ = fmt.Fprintf(w, "Camwall: open unix:%s\n", c.settings.Socket)
	}
	for _, l := range extra {
		c.serve(l, policy.Middleware(c.compat, refuse))
		c.log.Info("compatibility address", "url", "ws://"+browsable(l.Addr())+"/")
	}
	return nil
}

// open listens at every address, or at none.
func open(addrs []string) ([]net.Listener, error) {
	var all []net.Listener
	for _, addr := range addrs {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
		if err != nil {
			closeAll(all)
			return nil, fault.Errorf(fault.Config, "listen on %s: %w", addr, err).
				WithHint("another program may use that port: choose another with --listen, or end the other")
		}
		all = append(all, l)
	}
	return all, nil
}

// openSocket listens at a Unix socket, or at none. Its folder says who may connect,
// and its mode: this user and its group.
func openSocket(path string) ([]net.Listener, error) {
	if path == "" {
		return nil, nil
	}
	l, err := unixsock.Listen(path, 0o660)
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// ofThisMachine hands on what came over a Unix socket: the kernel has said who may
// ask, and no page of a browser can. It counts as loopback.
func ofThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "127.0.0.1:0"
		next.ServeHTTP(w, r)
	})
}

func closeAll(all []net.Listener) {
	for _, l := range all {
		_ = l.Close()
	}
}

func ports(all []net.Listener) []int {
	var ports []int
	for _, l := range all {
		if a, ok := l.Addr().(*net.TCPAddr); ok {
			ports = append(ports, a.Port)
		}
	}
	return ports
}

// listeners returns what is listened on: no camera is there.
func (c *core) listeners() []netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []netip.AddrPort
	for _, a := range c.bound {
		if at, err := netip.ParseAddrPort(a.String()); err == nil {
			all = append(all, at)
		}
	}
	return all
}

// addresses returns what browsers can open.
func (c *core) addresses() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]string, 0, c.pages)
	for _, a := range c.bound[:c.pages] {
		all = append(all, "http://"+browsable(a))
	}
	return all
}

// loopbackOnly tells whether only this machine can reach us: then who asks may
// name cameras of this machine.
func (c *core) loopbackOnly() bool {
	return !slices.ContainsFunc(slices.Concat(c.settings.Listen, c.settings.CompatListen), func(addr string) bool {
		return guard.RequireOpen(addr, false) != nil
	})
}

// browsable is an address that a browser on this machine can open.
func browsable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func (c *core) serve(l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(c.log.Handler(), slog.LevelDebug),
	}
	c.servers = append(c.servers, server)
	c.serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			select {
			case c.failed <- fault.Errorf(fault.Internal, "serve at %s: %w", l.Addr(), err):
			default:
			}
		}
	})
}
