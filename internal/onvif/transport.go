package onvif

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"time"

	"camwall/internal/camera"
)

// Limits of what a device may send.
const (
	maxAnswer    = 4 << 20
	maxSnapshot  = 8 << 20
	maxHeader    = 64 << 10
	maxRedirects = 3
)

var (
	errNewCertificate   = errors.New("certificate is not the pinned one")
	errTooLong          = errors.New("answer is too long")
	errTooManyRedirects = errors.New("redirected too often")
	errForeignRedirect  = errors.New("redirected to another host")
)

func (c *Client) newTransport() *http.Transport {
	return &http.Transport{
		DialContext: c.cfg.DialContext,
		TLSClientConfig: &tls.Config{
			// A camera's certificate is made by itself: what guards the
			// connection is the pin, unless verification is asked for.
			InsecureSkipVerify: c.cfg.TLS != camera.TLSVerify,
			VerifyConnection:   c.checkCertificate,
		},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
		TLSHandshakeTimeout:    c.cfg.Timeout,
		MaxConnsPerHost:        4,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // some devices compress anyhow: read does it
	}
}

func (c *Client) checkCertificate(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errNewCertificate
	}
	pin := sha256.Sum256(state.PeerCertificates[0].Raw)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.TLS == camera.TLSPin && c.pin != nil && !bytes.Equal(pin[:], c.pin) {
		return errNewCertificate
	}
	c.pin = pin[:]
	return nil
}

// request is one HTTP request, remade for each redirect and repetition: build
// returns headers and body for an address, with a new nonce each time.
type request struct {
	method string
	url    string
	build  func(url string) (http.Header, []byte, error)
	limit  int64         // of the answer's body
	time   time.Duration // for all of it; 0 is the Config's
}

// reply is what came back.
type reply struct {
	url    string // after redirects
	status int
	header http.Header
	body   []byte // as sent, at most the limit
	sent   time.Time
	came   time.Time // of the header
}

// fetch sends r and follows redirects that stay at the host.
func (c *Client) fetch(ctx context.Context, r request) (*reply, error) {
	whole := ctx
	if r.time == 0 {
		r.time = c.cfg.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, r.time)
	defer cancel()
	first := r.url
	for hops := 0; ; hops++ {
		answer, err := c.roundTrip(ctx, r)
		if err != nil {
			if whole.Err() != nil {
				return nil, whole.Err()
			}
			return nil, err
		}
		next, err := redirect(answer, first)
		if err != nil || next == "" {
			return answer, err
		}
		if hops == maxRedirects {
			return nil, errTooManyRedirects
		}
		r.url = next
	}
}

// redirect returns where an answer sends us, or nothing.
func redirect(answer *reply, first string) (string, error) {
	switch answer.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return "", nil
	}
	location := answer.header.Get("Location")
	from, _ := parsePlace(answer.url)
	to, ok := announced(location, from.scheme)
	if !ok {
		return "", nil
	}
	if to.host == "" {
		to.scheme, to.host, to.port = from.scheme, from.host, from.port
	}
	if to.host != hostOf(first) || to.scheme != "https" && (to.scheme != "http" || from.scheme == "https") {
		return "", errForeignRedirect
	}
	if to.path == "" {
		to.path = "/"
	}
	return to.String(), nil
}

// roundTrip sends r once, or twice when a kept connection turned out to be
// closed.
func (c *Client) roundTrip(ctx context.Context, r request) (*reply, error) {
	answer, kept, err := c.exchange(ctx, r)
	if err != nil && kept && ctx.Err() == nil && isClosed(err) {
		answer, _, err = c.exchange(ctx, r)
	}
	return answer, err
}

// isClosed tells an error of a connection that the other side has closed.
func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) ||
		strings.Contains(err.Error(), "server closed idle connection")
}

// exchange sends r. kept tells that it went out on a connection that was used
// before.
func (c *Client) exchange(ctx context.Context, r request) (answer *reply, kept bool, err error) {
	header, body, err := r.build(r.url)
	if err != nil {
		return nil, false, err
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { kept = info.Reused },
	})
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, false, fmt.Errorf("make request: %w", errors.New("address can't be used"))
	}
	req.Header = header
	req.Header.Set("User-Agent", "Camwall")
	answer = &reply{url: r.url, sent: time.Now()}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, kept, err
	}
	defer res.Body.Close()
	answer.status, answer.header, answer.came = res.StatusCode, res.Header, time.Now()
	answer.body, err = read(res, r.limit)
	if err != nil {
		return nil, false, fmt.Errorf("read answer: %w", err)
	}
	return answer, kept, nil
}

// read returns an answer's body, decompressed. A body that ends before its
// announced length is taken as far as it came.
func read(res *http.Response, limit int64) ([]byte, error) {
	body := io.Reader(res.Body)
	if strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		unpacked, err := gzip.NewReader(io.LimitReader(body, limit))
		if err != nil {
			return nil, err
		}
		body = unpacked
	}
	got, err := io.ReadAll(io.LimitReader(body, limit+1))
	if int64(len(got)) > limit {
		return nil, errTooLong
	}
	if err != nil && len(got) > 0 && isClosed(err) {
		return got, nil
	}
	return got, err
}
