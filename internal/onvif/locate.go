package onvif

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"camwall/internal/fault"
)

// Time for addresses that are only tried: an announced one that may be wrong,
// and further ports of a host that did not answer.
const tryTimeout = 2 * time.Second

// hold enters what one goroutine at a time may do: finding services.
func (c *Client) hold(ctx context.Context) (release func(), err error) {
	select {
	case c.finding <- struct{}{}:
		return func() { <-c.finding }, nil
	case <-ctx.Done():
		return nil, c.explain(ctx, ctx.Err())
	}
}

// ensure finds the device service and reads the clock, once.
func (c *Client) ensure(ctx context.Context) error {
	if c.Address() != "" {
		return nil
	}
	release, err := c.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	if c.Address() != "" {
		return nil
	}
	a, err := c.locate(ctx)
	if err != nil {
		return err
	}
	offset, told := clockOffset(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.device, c.offset, c.timed = a.url, offset, told
	return nil
}

// locate asks the candidates for the time, without credentials, until one
// speaks ONVIF. One that only wants a sign-in will do if there is no better.
func (c *Client) locate(ctx context.Context) (*answer, error) {
	var asks *answer
	var problem error
	limit := c.cfg.Timeout
	for _, address := range c.candidates {
		a, err := c.knock(ctx, address, limit)
		switch {
		case ctx.Err() != nil:
			return nil, c.explain(ctx, ctx.Err())
		case err == nil && a.speaks():
			return a, nil
		case err == nil && asks == nil:
			asks = a
		case err != nil:
			problem = worse(problem, err)
			if fault.CodeOf(err) == fault.DialTimeout {
				limit = min(limit, tryTimeout/2)
			}
		}
	}
	if asks != nil {
		return asks, nil
	}
	return nil, problem
}

// knock asks one address for the time. The answer speaks SOAP, or wants a
// sign-in.
func (c *Client) knock(ctx context.Context, address string, limit time.Duration) (*answer, error) {
	a, err := c.post(ctx, getSystemDateAndTime(), address, false, limit)
	if err != nil {
		return nil, err
	}
	if !a.speaks() && a.status >= 400 && a.status != http.StatusNotFound && a.status != http.StatusUnauthorized {
		// Some can't tell the time, or not to everyone.
		again, err := c.post(ctx, getCapabilities(), address, false, limit)
		if err == nil && (again.speaks() || again.status == http.StatusUnauthorized) {
			a = again
		}
	}
	if a.speaks() || a.asksSafely() {
		return a, nil
	}
	return nil, notONVIF()
}

// asksSafely tells an answer that may be a camera's which tells nothing without
// a sign-in. One that wants the password itself, in the clear, is taken for the
// page of a router.
func (a *answer) asksSafely() bool {
	c := strongest(a.header)
	return a.status == http.StatusUnauthorized && c != nil && (!c.basic || strings.HasPrefix(a.url, "https:"))
}

// speaks tells that an answer is SOAP.
func (a *answer) speaks() bool {
	return a.fault != nil || strings.EqualFold(nameOf(a.root), "Envelope")
}

// worse returns which of two problems says more: that something answers, or
// shows a wrong certificate, before that nothing does; else the first.
func worse(first, second error) error {
	rank := func(err error) int {
		switch fault.CodeOf(err) {
		case fault.None:
			return 0
		case fault.DialTimeout, fault.ConnRefused, fault.Ended:
			return 1
		case fault.NotONVIF, fault.Protocol:
			return 2
		}
		return 3
	}
	if rank(second) > rank(first) {
		return second
	}
	return first
}

// Probe reads what the device tells everyone; no credential is sent. A host
// that answers, but not in ONVIF, is a Probe with ONVIF false and no error.
func (c *Client) Probe(ctx context.Context) (Probe, error) {
	if err := c.ensure(ctx); err != nil {
		if fault.CodeOf(err) == fault.NotONVIF {
			return Probe{}, nil
		}
		return Probe{}, err
	}
	p := Probe{Address: c.Address(), ONVIF: true}
	a, err := c.post(ctx, getSystemDateAndTime(), p.Address, false, 0)
	if err != nil {
		return p, err
	}
	p.Server = bounded(oneLine(a.header.Get("Server")), 100)
	p.ClockOffset, p.ClockKnown = clockOffset(a)
	if info, err := c.plain(ctx, getDeviceInformation()); err == nil {
		p.Manufacturer, p.Model = shortText(info.value("Manufacturer")), shortText(info.value("Model"))
	}
	if found, err := c.findServices(ctx, c.plain); err == nil {
		p.Services = found.addresses()
	}
	return p, c.explain(ctx, ctx.Err())
}

// shortText is what a device calls something: one line, bounded.
func shortText(s string) string { return bounded(oneLine(s), 200) }

// isFinal tells a refusal, after which nothing more is to be asked.
func isFinal(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Unauthorized || code == fault.AccountLocked || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
