// Package apiclient is a client of our own JSON interface: typed calls over any
// http.RoundTripper, which is the network, or a handler in this process. It
// keeps nothing and decides nothing; what the server refuses comes back as the
// fault that it is. The command line calls it.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"camwall/internal/fault"
)

// DefaultServer is where a server listens unless told otherwise.
const DefaultServer = "http://127.0.0.1:8000"

const (
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 16 << 20

	dialTime = 5 * time.Second

	// answerTime is above what a server gives its devices.
	answerTime = 2 * time.Minute
)

// NotOurs is the code of an answer that no Camwall gave.
const NotOurs fault.Code = "not_camwall"

// Config says where the server is.
type Config struct {
	// Server is its address, http://host:port; a path in it begins every path.
	// Empty is DefaultServer.
	Server string

	// Transport carries the requests; nil is the network, without a proxy.
	Transport http.RoundTripper
}

// Client asks one server. It is safe for use by many goroutines.
type Client struct {
	base string // without a slash at its end
	http *http.Client
}

// New returns a Client; it connects with the first call. The error is a
// fault.BadRequest.
func New(cfg Config) (*Client, error) {
	base := strings.TrimRight(strings.TrimSpace(cfg.Server), "/")
	if base == "" {
		base = DefaultServer
	}
	u, err := url.Parse(base)
	switch {
	case err == nil && u.User != nil, strings.Contains(base, "@"):
		return nil, fault.New(fault.BadRequest, "the server's address has a sign-in in it", "the server asks for none: leave it out")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.RawQuery != "", u.Fragment != "":
		return nil, fault.Errorf(fault.BadRequest, "%.100q is no address of a server", base).WithHint("it looks like " + DefaultServer)
	}
	transport := cfg.Transport
	if transport == nil {
		transport = &http.Transport{
			DialContext:           (&net.Dialer{Timeout: dialTime}).DialContext,
			TLSHandshakeTimeout:   dialTime,
			ResponseHeaderTimeout: answerTime,
			IdleConnTimeout:       time.Minute,
		}
	}
	return &Client{base: base, http: &http.Client{
		Transport: transport,
		// A password never follows to where an answer points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Server returns the address of the server.
func (c *Client) Server() string { return c.base }

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Health asks whether the server is there. The error is a fault: ConnRefused
// when nothing listens, NotOurs when something else does.
func (c *Client) Health(ctx context.Context) error {
	var health struct{ Status string }
	if err := c.call(ctx, http.MethodGet, "/api/health", nil, &health); err != nil {
		return err
	}
	if health.Status == "" {
		return c.notOurs()
	}
	return nil
}

// call sends body as JSON, nil for none, and decodes the answer into a pointer,
// nil for none.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request %s %s: %w", method, path, err)
		}
		sent = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return fmt.Errorf("make request %s %s: %w", method, path, err)
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.unreached(ctx, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return c.unreached(ctx, err)
	}
	if len(answer) > maxAnswer {
		return fault.Errorf(fault.TooLarge, "the answer of %s has more than %d MiB", c.base, maxAnswer>>20)
	}
	return c.read(res, answer, into)
}

// read decodes an answer, or the problem that it is.
func (c *Client) read(res *http.Response, answer []byte, into any) error {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case kind == "application/problem+json" && res.StatusCode >= 400:
		return c.problem(answer)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return c.notOurs()
	case into == nil:
		return nil
	case kind != "application/json":
		return c.notOurs()
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return &fault.Error{Code: NotOurs, Message: c.base + " answers with what can't be read: it may be another version", Err: err}
	}
	return nil
}

// problem is a refusal of the server as the fault that it was there.
func (c *Client) problem(answer []byte) error {
	var p struct {
		Code             fault.Code
		Detail, Hint, ID string
	}
	if json.Unmarshal(answer, &p) != nil || p.Code == fault.None {
		return c.notOurs()
	}
	if p.Code == fault.Internal {
		return fault.New(fault.Internal, strings.TrimSpace("the server has an internal error "+p.ID), "its log has the cause")
	}
	return fault.New(p.Code, p.Detail, p.Hint)
}

func (c *Client) notOurs() error {
	return fault.Errorf(NotOurs, "what answers at %s is no Camwall server", c.base).WithHint("name the server with --server")
}

// unreached says why there was no answer.
func (c *Client) unreached(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	// The cause has the address once more, and nothing secret: only the path is
	// beside it.
	wrap := func(code fault.Code, message, hint string) error {
		return &fault.Error{Code: code, Message: message, Hint: hint, Err: err}
	}
	const begin = "start one with camwall serve, or name another with --server"
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return wrap(fault.NoSuchHost, "there is no host of the name in "+c.base, "look at --server")
	}
	if netErr, ok := errors.AsType[net.Error](err); ok && netErr.Timeout() {
		return wrap(fault.DialTimeout, c.base+" did not answer in time", begin)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return wrap(fault.ConnRefused, "no server at "+c.base, begin)
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return wrap(fault.Ended, c.base+" can't be reached", begin)
	}
	return wrap(NotOurs, "what answers at "+c.base+" is no Camwall server", "name the server with --server")
}
