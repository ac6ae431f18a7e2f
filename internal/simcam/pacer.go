package simcam

import (
	"math"
	"time"
)

// stallTicks is how late a picture may be, in its own intervals, and still be
// made up for. Beyond it the camera has skipped pictures, as a real one would.
const stallTicks = 3

// pacer says when each picture is due: at a constant rate, never in bursts.
// The zero value is not ready; see newPacer.
type pacer struct {
	fps   float64
	start time.Time // when tick 0 was due
	tick  int64     // the next one to send
}

func newPacer(fps float64, now time.Time) pacer {
	return pacer{fps: fps, start: now}
}

func (p *pacer) period() time.Duration {
	return time.Duration(float64(time.Second) / p.fps)
}

// due returns when the next tick is to be sent.
func (p *pacer) due() time.Time {
	return p.start.Add(time.Duration(math.Round(float64(p.tick) * float64(time.Second) / p.fps)))
}

// skipMissed leaves out the ticks that a stall has made impossible, and returns
// how many. After it the next tick is due within one period of now.
func (p *pacer) skipMissed(now time.Time) int64 {
	late := now.Sub(p.due())
	if late < stallTicks*p.period() {
		return 0
	}
	missed := int64(math.Floor(late.Seconds() * p.fps))
	p.tick += missed
	return missed
}

// at returns the place of a moment on the scale of ticks.
func (p *pacer) at(now time.Time) float64 {
	return now.Sub(p.start).Seconds() * p.fps
}

// rtpClock turns ticks to RTP timestamps. Its rate can drift and it can jump,
// as the clocks of cameras do.
type rtpClock struct {
	anchorTick float64
	anchor     float64 // timestamp at anchorTick, not wrapped
	step       float64 // timestamp units a tick
}

func newRTPClock(first uint32, clockRate int, fps float64) rtpClock {
	return rtpClock{anchor: float64(first), step: float64(clockRate) / fps}
}

func (c *rtpClock) exact(tick float64) float64 {
	return c.anchor + (tick-c.anchorTick)*c.step
}

// stamp returns the RTP timestamp of a tick.
func (c *rtpClock) stamp(tick float64) uint32 {
	return uint32(uint64(int64(math.Round(c.exact(tick)))))
}

// change goes on from tick with another step.
func (c *rtpClock) change(tick, step float64) {
	c.anchor = c.exact(tick)
	c.anchorTick = tick
	c.step = step
}

// rebase goes on with the ticks counted from another origin: what was tick
// from is now tick to.
func (c *rtpClock) rebase(from, to, step float64) {
	c.anchor = c.exact(from)
	c.anchorTick = to
	c.step = step
}

// jump moves all later timestamps by some units.
func (c *rtpClock) jump(units float64) { c.anchor += units }
