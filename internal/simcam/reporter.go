package simcam

import (
	"time"

	"github.com/pion/rtcp"
)

// defaultReportEvery is the usual time between RTCP sender reports.
const defaultReportEvery = 5 * time.Second

// reporter makes the RTCP sender reports of one track: RFC 3550 section 6.4.1.
// gortsplib's own are switched off: theirs are the same for all streams of a
// server, and their NTP fraction counts nanoseconds.
type reporter struct {
	ssrc    uint32
	every   time.Duration
	next    time.Time
	packets uint32
	octets  uint32
}

// restart makes the next report due at once.
func (r *reporter) restart() { r.next = time.Time{} }

func (r *reporter) count(packets, octets int) {
	r.packets += uint32(packets)
	r.octets += uint32(octets)
}

// make returns a report when one is due, else nil. cameraTime is now by the
// camera's clock, stamp is now on the scale of its RTP timestamps.
func (r *reporter) make(now, cameraTime time.Time, stamp uint32) *rtcp.SenderReport {
	if now.Before(r.next) {
		return nil
	}
	r.next = now.Add(r.every)
	return &rtcp.SenderReport{
		SSRC: r.ssrc, NTPTime: ntp(cameraTime), RTPTime: stamp,
		PacketCount: r.packets, OctetCount: r.octets,
	}
}

// ntp is a time in units of 2^-32 s since 1900: RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	const from1900To1970 = 2208988800
	seconds := uint64(t.Unix() + from1900To1970)
	fraction := uint64(t.Nanosecond()) << 32 / uint64(time.Second)
	return seconds<<32 | fraction
}
