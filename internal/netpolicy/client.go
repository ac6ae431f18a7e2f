package netpolicy

import (
	"net/http"
	"time"

	"camwall/internal/fault"
)

// The limits of a Client.
const (
	maxRedirects    = 3
	clientTimeout   = 15 * time.Second // of a request with its redirects and the body
	headerTimeout   = 8 * time.Second
	tlsTimeout      = 5 * time.Second
	idleTimeout     = 30 * time.Second
	maxHeaderBytes  = 64 << 10
	maxConnsPerHost = 4
)

// Client returns a client for http and https that checks each address it
// connects to, follows at most three redirects, takes no proxy from the
// environment, keeps no cookies and tells no address to the next one. How much
// of a body is read is up to its caller, who also calls CloseIdleConnections in
// the end.
func (p *Policy) Client(trusted bool) *http.Client {
	return &http.Client{
		Timeout:       clientTimeout,
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			DialContext:            p.DialContext(trusted),
			TLSHandshakeTimeout:    tlsTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxHeaderBytes,
			MaxConnsPerHost:        maxConnsPerHost,
		},
	}
}

func checkRedirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fault.Errorf(fault.Protocol, "%s answers with one redirect after another", before[0].URL.Host).
			WithHint("it may be no camera, or want https; look at it with a browser")
	}
	if next.URL.Scheme != "http" && next.URL.Scheme != "https" {
		return fault.Errorf(fault.AddressNotAllowed, "%s redirects to an address that is not http or https", before[0].URL.Host).
			WithHint("it may be no camera; look at it with a browser")
	}
	next.Header.Del("Referer") // an address may have a token in its query
	return nil
}
