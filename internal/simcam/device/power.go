package device

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// headerTime bounds how long a client may take for the head of a request.
const headerTime = 10 * time.Second

// power is the HTTP server while the device is switched on.
type power struct {
	mu     sync.Mutex // guards the fields below
	server *http.Server
	wg     sync.WaitGroup // the server's goroutine and all requests
}

func (d *Device) listen(address string) (net.Listener, error) {
	var opener net.ListenConfig
	listener, err := opener.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for ONVIF: %w", err)
	}
	return listener, nil
}

func (p *power) on(d *Device, listener net.Listener) {
	if d.cfg.TLS != nil {
		listener = tls.NewListener(listener, d.cfg.TLS)
	}
	server := &http.Server{
		ReadHeaderTimeout: headerTime, ErrorLog: slog.NewLogLogger(d.cfg.Log.Handler(), slog.LevelDebug),
	}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.enter(server) {
			defer p.wg.Done()
			d.serve(w, r)
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
	p.wg.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.cfg.Log.Warn("serve ONVIF", "error", err)
		}
	})
}

// enter counts a request in, unless the server is switched off.
func (p *power) enter(server *http.Server) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != server {
		return false
	}
	p.wg.Add(1)
	return true
}

// PowerOff closes the address and all connections, those of the streams too,
// and forgets subscriptions and nonces. It waits until everything is still.
func (d *Device) PowerOff() {
	d.switchOff()
	d.eachStream(http.StatusServiceUnavailable)
}

// switchOff is PowerOff without the streams.
func (d *Device) switchOff() {
	p := &d.power
	p.mu.Lock()
	server := p.server
	p.server = nil
	p.mu.Unlock()
	if server == nil {
		return
	}
	if err := server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		d.cfg.Log.Warn("close ONVIF listener", "error", err)
	}
	d.RestartEvents()
	p.wg.Wait()
	d.signIns.forget()
}

// PowerOn opens the address again after PowerOff. Streams without a signal
// stay away.
func (d *Device) PowerOn() error {
	d.power.mu.Lock()
	running := d.power.server != nil
	d.power.mu.Unlock()
	if running {
		return nil
	}
	listener, err := d.listen(d.Addr())
	if err != nil {
		return err
	}
	d.eachStream(0)
	d.power.on(d, listener)
	return nil
}

// Reboot is PowerOff, and PowerOn after some time or when ctx ends.
func (d *Device) Reboot(ctx context.Context, away time.Duration) error {
	d.PowerOff()
	timer := time.NewTimer(away)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return d.PowerOn()
}

// eachStream refuses all streams that have a signal with a status; 0 lets them
// be played again.
func (d *Device) eachStream(status int) {
	for _, c := range d.channels {
		c.mu.Lock()
		gone := c.gone
		c.mu.Unlock()
		for _, p := range c.profiles {
			if !gone {
				p.stream.Refuse(status)
			}
			if status != 0 {
				p.stream.CloseConnections()
			}
		}
	}
}
