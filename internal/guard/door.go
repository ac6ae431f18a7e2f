package guard

import (
	"net/netip"
	"sync"

	"camwall/internal/fault"
)

// The limits of a Door whose configuration has none.
const (
	DefaultMaxViewers    = 2000
	DefaultMaxPerAddress = 64
)

// DoorConfig bounds the viewers; 0 is the default.
type DoorConfig struct {
	MaxViewers    int // of all addresses together
	MaxPerAddress int // of one address but loopback
}

// Door counts viewers, of whatever kind, and turns away those who are too many.
// It is safe for use by many goroutines.
type Door struct {
	maxViewers, maxPerAddress int

	// mu guards the fields below.
	mu      sync.Mutex
	viewers int
	per     map[netip.Addr]int
}

// NewDoor returns a Door with nobody inside.
func NewDoor(cfg DoorConfig) *Door {
	d := &Door{maxViewers: cfg.MaxViewers, maxPerAddress: cfg.MaxPerAddress, per: map[netip.Addr]int{}}
	if d.maxViewers == 0 {
		d.maxViewers = DefaultMaxViewers
	}
	if d.maxPerAddress == 0 {
		d.maxPerAddress = DefaultMaxPerAddress
	}
	return d
}

// Enter counts one viewer more from remote, a Request.RemoteAddr; an address
// that can't be read shares one count with all others like it. leave must be
// called once. Too many are a fault.TooMany.
func (d *Door) Enter(remote string) (leave func(), err error) {
	addrPort, _ := netip.ParseAddrPort(remote)
	addr := addrPort.Addr().Unmap().WithZone("")
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.viewers >= d.maxViewers:
		return nil, fault.Errorf(fault.TooMany, "all %d viewers that this server takes are connected", d.maxViewers).
			WithHint("close other pages, or raise the limit of viewers")
	case !addr.IsLoopback() && d.per[addr] >= d.maxPerAddress:
		return nil, fault.Errorf(fault.TooMany, "all %d viewers that one address may have are connected", d.maxPerAddress).
			WithHint("close other pages on that machine, or raise the limit of viewers for one address")
	}
	d.viewers++
	d.per[addr]++
	return func() { d.leave(addr) }, nil
}

func (d *Door) leave(addr netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.viewers--
	if d.per[addr]--; d.per[addr] == 0 {
		delete(d.per, addr)
	}
}

// Viewers returns how many are inside.
func (d *Door) Viewers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.viewers
}
