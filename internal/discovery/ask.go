package discovery

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
)

const (
	reachTime    = 1500 * time.Millisecond // for all addresses of a device
	describeTime = 4 * time.Second
	resolveTime  = 1500 * time.Millisecond
	servicePath  = "/onvif/device_service"
)

// askWSD finds the address of a device that answers, and asks it about itself.
// It starts over when other addresses were announced meanwhile.
func (f *Finder) askWSD(ctx context.Context, key string) {
	for range 3 {
		r, ok := f.table.get(key)
		if !ok || !r.onvif {
			return
		}
		if len(r.announced) == 0 {
			r = f.resolve(ctx, r)
		}
		asked := r.announced
		if len(asked) == 0 && r.sender.IsValid() {
			r.announced = []*url.URL{withHost(&url.URL{Scheme: "http", Path: servicePath}, r.sender)}
		}
		f.askDevice(ctx, r)
		now, ok := f.table.get(key)
		if !ok || ctx.Err() != nil {
			return
		}
		if slices.EqualFunc(asked, now.announced, sameURL) {
			f.followUp(ctx, now.reachedAt, false)
			return
		}
	}
}

// askDevice asks one device and keeps what came of it.
func (f *Finder) askDevice(ctx context.Context, r record) {
	reached, at := f.reach(ctx, r.announced, r.sender)
	if ctx.Err() != nil {
		return
	}
	if reached == nil {
		f.table.update(r.key, func(r *record) {
			r.tried, r.reached, r.reachedAt, r.problem = true, nil, netip.Addr{}, unreachable
		})
		return
	}
	f.table.update(r.key, func(r *record) {
		r.tried, r.reached, r.reachedAt, r.problem = true, reached, at, nil
	})
	d, err := f.describe(ctx, reached)
	if ctx.Err() != nil {
		return
	}
	f.table.update(r.key, func(r *record) {
		switch {
		case err != nil:
			r.problem = silent
			if told, ok := errors.AsType[*fault.Error](err); ok {
				r.problem = told
			}
		case !d.ONVIF:
			r.problem = silent
		default:
			r.description = d
		}
	})
}

// describe asks a device service without a password.
func (f *Finder) describe(ctx context.Context, service *url.URL) (Description, error) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	d, err := f.cfg.Describe(ctx, service.String())
	d.Name, d.Maker, d.Hardware, d.MAC = plain(d.Name), plain(d.Maker), plain(d.Hardware), plainMAC(d.MAC)
	return d, err
}

// resolve asks for the addresses of a device that told none, and returns it with
// them if it answers.
func (f *Finder) resolve(ctx context.Context, r record) record {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	f.mu.Lock()
	conn, interfaces := f.conn, f.around.search
	f.mu.Unlock()
	if conn == nil {
		return r
	}
	request := wsd.Resolve(f.newID(), r.id)
	for _, ifi := range interfaces {
		_ = conn.Multicast(&ifi, request) // who does not answer keeps what it told
	}
	if r.sender.IsValid() {
		_ = conn.Unicast(r.sender, request)
	}
	for {
		changed := f.table.next()
		if now, ok := f.table.get(r.key); ok && len(now.announced) > 0 {
			return now
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r
		}
	}
}

// candidate is an address at which a device may be reached.
type candidate struct {
	url  *url.URL
	rank int // smaller is better
}

// candidates returns where to try a device: its addresses, the sender's first,
// then the sender with their ports and paths. An address that means this machine
// is left out, unless the sender is this machine.
func (f *Finder) candidates(announced []*url.URL, sender netip.Addr) []candidate {
	var list, guessed []candidate
	here := sender.IsValid() && f.table.isOwn(sender)
	for _, u := range announced {
		rank := 1
		addr, literal := hostAddr(u)
		switch {
		case literal && everywhere(addr) && !here:
			rank = -1
		case literal && addr == sender:
			rank = 0
		case literal && (addr.IsLinkLocalUnicast() || !addr.IsPrivate()):
			rank = 2
		}
		if rank >= 0 {
			list = append(list, candidate{u, rank})
		}
		if sender.IsValid() && (!literal || addr != sender) {
			guessed = append(guessed, candidate{withHost(u, sender), 3})
		}
	}
	list = append(list, guessed...)
	slices.SortStableFunc(list, func(a, b candidate) int { return a.rank - b.rank })
	return list[:min(len(list), 2*maxURLs)]
}

// reach tries all addresses of a device at once, and returns the best that
// answers and where it is; nil if none does.
func (f *Finder) reach(ctx context.Context, announced []*url.URL, sender netip.Addr) (*url.URL, netip.Addr) {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	list := f.candidates(announced, sender)
	answers := make([]chan netip.Addr, len(list))
	for i, c := range list {
		answers[i] = make(chan netip.Addr, 1)
		go func() {
			addr, ok := f.connects(ctx, c.url)
			if ok {
				answers[i] <- addr
			}
			close(answers[i])
		}()
	}
	var best *url.URL
	var at netip.Addr
	for i, c := range list {
		if addr, ok := <-answers[i]; ok && best == nil {
			best, at = c.url, addr
			cancel() // the others end; they are waited for
		}
	}
	return best, at
}

// connects tries whether something listens where u points to.
func (f *Finder) connects(ctx context.Context, u *url.URL) (netip.Addr, bool) {
	conn, err := f.cfg.DialContext(ctx, "tcp", hostPort(u))
	if err != nil {
		return netip.Addr{}, false
	}
	defer conn.Close()
	addr := remoteAddr(conn)
	return addr, addr.IsValid()
}

func remoteAddr(conn net.Conn) netip.Addr {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// askSSDP reads the description of a device, and looks whether its host answers
// ONVIF or RTSP.
func (f *Finder) askSSDP(ctx context.Context, key string) {
	r, ok := f.table.get(key)
	if !ok {
		return
	}
	hosts := r.addrs()
	unread := noDescription
	for _, u := range r.announced[:min(len(r.announced), 4)] {
		if addr, ok := hostAddr(u); ok && everywhere(addr) && !r.sender.IsLoopback() {
			continue // it means another machine than this one
		}
		d, err := ssdp.Fetch(ctx, f.cfg.Client, u.String())
		if err != nil {
			f.cfg.Log.Debug("description not read", "error", err)
			continue
		}
		unread = nil
		f.table.update(key, func(r *record) { r.take(d, u) })
		break
	}
	if ctx.Err() != nil {
		return
	}
	f.table.update(key, func(r *record) { r.problem = unread })
	if len(hosts) > 0 {
		f.followUp(ctx, hosts[0], true)
	}
}

// take keeps what a description says that was read at an address.
func (r *record) take(d ssdp.Description, at *url.URL) {
	r.name, r.maker, r.hardware = plain(d.Name), plain(d.Maker), plain(d.Model)
	r.banner.HTTPTitle = r.name + " " + r.hardware
	if number := plain(d.Number); number != "" && number != r.hardware {
		r.hardware = plain(r.hardware + " " + number)
	}
	if kind := upnpKind(slices.Concat(d.Types, r.types)); kind != Other {
		r.kind = kind
	}
	if d.Web == "" {
		return
	}
	base := at
	if u, ok := webAddress(d.Base); ok {
		base = u
	}
	if page, err := base.Parse(d.Web); err == nil {
		if page, ok := webAddress(page.String()); ok {
			r.web = page.String()
		}
	}
}
