package guard

import (
	"context"
	"net"
	"net/http"
	"net/textproto"
	"strings"
)

// checkedKey marks the context of a request that Middleware let through.
type checkedKey struct{}

// Checked reports whether a Middleware let the request of ctx through, so that
// its Host and Origin need no further check.
func Checked(ctx context.Context) bool { return ctx.Value(checkedKey{}) != nil }

// Middleware hands to next the requests that p allows, and to refuse the others
// with the reason: fault.Misdirected for a foreign Host, fault.Forwarded for a
// request that a proxy passes on to a server for this machine, fault.Origin for
// a WebSocket or a change from a foreign page.
func (p *Policy) Middleware(next http.Handler, refuse func(http.ResponseWriter, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.check(r); err != nil {
			refuse(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), checkedKey{}, true)))
	})
}

func (p *Policy) check(r *http.Request) error {
	// HTTP/1.0 knows no Host (RFC 1945), and no browser speaks it.
	if r.Host != "" || r.ProtoAtLeast(1, 1) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if err := p.CheckHost(r.Host, local); err != nil {
			return err
		}
	}
	if err := p.CheckForwarded(r.Header); err != nil {
		return err
	}
	// More than one Origin is nobody's: joined, they are no origin at all.
	from := strings.Join(r.Header.Values("Origin"), ",")
	switch {
	case hasToken(r.Header, "Upgrade", "websocket"):
		return p.CheckSocket(from, r.Host)
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		return p.CheckChange(from, r.Header.Get("Sec-Fetch-Site"), r.Host)
	}
	return nil
}

// hasToken reports whether a comma-separated header has token, without case.
func hasToken(h http.Header, name, token string) bool {
	for _, value := range h.Values(name) {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(textproto.TrimString(part), token) {
				return true
			}
		}
	}
	return false
}

// PageHeaders adds to every answer of next what keeps a page to itself: no
// scripts, frames or connections but its own, and nothing of the screen's
// machine but its screen.
func PageHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy",
			"default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'"+socketSources(r.Host)+
				"; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'")
		h.Set("Permissions-Policy", "fullscreen=(self), screen-wake-lock=(self), autoplay=(self), camera=(), microphone=(), geolocation=()")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// socketSources returns the WebSockets of a host as a policy has them: for older
// browsers they are not within 'self'. A policy can't name IPv6 addresses (CSP
// level 3, section 2.3.1).
func socketSources(hostport string) string {
	host, port, ok := splitHost(hostport)
	if !ok || strings.Contains(host, ":") {
		return ""
	}
	if port != "" {
		host += ":" + port
	}
	return " ws://" + host + " wss://" + host
}
