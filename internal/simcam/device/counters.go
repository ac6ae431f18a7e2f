package device

import (
	"context"
	"maps"

	"camwall/internal/simcam"
)

// Names under which sign-ins are counted, here and in simcam.Counters.
const (
	ServiceONVIF    = "onvif"
	ServiceSnapshot = "snapshot"
	ServiceRTSP     = "rtsp"
)

// Counters is what a Device has seen. All but Subscriptions and Locked
// only grow.
type Counters struct {
	// Requests counts by service and operation, "media/GetProfiles", whatever
	// the answer. "snapshot" are pictures, "unreadable" what was no request.
	Requests map[string]int
	// FailedSignIns counts requests whose credentials were refused, over ONVIF,
	// snapshots and RTSP together. A request without credentials is none.
	FailedSignIns int
	// SignIns holds the same by service: ServiceONVIF, ServiceSnapshot, and of
	// ServiceRTSP the failed ones only.
	SignIns map[string]simcam.SignIns
	// Unsigned counts requests that were refused for lack of credentials.
	Unsigned int
	// Subscriptions is how many there are now.
	Subscriptions int
	// Locked says that the account is locked.
	Locked bool
}

// Counters returns a snapshot.
func (d *Device) Counters() Counters {
	c := Counters{SignIns: make(map[string]simcam.SignIns)}
	d.mu.Lock()
	c.Requests = maps.Clone(d.requests)
	c.Subscriptions = d.events.count()
	d.mu.Unlock()
	rtsp := simcam.SignIns{Failed: d.failedOverRTSP()}
	d.signIns.tell(&c)
	c.SignIns[ServiceRTSP] = rtsp
	c.FailedSignIns += rtsp.Failed
	return c
}

// failedOverRTSP counts the failed sign-ins at the device's own streams.
func (d *Device) failedOverRTSP() int {
	streams := d.cfg.Server.Counters().Streams
	failed := 0
	for _, c := range d.channels {
		for _, p := range c.profiles {
			failed += streams[p.stream.Info().Path].FailedSignIns
		}
	}
	return failed
}

// Await waits until the counters are as wanted. It looks at them after each
// request over HTTP, and each change of a subscription. The error is that of
// ctx.
func (d *Device) Await(ctx context.Context, wanted func(Counters) bool) error {
	return d.changed.Await(ctx, func() bool { return wanted(d.Counters()) })
}
