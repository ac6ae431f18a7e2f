package discovery

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/makers"
)

// followUp looks for services at the host of a device that announced itself: RTSP,
// and ONVIF if that is not known. A host is looked at once in a while.
func (f *Finder) followUp(ctx context.Context, host netip.Addr, onvif bool) {
	if !host.IsValid() || everywhere(host) && !host.IsLoopback() {
		return
	}
	ports := rtspPorts
	if onvif {
		ports = append(ports[:len(ports):len(ports)], onvifPorts...)
	}
	f.mu.Lock()
	at, looked := f.hosts[host]
	due := !looked || time.Since(at) >= askAgain || onvif && !f.whole[host]
	if due && len(f.hosts) < maxRecords {
		f.hosts[host] = time.Now()
		f.whole[host] = onvif || f.whole[host]
	}
	f.mu.Unlock()
	if !due {
		return
	}
	var wg sync.WaitGroup
	for _, port := range ports {
		wg.Go(func() { _ = f.look(ctx, netip.AddrPortFrom(host, port), true) }) // nobody there is no news
	}
	wg.Wait()
}

// look connects to one place and finds out what is there. The error is that of
// the connection.
func (f *Finder) look(ctx context.Context, at netip.AddrPort, followUp bool) error {
	ctx, cancel := context.WithTimeout(ctx, dialTime+bannerTime)
	defer cancel()
	dialling, stop := context.WithTimeout(ctx, dialTime)
	conn, err := f.cfg.DialContext(dialling, "tcp", at.String())
	stop()
	if err != nil {
		return err
	}
	defer conn.Close()
	now := time.Now()
	if slices.Contains(rtspPorts, at.Port()) {
		if f.table.touch(rtspKey(at), now, followUp) {
			return nil
		}
		if b, ok := askRTSP(ctx, conn, at.String()); ok {
			f.foundRTSP(at, b, followUp)
		}
		return nil
	}
	if f.table.touch(serviceKey(at), now, followUp) {
		return nil
	}
	f.queue.push(job{name: serviceKey(at), host: at.Addr().String(), run: func(ctx context.Context) {
		f.askService(ctx, at, followUp)
	}})
	return nil
}

func rtspKey(at netip.AddrPort) string    { return "rtsp " + at.String() }
func serviceKey(at netip.AddrPort) string { return "service " + at.String() }

// askService finds out whether an open port is that of an ONVIF device.
func (f *Finder) askService(ctx context.Context, at netip.AddrPort, followUp bool) {
	service := serviceURL(at)
	d, err := f.describe(ctx, service)
	if err != nil || !d.ONVIF || ctx.Err() != nil {
		return
	}
	f.table.hear(record{
		way: byService, key: serviceKey(at), sender: at.Addr(), announced: []*url.URL{service}, kind: Camera, onvif: true,
		reached: service, reachedAt: at.Addr(), tried: true, description: d, asked: time.Now(), followUp: followUp,
	}, time.Now(), false)
}

func serviceURL(at netip.AddrPort) *url.URL {
	u := &url.URL{Scheme: "http", Host: at.String(), Path: servicePath}
	switch at.Port() {
	case 443, 8443:
		u.Scheme = "https"
	}
	if at.Port() == 80 || at.Port() == 443 {
		u = withHost(&url.URL{Scheme: u.Scheme, Path: u.Path}, at.Addr())
	}
	return u
}

// foundRTSP keeps an RTSP service. Who makes it is also looked up on the page of
// its host, if its banner does not say.
func (f *Finder) foundRTSP(at netip.AddrPort, b banner, followUp bool) {
	r := record{
		way: byRTSP, key: rtspKey(at), sender: at.Addr(), rtsp: at, kind: Other,
		banner: makers.Banner{RTSPServer: b.Server, RTSPRealm: b.Realm}, asked: time.Now(), followUp: followUp,
	}
	f.table.hear(r, time.Now(), false)
	if _, known := makers.Identify(r.banner); known || at.Addr().IsLoopback() {
		return
	}
	f.queue.push(job{name: r.key, host: at.Addr().String(), run: func(ctx context.Context) {
		page := f.page(ctx, at.Addr())
		f.table.update(r.key, func(r *record) {
			r.banner.HTTPTitle, r.banner.HTTPRealm, r.banner.HTTPServer = page.HTTPTitle, page.HTTPRealm, page.HTTPServer
		})
	}})
}

// page returns what the page of a host says of its maker.
func (f *Finder) page(ctx context.Context, host netip.Addr) makers.Banner {
	ctx, cancel := context.WithTimeout(ctx, bannerTime)
	defer cancel()
	address := withHost(&url.URL{Scheme: "http", Path: "/"}, host).String()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return makers.Banner{}
	}
	answer, err := ssdp.Bounded(f.cfg.Client).Do(request)
	if err != nil {
		return makers.Banner{}
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxPage)) // what was read before an error counts
	return makers.Banner{
		HTTPServer: plain(answer.Header.Get("Server")), HTTPRealm: realm(answer.Header.Get("WWW-Authenticate")), HTTPTitle: title(string(body)),
	}
}

// title returns the title of a page.
func title(page string) string {
	text, _ := behind(page, "<title>")
	text, _, _ = strings.Cut(text, "<")
	return plain(text)
}
