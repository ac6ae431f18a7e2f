package codec

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"log/slog"

	"camwall/internal/fault"
	"camwall/internal/media"

	"github.com/asticode/go-astiav"
)

// defaultMaxPixels is 8K, 8192x4320: the largest picture that a camera of today
// sends. Without a limit a forged header makes FFmpeg take gigabytes.
const defaultMaxPixels = 35_389_440

// ErrNeedKey is returned for a unit that comes before the first key unit.
var ErrNeedKey = errors.New("decoding can't start here: wait for a key unit")

// DecoderConfig says what to decode.
type DecoderConfig struct {
	// Track is the video track; needed.
	Track *media.Track

	// MaxPixels is the largest coded picture, width times height; 0 is
	// 35,389,440 (8192x4320). A larger one is an error of its unit.
	MaxPixels int

	// Log gets one line when the decoder is opened; nil is silent.
	Log *slog.Logger
}

// backend decodes units of one codec. Results are CW_FRAME, CW_NONE or an error.
type backend interface {
	// decode feeds one unit and takes the first frame that is ready into f.
	decode(data []byte, token int64, key bool, f *Frame) (ready bool, err error)
	// receive takes a further frame.
	receive(f *Frame) (ready bool, err error)
	// drain says that no unit follows: receive gives the frames held back.
	drain()
	// restart forgets everything but parameter sets; reorder is how many frames
	// are held back from now on, or negative for as many as before.
	restart(reorder int)
	close()
}

// stamps is how many units may lie between a unit and its frame. H.264 and
// H.265 reorder by 16 at most.
const stamps = 64

// Decoder decodes the units of one track, on the goroutine that calls it and
// with no thread of its own; all its methods are for one goroutine at a time.
// It holds C memory (11 to 75 MB): Close it.
type Decoder struct {
	track   media.Codec
	backend backend
	shelf   *shelf
	next    *Frame        // empty, for the next picture
	claim   *reorderClaim // of H.264, else nil

	token   int64
	last    stamp
	stamps  [stamps]stamp
	needKey bool
	broken  bool // since the last key unit something was lost
}

// NewDecoder returns a decoder for cfg.Track, or a fault.UnknownCodec when the
// track's codec is none that can be decoded. Any other error is an internal one
// (FFmpeg of another version, no memory).
func NewDecoder(cfg DecoderConfig) (*Decoder, error) {
	if err := checkVersion(); err != nil {
		return nil, err
	}
	maxPixels := cfg.MaxPixels
	if maxPixels <= 0 {
		maxPixels = defaultMaxPixels
	}
	// FFmpeg would write to standard error. Its callback stays as it is: the one
	// of go-astiav overflows on long lines.
	astiav.SetLogLevel(astiav.LogLevelQuiet)
	var b backend
	var err error
	if cfg.Track.Codec == media.MJPEG {
		b, err = newJPEGBackend(maxPixels)
	} else {
		b, err = newFFmpegBackend(cfg.Track, maxPixels)
	}
	if err != nil {
		return nil, err
	}
	if cfg.Log != nil {
		cfg.Log.Debug("decoder opened", "codec", cfg.Track.Codec.String(), "ffmpeg", Version())
	}
	d := &Decoder{track: cfg.Track.Codec, backend: b, shelf: &shelf{}, needKey: true}
	if d.track == media.H264 {
		d.claim = &reorderClaim{}
	}
	return d, nil
}

// unknownCodec is the error for people about a codec that can't be decoded.
func unknownCodec(c media.Codec) error {
	return fault.New(fault.UnknownCodec, fmt.Sprintf("The camera sends %s, which can't be shown.", c),
		"Choose H.264, H.265 or MJPEG in the camera's video settings.")
}

// Decode feeds one access unit and calls out for each frame that is ready, in
// presentation order, before it returns. The frame is out's to Release (or to
// Ref and Release). au.Data is read only during the call.
//
// An error says that the unit could not be decoded; the decoder stays usable
// and the next units may succeed. It is ErrNeedKey for a unit before the first
// key unit (H.264 is left to FFmpeg, which also starts at recovery points).
func (d *Decoder) Decode(au *media.AccessUnit, out func(*Frame)) error {
	if d.backend == nil {
		return fmt.Errorf("decode unit: %w", errClosed)
	}
	if au.Track != nil && au.Track.Codec != d.track {
		return fmt.Errorf("decode %s unit: decoder is for %s", au.Track.Codec, d.track)
	}
	if len(au.Data) == 0 {
		d.broken = true
		return fmt.Errorf("decode %s unit: empty: %w", d.track, ErrDamaged)
	}
	if d.needKey && !au.Key && d.track != media.H264 {
		return ErrNeedKey
	}
	d.needKey = false
	if au.Key {
		d.broken = false
	}
	if au.Lost > 0 {
		d.broken = true
	}
	if err := d.run(au, out); err != nil {
		d.broken = true
		return fmt.Errorf("decode %s unit %d: %w", d.track, au.Seq, err)
	}
	return nil
}

// run feeds the unit and hands out every frame that is ready.
func (d *Decoder) run(au *media.AccessUnit, out func(*Frame)) error {
	data := au.Data
	if d.claim != nil {
		if data = d.claim.rewrite(data, au.Key); d.claim.started {
			d.empty(out, 0)
		}
	}
	if err := d.prepare(); err != nil {
		return err
	}
	d.token++
	d.last = stamp{
		token: d.token, seq: au.Seq, arrived: au.Arrived, rtpTime: au.RTPTime,
		cameraTime: au.CameraTime, damaged: d.broken,
	}
	d.stamps[d.token%stamps] = d.last
	ready, err := d.backend.decode(data, d.token, au.Key, d.next)
	return d.handOut(ready, err, out)
}

// handOut passes frames on until none is ready.
func (d *Decoder) handOut(ready bool, err error, out func(*Frame)) error {
	for ; err == nil && ready; ready, err = d.backend.receive(d.next) {
		f := d.next
		d.next = nil
		f.fill(d.stampOf(int64(f.c.pts)))
		f.refs.Store(1)
		out(f)
		if err := d.prepare(); err != nil {
			return err
		}
	}
	return err
}

// prepare makes sure that there is an empty frame.
func (d *Decoder) prepare() (err error) {
	if d.next == nil {
		d.next, err = d.shelf.take()
	}
	return err
}

// stampOf returns the stamp of the unit that carried the token; that of the
// newest unit when the decoder lost it.
func (d *Decoder) stampOf(token int64) stamp {
	if token > 0 {
		if s := d.stamps[token%stamps]; s.token == token {
			return s
		}
	}
	return d.last
}

// Flush hands out the frames that are held back for reordering; then the
// decoder needs a key unit again. Parameter sets are kept.
func (d *Decoder) Flush(out func(*Frame)) {
	if d.backend == nil {
		return
	}
	d.empty(out, -1)
	d.needKey = true
	d.broken = false
}

// empty hands out what is held back and restarts the backend.
func (d *Decoder) empty(out func(*Frame), reorder int) {
	d.backend.drain()
	if d.prepare() == nil {
		ready, err := d.backend.receive(d.next)
		// What can't be decoded at the end is missing; there is nobody to tell.
		_ = d.handOut(ready, err, out)
	}
	d.backend.restart(reorder)
}

// Close frees the decoder's memory. Frames that were handed out stay valid
// until their last Release. A second Close does nothing.
func (d *Decoder) Close() {
	if d.backend == nil {
		return
	}
	d.backend.close()
	d.backend = nil
	if d.next != nil {
		d.next.av.Free()
		d.next = nil
	}
	d.shelf.close()
}
