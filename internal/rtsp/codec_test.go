package rtsp

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"camwall/internal/media"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Parameter sets as x264, x265, libxvid and libaom write them.
var (
	h264SPS640  = unhex("6742c01eda0280bfe5c044000003000400000300c83c58ba80") // 640x360, 25 fps
	h264SPS320  = unhex("6742c00bda05067e7c0440000003004000000503c50aa8")     // 320x180, 10 fps
	h264PPS     = unhex("68ce0fc8")
	h265VPS     = unhex("40010c01ffff01600000030090000003000003003f959809")
	h265SPS640  = unhex("42010101600000030090000003000003003fa00502016965959a4932bc05a02000000300200000030321")
	h265PPS     = unhex("4401c172b46240")
	mpeg4Header = unhex("000001b001000001b58913000001000000012000c48d8800f528046814630000")
	av1Sequence = unhex("0a0b00000042abbfc371abe601") // 1920x818
)

// noise returns n bytes without zeros, so without start codes.
func noise(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + r.IntN(255))
	}
	return b
}

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// annexB joins NAL units as access units have them.
func annexB(nals ...[]byte) []byte {
	var out []byte
	for _, n := range nals {
		out = append(append(out, 0, 0, 0, 1), n...)
	}
	return out
}

type encoder interface {
	Encode([][]byte) ([]*rtp.Packet, error)
}

func pack(t *testing.T, e encoder, timestamp uint32, parts ...[]byte) []*rtp.Packet {
	t.Helper()
	packets, err := e.Encode(parts)
	if err != nil {
		t.Fatal(err)
	}
	return at(timestamp, packets)
}

// packOne is for encoders that take one frame.
func packOne(t *testing.T, encode func([]byte) ([]*rtp.Packet, error), timestamp uint32, frame []byte) []*rtp.Packet {
	t.Helper()
	packets, err := encode(frame)
	if err != nil {
		t.Fatal(err)
	}
	return at(timestamp, packets)
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func video(f format.Format) *description.Media {
	return &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{f}}
}

func audio(f format.Format) *description.Media {
	return &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{f}}
}

type wanted struct {
	data []byte
	key  bool
	time time.Duration
}

func check(t *testing.T, units []*media.AccessUnit, want []wanted) {
	t.Helper()
	for i, u := range units {
		if !bytes.Equal(u.Data, want[i].data) {
			t.Errorf("unit %d: %d bytes %.40x, want %d bytes %.40x", i, len(u.Data), u.Data, len(want[i].data), want[i].data)
		}
		if u.Key != want[i].key {
			t.Errorf("unit %d: key is %v", i, u.Key)
		}
		if u.RTPTime != want[i].time {
			t.Errorf("unit %d: time is %v, want %v", i, u.RTPTime, want[i].time)
		}
		if cap(u.Data) != len(u.Data) {
			t.Errorf("unit %d: %d bytes in %d", i, len(u.Data), cap(u.Data))
		}
		if u.Lost != 0 || time.Since(u.Arrived) > limit || u.Track == nil {
			t.Errorf("unit %d: %+v", i, u)
		}
	}
}

// TestH264InBand: parameter sets come with the key unit alone; units before it
// are dropped; a key unit of 2 MB passes; B-frames step back in time.
func TestH264InBand(t *testing.T) {
	f := &format.H264{PayloadTyp: 96, PacketizationMode: 1}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	early := cat([]byte{0x41}, noise(500, 1))
	idr := cat([]byte{0x65}, noise(2<<20, 2))
	inter := cat([]byte{0x41}, noise(3000, 3))
	b := cat([]byte{0x01}, noise(20, 4))
	const zero = 0xffffff00 // wraps behind the first unit
	step := func(n uint32) uint32 { return zero + n*3600 }
	c.write(m, pack(t, e, zero-3600, early)...)
	c.write(m, pack(t, e, step(0), []byte{9, 0xf0}, h264SPS640, h264PPS, idr)...)
	c.write(m, pack(t, e, step(2), []byte{9, 0xf0}, inter)...)
	c.write(m, pack(t, e, step(1), b)...)
	check(t, p.take(3, nil), []wanted{
		{annexB(h264SPS640, h264PPS, idr), true, 0},
		{annexB(inter), false, 80 * time.Millisecond},
		{annexB(b), false, 40 * time.Millisecond},
	})
	track := p.lastTracks()[0]
	if track.Codec != media.H264 || track.Width != 640 || track.Height != 360 || track.FPS != 25 {
		t.Errorf("track is %+v", track)
	}
	if n := p.session.Info().SkippedUnits; n != 1 {
		t.Errorf("%d units skipped", n)
	}
}

// TestH264OutOfBand: parameter sets are in the session description alone, then
// others come in band, with another size.
func TestH264OutOfBand(t *testing.T) {
	f := &format.H264{PayloadTyp: 96, PacketizationMode: 1, SPS: h264SPS640, PPS: h264PPS}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	idr, inter := cat([]byte{0x65}, noise(5000, 1)), cat([]byte{0x41}, noise(100, 2))
	c.write(m, pack(t, e, 1000, idr)...)
	c.write(m, pack(t, e, 10000, inter)...)
	c.write(m, pack(t, e, 19000, h264SPS320, h264PPS, idr)...)
	c.write(m, pack(t, e, 28000, idr)...)
	units := p.take(4, nil)
	check(t, units, []wanted{
		{annexB(h264SPS640, h264PPS, idr), true, 0},
		{annexB(inter), false, 100 * time.Millisecond},
		{annexB(h264SPS320, h264PPS, idr), true, 200 * time.Millisecond},
		{annexB(h264SPS320, h264PPS, idr), true, 300 * time.Millisecond},
	})
	if units[0].Track != units[1].Track || units[1].Track == units[2].Track || units[2].Track != units[3].Track {
		t.Error("the track is not replaced just when the size changes")
	}
	if tr := units[0].Track; tr.Width != 640 || tr.Height != 360 {
		t.Errorf("first track is %+v", tr)
	}
	if tr := units[2].Track; tr.Width != 320 || tr.Height != 180 || tr.ID != units[0].Track.ID {
		t.Errorf("second track is %+v", tr)
	}
	if tracks := p.lastTracks(); len(p.tracks) != 2 || tracks[0] != units[2].Track {
		t.Errorf("told of tracks %d times", len(p.tracks))
	}
}

func TestH265(t *testing.T) {
	for _, place := range []string{"in band", "out of band"} {
		t.Run(place, func(t *testing.T) {
			f := &format.H265{PayloadTyp: 96}
			if place == "out of band" {
				f.VPS, f.SPS, f.PPS = h265VPS, h265SPS640, h265PPS
			}
			m := video(f)
			c := serve(t, false, m)
			p := start(t, Config{URL: c.url})
			<-c.played
			e := must(f.CreateEncoder())(t)
			idr, cra := cat([]byte{19 << 1, 1}, noise(60000, 1)), cat([]byte{21 << 1, 1}, noise(70, 2))
			inter := cat([]byte{1 << 1, 1}, noise(3000, 3))
			aud := []byte{35 << 1, 1, 0x50}
			if place == "in band" {
				c.write(m, pack(t, e, 0, aud, h265VPS, h265SPS640, h265PPS, idr)...)
			} else {
				c.write(m, pack(t, e, 0, idr)...)
			}
			c.write(m, pack(t, e, 9000, inter)...)
			c.write(m, pack(t, e, 18000, cra)...)
			check(t, p.take(3, nil), []wanted{
				{annexB(h265VPS, h265SPS640, h265PPS, idr), true, 0},
				{annexB(inter), false, 100 * time.Millisecond},
				{annexB(h265VPS, h265SPS640, h265PPS, cra), true, 200 * time.Millisecond},
			})
			if tr := p.lastTracks()[0]; tr.Codec != media.H265 || tr.Width != 640 || tr.Height != 360 || tr.FPS != 25 {
				t.Errorf("track is %+v", tr)
			}
		})
	}
}

func TestMJPEG(t *testing.T) {
	f := &format.MJPEG{}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	picture := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
	copy(picture.Y, noise(len(picture.Y), 1))
	var original bytes.Buffer
	if err := jpeg.Encode(&original, picture, nil); err != nil {
		t.Fatal(err)
	}
	want, err := jpeg.Decode(bytes.NewReader(original.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	c.write(m, packOne(t, e.Encode, 5, original.Bytes())...)
	c.write(m, packOne(t, e.Encode, 9005, original.Bytes())...)
	for i, u := range p.take(2, nil) {
		got, err := jpeg.Decode(bytes.NewReader(u.Data))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.(*image.YCbCr).Y, want.(*image.YCbCr).Y) {
			t.Error("another picture")
		}
		if !u.Key || u.RTPTime != time.Duration(i)*100*time.Millisecond {
			t.Errorf("unit %d: %v %v", i, u.Key, u.RTPTime)
		}
	}
	if tr := p.lastTracks()[0]; tr.Codec != media.MJPEG || tr.Width != 640 || tr.Height != 480 {
		t.Errorf("track is %+v", tr)
	}
}

func TestMPEG4(t *testing.T) {
	iVOP := cat([]byte{0, 0, 1, mpeg4VOP, 0x10}, noise(4000, 1))
	pVOP := cat([]byte{0, 0, 1, mpeg4VOP, 0x50}, noise(400, 2))
	gov := []byte{0, 0, 1, mpeg4GOV, 0x10, 0x20, 0x07}
	for name, c := range map[string]struct {
		config []byte
		send   [][]byte
		want   []wanted
	}{
		"out of band": {mpeg4Header, [][]byte{pVOP, iVOP, pVOP, cat(gov, iVOP)}, []wanted{
			{cat(mpeg4Header, iVOP), true, 0},
			{pVOP, false, 100 * time.Millisecond},
			{cat(mpeg4Header, gov, iVOP), true, 200 * time.Millisecond},
		}},
		"in band": {nil, [][]byte{iVOP, cat(mpeg4Header, gov, iVOP), pVOP, iVOP}, []wanted{
			{cat(mpeg4Header, gov, iVOP), true, 0},
			{pVOP, false, 100 * time.Millisecond},
			{cat(mpeg4Header, iVOP), true, 200 * time.Millisecond},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &format.MPEG4Video{PayloadTyp: 96, Config: c.config}
			m := video(f)
			camera := serve(t, false, m)
			p := start(t, Config{URL: camera.url})
			<-camera.played
			e := must(f.CreateEncoder())(t)
			for i, vop := range c.send {
				camera.write(m, packOne(t, e.Encode, uint32(i)*9000, vop)...)
			}
			check(t, p.take(3, nil), c.want)
			if tr := p.lastTracks()[0]; tr.Codec != media.MPEG4 || !bytes.Equal(tr.Extradata, mpeg4Header) {
				t.Errorf("track is %+v", tr)
			}
		})
	}
}

func TestVP8(t *testing.T) {
	f := &format.VP8{PayloadTyp: 96}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	key := cat([]byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}, noise(5000, 1))
	inter := cat([]byte{0x31}, noise(300, 2))
	for i, frame := range [][]byte{inter, key, inter} {
		c.write(m, packOne(t, e.Encode, uint32(i)*9000, frame)...)
	}
	check(t, p.take(2, nil), []wanted{{key, true, 0}, {inter, false, 100 * time.Millisecond}})
	if tr := p.lastTracks()[0]; tr.Codec != media.VP8 || tr.Width != 640 || tr.Height != 360 {
		t.Errorf("track is %+v", tr)
	}
}

func TestVP9(t *testing.T) {
	f := &format.VP9{PayloadTyp: 96}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	// Profile 0, key, shown, sync code, 8 bit, 640x360.
	key := cat([]byte{0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70}, noise(5000, 1))
	inter := cat([]byte{0x86}, noise(300, 2))
	for i, frame := range [][]byte{inter, key, inter} {
		c.write(m, packOne(t, e.Encode, uint32(i)*9000, frame)...)
	}
	check(t, p.take(2, nil), []wanted{{key, true, 0}, {inter, false, 100 * time.Millisecond}})
	if tr := p.lastTracks()[0]; tr.Codec != media.VP9 || tr.Width != 640 || tr.Height != 360 {
		t.Errorf("track is %+v", tr)
	}
}

func TestAV1(t *testing.T) {
	f := &format.AV1{PayloadTyp: 96}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	sequence := cat([]byte{0x08}, av1Sequence[2:])
	key, inter := cat([]byte{obuFrame << 3, 0x10}, noise(5000, 1)), cat([]byte{obuFrame << 3, 0x30}, noise(300, 2))
	sized := func(obu []byte) []byte {
		size := len(obu) - 1
		out := []byte{obu[0] | 2}
		if size >= 128 {
			out = append(out, byte(size)|0x80, byte(size>>7))
		} else {
			out = append(out, byte(size))
		}
		return append(out, obu[1:]...)
	}
	c.write(m, pack(t, e, 0, inter)...)
	c.write(m, pack(t, e, 9000, sequence, key)...)
	c.write(m, pack(t, e, 18000, inter)...)
	c.write(m, pack(t, e, 27000, key)...)
	check(t, p.take(3, nil), []wanted{
		{cat(av1Sequence, sized(key)), true, 0},
		{sized(inter), false, 100 * time.Millisecond},
		{cat(av1Sequence, sized(key)), true, 200 * time.Millisecond},
	})
	if tr := p.lastTracks()[0]; tr.Codec != media.AV1 || tr.Width != 1920 || tr.Height == 0 {
		t.Errorf("track is %+v", tr)
	}
}

// TestAudio: every audio codec beside H.264, from its first key unit on.
func TestAudio(t *testing.T) {
	config := &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: 48000, ChannelCount: 2}
	aac := &format.MPEG4Audio{PayloadTyp: 97, Config: config, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}
	latm := &format.MPEG4AudioLATM{PayloadTyp: 97, StreamMuxConfig: &mpeg4audio.StreamMuxConfig{
		Programs: []*mpeg4audio.StreamMuxConfigProgram{{Layers: []*mpeg4audio.StreamMuxConfigLayer{{
			AudioSpecificConfig: config, LatmBufferFullness: 255,
		}}}},
	}}
	frames := [][]byte{noise(300, 1), noise(200, 2), noise(100, 3)}
	element := mpeg4audio.AudioMuxElement{
		StreamMuxConfig: latm.StreamMuxConfig, Payloads: [][][][]byte{{{frames[0]}}},
	}
	muxed := must(element.Marshal())(t)
	plain := func(payloadType uint8) []*rtp.Packet {
		return []*rtp.Packet{{
			Header:  rtp.Header{Version: 2, Marker: true, PayloadType: payloadType, SSRC: 7, SequenceNumber: 1},
			Payload: frames[0],
		}}
	}
	for name, c := range map[string]struct {
		format  format.Format
		packets []*rtp.Packet
		want    [][]byte
		step    time.Duration
		track   media.Track
	}{
		"PCMU": {
			&format.G711{PayloadTyp: 0, MULaw: true, SampleRate: 8000, ChannelCount: 1}, plain(0), frames[:1], 0,
			media.Track{ID: 1, Codec: media.PCMU, ClockRate: 8000, SampleRate: 8000, Channels: 1},
		},
		"PCMA": {
			&format.G711{PayloadTyp: 97, SampleRate: 16000, ChannelCount: 2}, plain(97), frames[:1], 0,
			media.Track{ID: 1, Codec: media.PCMA, ClockRate: 16000, SampleRate: 16000, Channels: 2},
		},
		"Opus": {
			&format.Opus{PayloadTyp: 97, ChannelCount: 2}, plain(97), frames[:1], 0,
			media.Track{ID: 1, Codec: media.Opus, ClockRate: 48000, SampleRate: 48000, Channels: 2},
		},
		"AAC": {
			aac, pack(t, must(aac.CreateEncoder())(t), 0, frames...), frames, 1024 * time.Second / 48000,
			media.Track{ID: 1, Codec: media.AAC, ClockRate: 48000, SampleRate: 48000, Channels: 2},
		},
		"LATM": {
			latm, packOne(t, must(latm.CreateEncoder())(t).Encode, 0, muxed), frames[:1], 0,
			media.Track{ID: 1, Codec: media.AAC, ClockRate: 48000, SampleRate: 48000, Channels: 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &format.H264{PayloadTyp: 96, PacketizationMode: 1, SPS: h264SPS640, PPS: h264PPS}
			mv, ma := video(h), audio(c.format)
			camera := serve(t, false, mv, ma)
			p := start(t, Config{URL: camera.url})
			<-camera.played
			e := must(h.CreateEncoder())(t)
			camera.write(ma, plainAs(c.packets[0], 65535)...) // before the first key unit: dropped
			camera.write(mv, pack(t, e, 0, []byte{0x65, 1})...)
			p.take(1, isVideo)
			camera.write(ma, c.packets...)
			units := p.take(len(c.want), nil)
			for i, u := range units {
				if !bytes.Equal(u.Data, c.want[i]) || u.Key || u.Seq != 0 {
					t.Errorf("unit %d: %d bytes, %+v", i, len(u.Data), u)
				}
				if i > 0 && u.RTPTime-units[i-1].RTPTime-c.step > time.Nanosecond {
					t.Errorf("unit %d: step is %v", i, u.RTPTime-units[i-1].RTPTime)
				}
			}
			got := *p.lastTracks()[1]
			if (c.track.Codec == media.AAC) != bytes.Equal(got.Extradata, unhex("1190")) {
				t.Errorf("extradata is %x", got.Extradata)
			}
			got.Extradata = nil
			if !reflect.DeepEqual(got, c.track) {
				t.Errorf("track is %+v", got)
			}
		})
	}
}

// plainAs returns a copy of a packet with another number.
func plainAs(p *rtp.Packet, number uint16) []*rtp.Packet {
	q := *p
	q.SequenceNumber = number
	return []*rtp.Packet{&q}
}
