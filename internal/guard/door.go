package guard

import (
	"net/http"
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
	per     map[visitor]int
}

// visitor is what is counted together: an address, and those whom a proxy there
// speaks for.
type visitor struct {
	addr      netip.Addr
	forwarded bool
}

// NewDoor returns a Door with nobody inside.
func NewDoor(cfg DoorConfig) *Door {
	d := &Door{maxViewers: cfg.MaxViewers, maxPerAddress: cfg.MaxPerAddress, per: map[visitor]int{}}
	if d.maxViewers == 0 {
		d.maxViewers = DefaultMaxViewers
	}
	if d.maxPerAddress == 0 {
		d.maxPerAddress = DefaultMaxPerAddress
	}
	return d
}

// EnterRequest counts one viewer more: who sends r. An address that can't be read
// shares one count with all others like it; one whom a proxy speaks for counts as
// the proxy's address, and loopback has a limit then, too. leave must be called
// once. Too many are a fault.TooMany.
func (d *Door) EnterRequest(r *http.Request) (leave func(), err error) {
	return d.enter(r.RemoteAddr, IsForwarded(r.Header))
}

func (d *Door) enter(remote string, forwarded bool) (leave func(), err error) {
	addrPort, _ := netip.ParseAddrPort(remote)
	who := visitor{addrPort.Addr().Unmap().WithZone(""), forwarded}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.viewers >= d.maxViewers:
		return nil, fault.Errorf(fault.TooMany, "all %d viewers that this server takes are connected", d.maxViewers).
			WithHint("close other pages, or raise the limit of viewers")
	case (forwarded || !who.addr.IsLoopback()) && d.per[who] >= d.maxPerAddress:
		return nil, fault.Errorf(fault.TooMany, "all %d viewers that one address may have are connected", d.maxPerAddress).
			WithHint("close other pages on that machine, or raise the limit of viewers for one address")
	}
	d.viewers++
	d.per[who]++
	return func() { d.leave(who) }, nil
}

func (d *Door) leave(who visitor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.viewers--
	if d.per[who]--; d.per[who] == 0 {
		delete(d.per, who)
	}
}

// Viewers returns how many are inside.
func (d *Door) Viewers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.viewers
}
