package onvif

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"camwall/internal/fault"
)

// describers is how many profiles are asked about at once: small devices serve
// few connections.
const describers = 3

// Describe reads all that a device tells of itself, with the addresses of every
// profile. What a device does not have, or fails to tell, is a problem in the
// Device and no error. Errors are that nothing answers, or nothing in ONVIF, and
// that the sign-in was refused, is locked or missing; the Device beside an error
// is nil or holds what was told until then.
func (c *Client) Describe(ctx context.Context) (*Device, error) {
	if err := c.ensure(ctx); err != nil {
		return nil, err
	}
	d := &Device{Address: c.Address()}
	err := c.describe(ctx, d)
	d.ClockOffset = c.ClockOffset()
	if err == nil {
		err = c.explain(ctx, ctx.Err())
	}
	return d, err
}

func (c *Client) describe(ctx context.Context, d *Device) error {
	if err := c.readIdentity(ctx, d); err != nil {
		return err
	}
	if _, err := c.loadServices(ctx); err != nil {
		return err
	}
	profiles, err := c.Profiles(ctx)
	if isFinal(err) {
		return err
	}
	d.addProblem(err)
	if d.Sources, err = c.videoSources(ctx, profiles); err != nil {
		return err
	}
	c.readSignedClock(ctx)
	d.Profiles = profiles
	err = c.addAllURIs(ctx, d)
	if err == nil && len(profiles) == 0 && len(d.Problems) == 0 {
		d.addProblem(fault.New(fault.NoVideo, "The camera has no profile that can be played.",
			"Set up a stream in the camera: coding and size."))
	}

	d.HasEvents, d.HasImaging = c.offers(nsEvents), c.offers(nsImaging)
	d.HasPTZ = c.offers(nsPTZ) && slices.ContainsFunc(profiles, func(p Profile) bool { return p.PTZ })
	c.mu.Lock()
	defer c.mu.Unlock()
	d.Services = c.services.addresses()
	return err
}

// addAllURIs asks for the addresses of all profiles, a few at a time.
func (c *Client) addAllURIs(ctx context.Context, d *Device) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		workers   sync.WaitGroup
		next      atomic.Int64
		snapshots signal
		problems  = make([]error, len(d.Profiles))
	)
	for range min(describers, len(d.Profiles)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(d.Profiles) || ctx.Err() != nil {
					return
				}
				problem, err := c.addURIs(ctx, &d.Profiles[i], &snapshots)
				if problems[i] = problem; err != nil {
					cancel(err)
				} else if isAway(problem) {
					cancel(errAway)
				}
			}
		})
	}
	workers.Wait()
	for _, problem := range problems {
		d.addProblem(problem)
	}
	if err := context.Cause(ctx); err != nil && err != errAway { //nolint:errorlint // a cause of our own
		return err
	}
	return nil
}

// errAway ends the asking for addresses: the device went away.
var errAway = fault.New(fault.Ended, "The camera went away.", "")

// signal is up until somebody lowers it.
type signal struct{ down atomic.Bool }

func (s *signal) lower()        { s.down.Store(true) }
func (s *signal) lowered() bool { return s.down.Load() }
