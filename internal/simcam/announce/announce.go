// Package announce makes simulated devices findable, as real ones are: it
// answers SSDP searches and WS-Discovery probes on the network of one address,
// and tells when a device comes and goes. It is written apart from the finder,
// uses IPv4 multicast, and hears unicast probes too. It reads no description
// and serves none: package device does. Tests and the demonstration start it.
package announce

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Config is what a Responder needs.
type Config struct {
	// Address is on the network to answer on: the interface that has it is the
	// only one. An unspecified one is every interface that does multicast. On
	// loopback, and with IPv6, there is no multicast: only unicast probes are
	// heard.
	Address netip.Addr
	// ReplyDelay is the longest time to wait, at random, before an answer to
	// multicast; 0 is 500 ms.
	ReplyDelay time.Duration
	// MaxAge is how long an SSDP announcement holds; 0 is 30 min.
	MaxAge time.Duration
	// NoSSDP and NoWSDiscovery leave out a protocol.
	NoSSDP, NoWSDiscovery bool
	// Log is where life events go; nil is nowhere.
	Log *slog.Logger
}

const (
	defaultReplyDelay = 500 * time.Millisecond
	defaultMaxAge     = 30 * time.Minute
	// maxPending bounds the answers that wait to be sent; more are dropped.
	maxPending = 1024
	// maxPacket is the largest UDP packet there is.
	maxPacket = 1 << 16
)

// device is what is announced: *device.Device is one.
type device interface {
	Endpoint() string // "urn:uuid:..." of WS-Discovery
	Scopes() []string
	XAddrAt(asked netip.Addr) string
	UPnPUUID() string // of SSDP, without "uuid:"
	DescriptionAt(asked netip.Addr) string
}

// Responder answers for devices. All methods may be called from any goroutine.
type Responder struct {
	cfg      Config
	links    []*link // immutable
	instance int64
	wg       sync.WaitGroup // readers and answers
	closing  sync.Once

	mu      sync.Mutex // guards the fields below
	devices []device
	pending int
	number  int // of WS-Discovery messages
}

// New starts a Responder. Parts that the network does not allow are left out
// and logged: it is an error only when nothing is left. The caller must Close
// it.
func New(cfg Config) (*Responder, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.ReplyDelay <= 0 {
		cfg.ReplyDelay = defaultReplyDelay
	}
	if cfg.MaxAge <= 0 {
		cfg.MaxAge = defaultMaxAge
	}
	places, err := placesOf(cfg.Address)
	if err != nil {
		return nil, err
	}
	r := &Responder{cfg: cfg, instance: time.Now().Unix()}
	for _, at := range places {
		if l := r.open(at); l != nil {
			r.links = append(r.links, l)
		}
	}
	if len(r.links) == 0 {
		return nil, fmt.Errorf("announce at %s: %w", cfg.Address, errNothing)
	}
	for _, l := range r.links {
		r.serve(l)
	}
	return r, nil
}

var (
	errNothing     = errors.New("neither SSDP nor WS-Discovery could be opened")
	errNoInterface = errors.New("no interface has that address")
)

// place is an interface and the address on it.
type place struct {
	face net.Interface
	at   netip.Addr
}

// placesOf finds the interface of an address, or all when it is unspecified.
func placesOf(address netip.Addr) ([]place, error) {
	faces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	address = address.Unmap()
	var all []place
	for _, face := range faces {
		addresses, err := face.Addrs()
		if err != nil {
			continue // it is gone again
		}
		for _, one := range addresses {
			prefix, err := netip.ParsePrefix(one.String())
			if err != nil {
				continue
			}
			at := prefix.Addr().Unmap()
			switch {
			case at == address.WithZone(""), address.IsLoopback() && at.IsLoopback() && prefix.Masked().Contains(address):
				return []place{{face, address}}, nil
			case address.IsUnspecified() && at.Is4() && !at.IsLoopback() && face.Flags&net.FlagUp != 0 && face.Flags&net.FlagMulticast != 0:
				all = append(all, place{face, at})
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("announce at %s: %w", address, errNoInterface)
	}
	return all, nil
}

// Add announces a device, and answers for it until Remove or Close.
func (r *Responder) Add(d device) {
	r.mu.Lock()
	r.devices = append(r.devices, d)
	r.mu.Unlock()
	for _, l := range r.links {
		r.hello(l, d)
		r.alive(l, d)
	}
}

// Remove says that a device goes, and answers for it no longer.
func (r *Responder) Remove(d device) {
	r.mu.Lock()
	at := slices.Index(r.devices, d)
	if at >= 0 {
		r.devices = slices.Delete(r.devices, at, at+1)
	}
	r.mu.Unlock()
	if at < 0 {
		return
	}
	for _, l := range r.links {
		r.bye(l, d)
		r.byebye(l, d)
	}
}

// Close says that all devices go, and waits until everything is still. It may
// be called again.
func (r *Responder) Close() {
	r.closing.Do(func() {
		for _, d := range r.list() {
			r.Remove(d)
		}
		for _, l := range r.links {
			l.close(r.cfg.Log)
		}
	})
	r.wg.Wait()
}

// Unicast returns where probes to one address are heard.
func (r *Responder) Unicast() []netip.AddrPort {
	var list []netip.AddrPort
	for _, l := range r.links {
		if l.heard {
			list = append(list, l.speaker.LocalAddr().(*net.UDPAddr).AddrPort())
		}
	}
	return list
}

func (r *Responder) list() []device {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.devices)
}

// later runs an answer after a random part of a time, unless the link closes
// or too many wait already.
func (r *Responder) later(l *link, most time.Duration, answer func()) {
	r.mu.Lock()
	full := r.pending == maxPending
	if !full {
		r.pending++
	}
	r.mu.Unlock()
	if full {
		return
	}
	r.wg.Go(func() {
		timer := time.NewTimer(rand.N(most + 1)) //nolint:gosec // to spread answers, not a secret
		defer timer.Stop()
		select {
		case <-timer.C:
			answer()
		case <-l.closed:
		}
		r.mu.Lock()
		r.pending--
		r.mu.Unlock()
	})
}
