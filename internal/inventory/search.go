package inventory

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"camwall/internal/camera"
	"camwall/internal/discovery"
	"camwall/internal/fault"
	"camwall/internal/onvif"
)

// search is the one finder of devices: made when somebody first asks, and again
// when the interfaces to search are others.
type search struct {
	// mu guards the fields below.
	mu         sync.Mutex
	finder     *discovery.Finder
	interfaces []string
	ranges     []netip.Prefix
	chosen     []string                             // interfaces in place of those of the settings; none: those
	ended      func(do func()) (forget func() bool) // runs do when the finder ends
	stop       context.CancelFunc
	done       chan struct{}
	closed     bool
}

// atEnd runs do when the finder ends; forget takes that back.
func (s *search) atEnd(do func()) (forget func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended(do)
}

func (s *search) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.endLocked()
}

func (s *search) endLocked() {
	if s.finder != nil {
		s.stop()
		<-s.done
		s.finder = nil
	}
}

// finder returns the running finder; nil when there can be none.
func (v *Inventory) finder() *discovery.Finder {
	f, err := v.finderOn(nil, false)
	if err != nil {
		v.log.Warn("no search for devices", "error", err)
		return nil
	}
	return f
}

// finderOn returns the finder on the interfaces that were chosen last; choose
// says that these are, none being those of the settings. One that runs on others
// ends; who watches it is told by the end of the channel.
func (v *Inventory) finderOn(chosen []string, choose bool) (*discovery.Finder, error) {
	settings := v.Settings()
	ranges := slices.Concat(v.cfg.Ranges, settings.Ranges)
	s := &v.search
	s.mu.Lock()
	defer s.mu.Unlock()
	if choose {
		s.chosen = slices.Clone(chosen)
	}
	interfaces := s.chosen
	if len(interfaces) == 0 {
		interfaces = slices.Concat(v.cfg.Interfaces, settings.Interfaces)
	}
	if s.finder != nil && slices.Equal(s.interfaces, interfaces) && slices.Equal(s.ranges, ranges) {
		return s.finder, nil
	}
	if s.closed {
		return nil, fault.New(fault.Stopping, "the server is stopping", "")
	}
	f, err := discovery.New(discovery.Config{
		Interfaces: interfaces, Ranges: ranges,
		Describe: v.meet, Client: v.client, DialContext: v.cfg.Policy.DialContext(false), Log: v.log,
	})
	if err != nil {
		return nil, err
	}
	s.endLocked()
	ctx, stop := context.WithCancel(context.Background())
	s.finder, s.interfaces, s.ranges, s.stop, s.done = f, interfaces, ranges, stop, make(chan struct{})
	s.ended = func(do func()) func() bool { return context.AfterFunc(ctx, do) }
	done := s.done
	go func() { // endLocked waits for it
		defer close(done)
		if err := f.Run(ctx); err != nil && ctx.Err() == nil {
			v.log.Warn("the search for devices ended", "error", err)
		}
	}()
	return f, nil
}

// meet asks a device that was found what it tells without a password.
func (v *Inventory) meet(ctx context.Context, xaddr string) (discovery.Description, error) {
	return Meet(ctx, xaddr, onvif.Config{DialContext: v.cfg.Policy.DialContext(false), Log: v.log})
}

// Meet asks the ONVIF service at an address what it tells without a password, as
// discovery wants to know it. cfg is for the client; its Address and Credentials
// are not used.
func Meet(ctx context.Context, xaddr string, cfg onvif.Config) (discovery.Description, error) {
	cfg.Address, cfg.Credentials = xaddr, camera.Credentials{}
	cfg.TLS = camera.TLSOff // nothing secret is sent
	client, err := onvif.New(cfg)
	if err != nil {
		return discovery.Description{}, err
	}
	defer client.Close()
	p, err := client.Probe(ctx)
	if err != nil || !p.ONVIF {
		return discovery.Description{}, err
	}
	return discovery.Description{
		ONVIF: true, Name: strings.TrimSpace(p.Manufacturer + " " + p.Model), Maker: p.Manufacturer,
		Hardware: p.Model, ClockOffset: p.ClockOffset,
	}, nil
}

// SearchNow looks for devices: on some interfaces (none: those of the settings),
// and address by address in ranges.
func (v *Inventory) SearchNow(interfaces []string, ranges []netip.Prefix) error {
	f, err := v.finderOn(interfaces, true)
	if err != nil {
		return err
	}
	if len(ranges) > 0 {
		return f.Probe(ranges)
	}
	f.Search()
	return nil
}

// Found returns what was found so far. The first call begins the search.
func (v *Inventory) Found() discovery.List {
	if f := v.finder(); f != nil {
		return f.Snapshot()
	}
	return discovery.List{}
}

// FindProgress tells how far the search is.
func (v *Inventory) FindProgress() discovery.Progress {
	if f := v.finder(); f != nil {
		return f.Searching()
	}
	return discovery.Progress{}
}

// ClearFound forgets what was found.
func (v *Inventory) ClearFound() {
	if f := v.finder(); f != nil {
		f.Clear()
	}
}

// WatchFound returns what the search finds from now on; the channel is closed
// when ctx ends, or when the search begins anew on other interfaces.
func (v *Inventory) WatchFound(ctx context.Context) <-chan discovery.Event {
	if f := v.finder(); f != nil {
		ctx, cancel := context.WithCancel(ctx)
		forget := v.search.atEnd(cancel)
		context.AfterFunc(ctx, func() { forget() })
		return f.Watch(ctx)
	}
	none := make(chan discovery.Event)
	close(none)
	return none
}

// foundAt returns the found device whose ONVIF service is at an address.
func (v *Inventory) foundAt(address string) (discovery.Device, bool) {
	v.search.mu.Lock()
	f := v.search.finder
	v.search.mu.Unlock()
	if f == nil { // nobody has searched
		return discovery.Device{}, false
	}
	for _, d := range f.Snapshot().Devices {
		if slices.ContainsFunc(d.XAddrs, func(x string) bool { return sameService(x, address) }) {
			return d, true
		}
	}
	return discovery.Device{}, false
}

// anyEndpoint tells whether there are devices that can be found again.
func (v *Inventory) anyEndpoint() bool {
	return slices.ContainsFunc(v.Devices(), func(d Device) bool { return d.Endpoint != "" && !d.Provisioned })
}
