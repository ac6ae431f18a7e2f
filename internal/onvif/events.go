package onvif

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"camwall/internal/fault"
)

// Times of a subscription.
const (
	subscribeFor = time.Minute      // asked for; devices may grant less
	pullFor      = 10 * time.Second // how long a pull waits for events
	pullLimit    = 100              // events of one pull
	pullPause    = time.Second      // least time between two pulls that bring nothing
	firstBackoff = time.Second
	lastBackoff  = 30 * time.Second
	unsubscribe  = 2 * time.Second // limit for the last word
)

// subscription is a pull point.
type subscription struct {
	at      target
	headers []string // reference parameters, to be sent back
	until   time.Time
	granted time.Duration
	fixed   bool // the device does not renew
}

// Events hands each event to handle, one after the other, until ctx ends. It
// renews its subscription, and makes a new one when the device was away or has
// restarted. It returns ctx's error, or a fault when the device has no events to
// pull, or refuses the sign-in.
func (c *Client) Events(ctx context.Context, handle func(Event)) error {
	backoff := firstBackoff
	ever := false // a subscription worked before
	for {
		worked, err := c.subscribed(ctx, handle)
		if ctx.Err() != nil {
			return c.explain(ctx, ctx.Err())
		}
		ever = ever || worked
		if isFinal(err) || !ever && (fault.CodeOf(err) == fault.NotSupported || fault.CodeOf(err) == fault.Forbidden) {
			return err
		}
		if worked {
			backoff = firstBackoff
		}
		c.log.Debug("events interrupted", "reason", c.shown(err.Error()), "wait", backoff)
		if !rest(ctx, backoff) {
			return c.explain(ctx, ctx.Err())
		}
		backoff = min(2*backoff, lastBackoff)
		if c.Address() != "" {
			c.readClockAgain(ctx) // a device that restarts may have lost it
		}
	}
}

// rest waits and returns false when ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// subscribed lives through one subscription. worked tells that a pull
// succeeded; err is never nil.
func (c *Client) subscribed(ctx context.Context, handle func(Event)) (worked bool, err error) {
	s, err := c.subscribe(ctx)
	if err != nil {
		return false, err
	}
	defer c.unsubscribe(ctx, s)
	for {
		began := time.Now()
		events, err := c.pull(ctx, s)
		if err != nil && s.at.other != "" && !isFinal(err) {
			s.at = target{url: s.at.other}
			continue
		}
		if err != nil {
			return worked, err
		}
		worked, s.at.other = true, ""
		for _, e := range events {
			if ctx.Err() != nil {
				return worked, ctx.Err()
			}
			handle(e)
		}
		if wait := pullPause - time.Since(began); len(events) == 0 && wait > 0 && !rest(ctx, wait) {
			return worked, ctx.Err()
		}
		if err := c.renew(ctx, s); err != nil {
			return worked, err
		}
	}
}

// Actions of WS-BaseNotification and ONVIF Core 9.2.
const (
	actionSubscribe   = nsEvents + "/EventPortType/CreatePullPointSubscriptionRequest"
	actionPull        = nsEvents + "/PullPointSubscription/PullMessagesRequest"
	actionRenew       = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest"
	actionUnsubscribe = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest"
)

func (c *Client) subscribe(ctx context.Context) (*subscription, error) {
	url, err := c.serviceURL(ctx, nsEvents)
	if err != nil {
		return nil, err
	}
	op := operation{name: "CreatePullPointSubscription", service: nsEvents, action: actionSubscribe, body: struct {
		XMLName xml.Name
		Until   string `xml:"tev:InitialTerminationTime"`
	}{xml.Name{Local: "tev:CreatePullPointSubscription"}, duration(subscribeFor)}}
	op.headers = addressing(op.action, url, nil)
	response, err := c.callAt(ctx, op, url, 0)
	if err != nil {
		return nil, err
	}
	s := parseSubscription(response, url)
	s.grant(response)
	return s, nil
}

// parseSubscription reads where the events are to be pulled. A reference to
// nowhere is the event service's own address.
func parseSubscription(response *node, service string) *subscription {
	s := &subscription{at: target{url: service}}
	reference := response.find("SubscriptionReference")
	if t, ok := correct(reference.value("Address"), service); ok {
		s.at = t
	}
	for _, n := range reference.child("ReferenceParameters").children() {
		var b strings.Builder
		n.encode(&b)
		if len(s.headers) < 8 && b.Len() < 4096 {
			s.headers = append(s.headers, b.String())
		}
	}
	return s
}

// grant reads for how long the device keeps s, by its own clock.
func (s *subscription) grant(response *node) {
	s.granted = subscribeFor
	now, ok1 := parseMoment(response.find("CurrentTime").value(""))
	end, ok2 := parseMoment(response.find("TerminationTime").value(""))
	if d := end.Sub(now); ok1 && ok2 && d > 0 {
		s.granted = min(s.granted, max(d, 4*time.Second))
	}
	s.until = time.Now().Add(s.granted)
}

// addressing returns WS-Addressing headers, which some devices insist on.
func addressing(action, to string, more []string) []string {
	head := func(name, text string) string {
		return `<wsa:` + name + ` xmlns:wsa="` + nsAddressing + `">` + escape(text) + `</wsa:` + name + `>`
	}
	return append([]string{head("Action", action), head("To", to), head("MessageID", messageID())}, more...)
}

// messageID is a random UUID (RFC 9562 section 5.4).
func messageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (c *Client) pull(ctx context.Context, s *subscription) ([]Event, error) {
	wait := min(pullFor, s.granted/3)
	op := operation{name: "PullMessages", service: nsEvents, action: actionPull, body: struct {
		XMLName xml.Name
		Timeout string `xml:"tev:Timeout"`
		Limit   int    `xml:"tev:MessageLimit"`
	}{xml.Name{Local: "tev:PullMessages"}, duration(wait), pullLimit}}
	op.headers = addressing(op.action, s.at.url, s.headers)
	response, err := c.callAt(ctx, op, s.at.url, wait+c.cfg.Timeout)
	if err != nil {
		return nil, err
	}
	return parseEvents(response, c.ClockOffset(), time.Now()), nil
}

// renew prolongs s once half of its time is over. A device that can't is let
// alone: the pull that fails at the end begins a new subscription.
func (c *Client) renew(ctx context.Context, s *subscription) error {
	if s.fixed || time.Until(s.until) > s.granted/2 {
		return nil
	}
	op := operation{name: "Renew", service: nsEvents, action: actionRenew, body: struct {
		XMLName xml.Name
		Until   string `xml:"wsnt:TerminationTime"`
	}{xml.Name{Local: "wsnt:Renew"}, duration(subscribeFor)}}
	op.headers = addressing(op.action, s.at.url, s.headers)
	response, err := c.callAt(ctx, op, s.at.url, 0)
	switch {
	case err == nil:
		s.grant(response)
	case isFinal(err), isAway(err):
		return err
	default:
		s.fixed = true
		c.log.Debug("subscription is not renewed", "reason", c.shown(err.Error()))
	}
	return nil
}

// unsubscribe tells the device that s is not wanted any more, also when ctx has
// ended: devices have room for a few subscriptions only.
func (c *Client) unsubscribe(ctx context.Context, s *subscription) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unsubscribe)
	defer cancel()
	op := operation{name: "Unsubscribe", service: nsEvents, action: actionUnsubscribe, body: struct {
		XMLName xml.Name
	}{xml.Name{Local: "wsnt:Unsubscribe"}}}
	op.headers = addressing(op.action, s.at.url, s.headers)
	if _, err := c.callAt(ctx, op, s.at.url, unsubscribe); err != nil {
		c.log.Debug("unsubscribe failed", "reason", c.shown(err.Error()))
	}
}
