package simcam

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
)

//go:embed clips/clips.json clips/*.h264 clips/*.h265 clips/tone.aac
var clipFiles embed.FS

// ErrNoClip is returned for the name of a clip that does not exist.
var ErrNoClip = errors.New("no such clip")

// Names of the codecs that simulated streams have.
const (
	CodecH264  = "H264"
	CodecH265  = "H265"
	CodecMJPEG = "MJPEG"
)

// clip is a loop of coded pictures. It is immutable and shared by all streams
// that play it.
type clip struct {
	clipRow
	units         []accessUnit
	vps, sps, pps []byte
}

// clipRow is one clip in clips.json.
type clipRow struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Codec  string `json:"codec"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	FPS    int    `json:"fps"`
	Frames int    `json:"frames"`
	SAR    string `json:"sar"`
	Order  []int  `json:"order"`
	Still  bool   `json:"still"` // the number in the frame mark stays 0
}

// accessUnit is one coded picture, in the order of decoding.
type accessUnit struct {
	nalus [][]byte // at least 1, without start codes and access unit delimiters
	key   bool
	place int  // of the picture in the loop, in the order of showing
	clean bool // all pictures shown before it are also decoded before it
}

// ClipNames returns the names of all committed clips.
func ClipNames() ([]string, error) {
	rows, err := readClipTable()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.Name
	}
	return names, nil
}

func readClipTable() ([]clipRow, error) {
	table, err := clipFiles.ReadFile("clips/clips.json")
	if err != nil {
		return nil, fmt.Errorf("read table of clips: %w", err)
	}
	var rows []clipRow
	if err := json.Unmarshal(table, &rows); err != nil {
		return nil, fmt.Errorf("read table of clips: %w", err)
	}
	return rows, nil
}

// loadClip reads a committed clip.
func loadClip(name string) (*clip, error) {
	rows, err := readClipTable()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(rows, func(row clipRow) bool { return row.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("load clip %q: %w", name, ErrNoClip)
	}
	raw, err := clipFiles.ReadFile("clips/" + rows[at].File)
	if err != nil {
		return nil, fmt.Errorf("load clip %q: %w", name, err)
	}
	c, err := parseClip(rows[at], raw)
	if err != nil {
		return nil, fmt.Errorf("load clip %q: %w", name, err)
	}
	return c, nil
}

// parseClip splits an Annex-B file into access units. The delimiters that the
// encoder wrote mark the borders; they are not kept.
func parseClip(row clipRow, raw []byte) (*clip, error) {
	var stream h264.AnnexB // the byte stream format of H.265 is the same
	if err := stream.Unmarshal(raw); err != nil {
		return nil, fmt.Errorf("split byte stream: %w", err)
	}
	c := &clip{clipRow: row}
	for _, nalu := range stream {
		kind := kindOf(row.Codec, nalu)
		if kind == naluDelimiter {
			c.units = append(c.units, accessUnit{})
			continue
		}
		if len(c.units) == 0 {
			return nil, errors.New("no delimiter at the start")
		}
		c.take(&c.units[len(c.units)-1], kind, nalu)
	}
	if len(c.units) != row.Frames || row.Order != nil && len(row.Order) != row.Frames {
		return nil, fmt.Errorf("%d pictures, want %d", len(c.units), row.Frames)
	}
	if !c.units[0].key || c.sps == nil || c.pps == nil {
		return nil, errors.New("does not start with a key frame")
	}
	c.placeUnits()
	return c, nil
}

func (c *clip) take(unit *accessUnit, kind naluKind, nalu []byte) {
	unit.nalus = append(unit.nalus, nalu)
	switch kind {
	case naluVPS:
		c.vps = nalu
	case naluSPS:
		c.sps = nalu
	case naluPPS:
		c.pps = nalu
	case naluKey:
		unit.key = true
	}
}

func (c *clip) placeUnits() {
	latest := -1
	for i := range c.units {
		c.units[i].place = i
		if c.Order != nil {
			c.units[i].place = c.Order[i]
		}
		latest = max(latest, c.units[i].place)
		c.units[i].clean = latest == i
	}
}

// lead is how many pictures sending runs behind showing at most: a picture is
// sent no earlier than it was taken. 0 without B-frames.
func (c *clip) lead() int {
	most := 0
	for i, unit := range c.units {
		most = max(most, unit.place-i)
	}
	return most
}

// gop is how many pictures there are from the first key frame to the second.
func (c *clip) gop() int {
	for i := 1; i < len(c.units); i++ {
		if c.units[i].key {
			return i
		}
	}
	return len(c.units)
}

// kbps is the rate of the whole loop, without what RTP adds.
func (c *clip) kbps() int {
	bits := 0
	for _, unit := range c.units {
		for _, nalu := range unit.nalus {
			bits += 8 * len(nalu)
		}
	}
	return bits * c.FPS / len(c.units) / 1000
}

type naluKind int

const (
	naluOther naluKind = iota
	naluDelimiter
	naluVPS
	naluSPS
	naluPPS
	naluKey
)

// kindOf reads the header of a NAL unit: RFC 6184 section 1.3, RFC 7798
// section 1.1.4.
func kindOf(codec string, nalu []byte) naluKind {
	if codec == CodecH265 {
		switch h265.NALUType(nalu[0] >> 1 & 0x3f) {
		case h265.NALUType_AUD_NUT:
			return naluDelimiter
		case h265.NALUType_VPS_NUT:
			return naluVPS
		case h265.NALUType_SPS_NUT:
			return naluSPS
		case h265.NALUType_PPS_NUT:
			return naluPPS
		case h265.NALUType_IDR_W_RADL, h265.NALUType_IDR_N_LP, h265.NALUType_CRA_NUT:
			return naluKey
		}
		return naluOther
	}
	switch h264.NALUType(nalu[0] & 0x1f) {
	case h264.NALUTypeAccessUnitDelimiter:
		return naluDelimiter
	case h264.NALUTypeSPS:
		return naluSPS
	case h264.NALUTypePPS:
		return naluPPS
	case h264.NALUTypeIDR:
		return naluKey
	}
	return naluOther
}
