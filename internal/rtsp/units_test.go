package rtsp

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/gortsplib/v4/pkg/sdp"
	"github.com/pion/rtp"

	"camwall/internal/media"
	"camwall/internal/simcam"
)

func TestRTPClock(t *testing.T) {
	for name, c := range map[string]struct {
		stamps []uint32
		want   []time.Duration
	}{
		"steps": {[]uint32{5000, 95000, 185000}, []time.Duration{0, time.Second, 2 * time.Second}},
		"wraps": {[]uint32{1<<32 - 90000, 0, 90000, 1<<32 - 90000}, []time.Duration{0, time.Second, 2 * time.Second, 0}},
		"steps back": {[]uint32{0, 90000, 45000, 1<<32 - 45000}, []time.Duration{
			0, time.Second, time.Second / 2, -time.Second / 2,
		}},
		"jumps": {[]uint32{0, 1 << 31, 1 << 31}, []time.Duration{
			0, -(1 << 31) * time.Second / 90000, -(1 << 31) * time.Second / 90000,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			clock := rtpClock{rate: 90000}
			for i, stamp := range c.stamps {
				if got := clock.at(stamp, 0); got != c.want[i] {
					t.Errorf("stamp %d: %v, want %v", i, got, c.want[i])
				}
			}
		})
	}
	// 6.6 h at each step: five years without an overflow.
	clock, last := rtpClock{rate: 90000}, time.Duration(-1)
	for i := range uint32(6800) {
		got := clock.at(i*(1<<31-1), 0)
		if i > 0 && got-last < 6*time.Hour {
			t.Fatalf("step %d: %v after %v", i, got, last)
		}
		last = got
	}
}

func TestCameraClock(t *testing.T) {
	clock := cameraClock{rate: 90000}
	if !clock.at(5, 0).IsZero() {
		t.Error("a time before the first report")
	}
	clock.report(0, 5)
	if !clock.at(5, 0).IsZero() {
		t.Error("a report without a wall clock counts")
	}
	const from1900 = 2208988800
	clock.report((from1900+1000)<<32|1<<31, 90000) // 1000.5 s after 1970
	for stamp, want := range map[uint32]float64{90000: 1000.5, 180000: 1001.5, 0: 999.5, 1<<32 - 90000: 998.5} {
		if got := float64(clock.at(stamp, 0).UnixNano()) / 1e9; got != want {
			t.Errorf("%d: %v, want %v", stamp, got, want)
		}
	}
	if got := ntpTime(100 << 32).Year(); got != 2036 {
		t.Errorf("the second era begins in %d", got)
	}
}

// TestCameraTime: no camera time before the first report; then a clock that is
// years off, and jumps, changes nothing but CameraTime.
func TestCameraTime(t *testing.T) {
	f := &format.H264{PayloadTyp: 96, PacketizationMode: 1, SPS: h264SPS640, PPS: h264PPS}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	c.write(m, pack(t, e, 0, idr)...)
	u := p.take(1, nil)[0]
	if !u.CameraTime.IsZero() {
		t.Errorf("camera time is %v", u.CameraTime)
	}
	for i, year := range []int{2001, 2031, 1971} {
		wall := time.Date(year, 1, 2, 3, 4, 5, 0, time.UTC)
		stamp := uint32(i+1) * 90000
		c.report(m, uint64(wall.Unix()+2208988800)<<32, stamp)
		c.write(m, pack(t, e, stamp+45000, idr)...)
		u := p.take(1, nil)[0]
		if want := wall.Add(time.Second / 2); !u.CameraTime.Equal(want) {
			t.Errorf("camera time is %v, want %v", u.CameraTime, want)
		}
		if want := time.Duration(i+1)*time.Second + time.Second/2; u.RTPTime != want {
			t.Errorf("time is %v, want %v", u.RTPTime, want)
		}
	}
}

// TestLosses: every lost packet is counted once, in the session and in a unit.
func TestLosses(t *testing.T) {
	server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{clip()}})
	stream := server.Stream("a")
	p := start(t, Config{URL: stream.Info().URL})
	p.take(5, nil)
	stream.LoseNext(3)
	var lost uint32
	for lost < 3 {
		lost += p.take(1, nil)[0].Lost
	}
	if info := p.session.Info(); lost != 3 || info.LostPackets != 3 {
		t.Errorf("units lost %d, session %d", lost, info.LostPackets)
	}
	if info := p.session.Info(); info.Bytes < 1000 {
		t.Errorf("%d bytes", info.Bytes)
	}
}

// TestReorderedUDP: packets that overtake each other are put in order.
func TestReorderedUDP(t *testing.T) {
	server := simulate(t, simcam.Config{Streams: []simcam.StreamSpec{clip()}})
	stream := server.Stream("a")
	p := start(t, Config{URL: stream.Info().URL, PreferUDP: true})
	p.take(2, nil)
	stream.SetReorder(0.2)
	for _, u := range p.take(30, nil) {
		if u.Lost != 0 {
			t.Errorf("unit %d: %d lost", u.Seq, u.Lost)
		}
	}
}

// TestMissing: a step back in the numbers is a new beginning.
func TestMissing(t *testing.T) {
	in := input{}
	for i, c := range []struct{ number, want uint16 }{
		{10, 0}, {11, 0}, {14, 2}, {65535, 0}, {0, 0}, {1, 0}, {40000, 0}, {40005, 4}, {40005, 0},
	} {
		if got := in.missing(c.number); got != c.want {
			t.Errorf("packet %d: %d missing, want %d", i, got, c.want)
		}
	}
}

// TestMPEG4Loss: a VOP without one of its packets is dropped as a whole, and
// no other.
func TestMPEG4Loss(t *testing.T) {
	vop := cat([]byte{0, 0, 1, mpeg4VOP, 0x50}, noise(30, 1))
	three := func(timestamp uint32, first uint16) []*rtp.Packet {
		return packets(timestamp, first, vop[:10], vop[10:20], vop[20:])
	}
	for name, list := range map[string][]*rtp.Packet{
		"middle": slices.Delete(slices.Concat(three(1, 1), three(2, 4), three(3, 7)), 4, 5),
		"first":  slices.Delete(slices.Concat(three(1, 1), three(2, 4), three(3, 7)), 3, 4),
		"last":   slices.Delete(slices.Concat(three(1, 1), three(2, 4), three(3, 7)), 5, 6),
	} {
		units := feed(newMPEG4(mpeg4Header), list...)
		if len(units) != 2 || !bytes.Equal(units[0].data, vop) || !bytes.Equal(units[1].data, vop) || units[1].timestamp != 3 {
			t.Errorf("%s: %+v", name, units)
		}
	}
}

// TestAV1Loss: no temporal unit is made of two halves.
func TestAV1Loss(t *testing.T) {
	frame := cat([]byte{obuFrame << 3, 0x30}, noise(30, 1))
	first := func(b []byte) []byte { return cat([]byte{0x50}, b) }
	last := func(b []byte) []byte { return cat([]byte{0x90}, b) }
	list := slices.Concat(
		packets(1, 1, first(frame[:10]), last(frame[10:])),
		packets(2, 3, first(frame[:10]), last(frame[10:])),
		packets(3, 5, first(frame[:10]), last(frame[10:])),
		packets(4, 7, first(frame[:10]), last(frame[10:])),
	)
	list = slices.Delete(slices.Delete(list, 4, 5), 3, 4) // the end of 2, the start of 3
	units := feed(newAV1(), list...)
	if len(units) != 2 || units[0].timestamp != 1 || units[1].timestamp != 4 || !bytes.Equal(units[0].data, units[1].data) {
		t.Errorf("units: %+v", units)
	}
}

func TestVP9Inspect(t *testing.T) {
	if key, _ := inspectVP9([]byte{0x82}); key {
		t.Error("a cut header is a key frame")
	}
	if key, _ := inspectVP8([]byte{0x10, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8}); key {
		t.Error("a frame without start code is a key frame")
	}
	if _, s := inspectJPEG([]byte{0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff}); s != (shape{}) {
		t.Errorf("shape is %+v", s)
	}
}

func FuzzMPEG4(f *testing.F) {
	f.Add(unfuzz(mpeg4Header, []byte{0, 0, 1, mpeg4VOP, 0x10, 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, u := range feed(newMPEG4(nil), fuzzPackets(data)...) {
			headers, _, picture := scanMPEG4(u.data)
			if !picture || cap(u.data) != len(u.data) || (u.key && headers == 0) {
				t.Fatalf("%+v", u)
			}
		}
	})
}

func FuzzAV1(f *testing.F) {
	f.Add(unfuzz(cat([]byte{0x20, 0x0c, 0x08}, av1Sequence[2:], []byte{obuFrame << 3, 0x10, 1})))
	f.Add(unfuzz([]byte{0x50, obuFrame << 3, 0x30}, []byte{0x90, 1, 2}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, u := range feed(newAV1(), fuzzPackets(data)...) {
			rest, frames := u.data, 0
			for len(rest) > 0 {
				o, ok := parseOBU(rest)
				if !ok || rest[0]&2 == 0 || o.kind() == obuTemporalDelimiter {
					t.Fatalf("%x in %x", rest, u.data)
				}
				if k := o.kind(); k == obuFrame || k == obuFrameHeader {
					frames++
				}
				rest = rest[o.size():]
			}
			if frames == 0 || cap(u.data) != len(u.data) {
				t.Fatalf("%x", u.data)
			}
		}
	})
}

// FuzzFrames: no input of the network makes a panic or an empty unit.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x80, 12, 0x10, 0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1, 1})
	f.Add([]byte{0x80, 20, 0, 0, 0, 0, 1, 50, 80, 60, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, make := range []func() assembler{newVP8, newVP9, newMJPEG} {
			for _, u := range feed(make(), fuzzPackets(data)...) {
				if len(u.data) == 0 || u.shape != u.shape.sane() {
					t.Fatalf("%+v", u)
				}
			}
		}
	})
}

func TestMendSDP(t *testing.T) {
	head := "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
	video := "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
	badAAC := "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/8000\r\na=fmtp:97 mode=AAC-hbr\r\na=control:trackID=1\r\n"
	badH265 := "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-sps=AAAA; sprop-pps=AAAA\r\na=control:trackID=0\r\n"
	for name, c := range map[string]struct {
		sdp   string
		codec media.Codec
	}{
		"nothing to mend":     {head + video, media.H264},
		"line ends":           {strings.ReplaceAll(head+video, "\r", ""), media.H264},
		"bad audio":           {head + video + badAAC, media.H264},
		"bad audio first":     {head + badAAC + video, media.H264},
		"bad parameters":      {head + badH265, media.H265},
		"relative control":    {head + "a=control:stream\r\n" + video, media.H264},
		"some mids":           {head + video + "a=mid:1\r\nm=audio 0 RTP/AVP 0\r\na=control:b\r\n", media.H264},
		"opus without stereo": {head + video + "m=audio 0 RTP/AVP 98\r\na=rtpmap:98 opus/48000/1\r\na=control:b\r\n", media.H264},
	} {
		t.Run(name, func(t *testing.T) {
			var session sdp.SessionDescription
			var desc description.Session
			mended := mendSDP([]byte(c.sdp))
			if err := session.Unmarshal(mended); err != nil {
				t.Fatal(err)
			}
			if err := desc.Unmarshal(&session); err != nil {
				t.Fatal(err)
			}
			track, _, err := chooseTracks(&desc)
			if err != nil || track.info.Codec != c.codec || track.info.ID != 0 && name != "bad audio first" {
				t.Errorf("%v %+v", err, track)
			}
			if control, ok := session.Attribute("control"); ok && control != "*" {
				t.Errorf("control is %s", control)
			}
		})
	}
}

// FuzzSDP: what was readable stays so, and choosing tracks never panics.
func FuzzSDP(f *testing.F) {
	f.Add([]byte(plainSDP))
	f.Add([]byte(plainSDP + "m=audio 0 RTP/AVP 97\na=rtpmap:97 mpeg4-generic/8000\n"))
	f.Add([]byte(plainSDP + "m=video 0 RTP/AVP 26\r\na=mid:1\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		mended := mendSDP(body)
		if readable(body) && !readable(mended) {
			t.Fatalf("%q became %q", body, mended)
		}
		var session sdp.SessionDescription
		var desc description.Session
		if session.Unmarshal(mended) == nil && desc.Unmarshal(&session) == nil {
			if video, _, err := chooseTracks(&desc); (video == nil) == (err == nil) {
				t.Fatalf("%v %v", video, err)
			}
		}
	})
}

// TestWatchdog: each limit in its own time.
func TestWatchdog(t *testing.T) {
	const first, silence = 10 * time.Second, 15 * time.Second
	for name, c := range map[string]struct {
		run  func(*watchdog)
		want error
		at   time.Duration
	}{
		"nothing":   {func(*watchdog) {}, errDialTimeout, 5 * time.Second},
		"answered":  {func(w *watchdog) { w.expect(first, errPictureTimeout) }, errPictureTimeout, first},
		"no packet": {func(w *watchdog) { w.expectFirst(first, errPictureTimeout, silence) }, errPictureTimeout, first},
		"packets": {func(w *watchdog) {
			w.expectFirst(first, errPictureTimeout, silence)
			for range 9 {
				<-time.After(9 * time.Second)
				w.packet(time.Now())
			}
		}, errSilence, 81*time.Second + silence},
		"packets before the answer to PLAY": {func(w *watchdog) {
			w.packet(time.Now())
			w.expectFirst(first, errPictureTimeout, silence)
		}, errSilence, silence},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, ended := time.Now(), make(chan error, 2)
				w := newWatchdog(func(err error) { ended <- err })
				w.expect(5*time.Second, errDialTimeout)
				c.run(w)
				if err := <-ended; !errors.Is(err, c.want) || time.Since(began) != c.at {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				w.expect(time.Second, errDialTimeout)
				<-time.After(time.Hour)
				if len(ended) != 0 {
					t.Error("ended twice")
				}
				w.stop()
			})
		})
	}
}
