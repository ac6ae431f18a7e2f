package codec

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"unsafe"

	"camwall/internal/media"

	"github.com/asticode/go-astiav"
)

// softwareDecoders names FFmpeg's decoder by codec. AV1 is dav1d's: FFmpeg's
// own only drives hardware.
var softwareDecoders = map[media.Codec]string{
	media.H264:  "h264",
	media.H265:  "hevc",
	media.MPEG4: "mpeg4",
	media.VP8:   "vp8",
	media.VP9:   "vp9",
	media.AV1:   "libdav1d",
}

// ffmpegBackend decodes with libavcodec, in the calling thread.
type ffmpegBackend struct {
	track     *media.Track
	maxPixels int

	context *astiav.CodecContext
	avctx   *C.AVCodecContext // what context holds, for the C half
	packet  *C.AVPacket       // empty between calls
}

func newFFmpegBackend(track *media.Track, maxPixels int) (*ffmpegBackend, error) {
	b := &ffmpegBackend{track: track, maxPixels: maxPixels}
	if b.packet = C.av_packet_alloc(); b.packet == nil {
		return nil, shimError(C.CW_ERR_MEMORY)
	}
	if err := b.open(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// open makes the context.
func (b *ffmpegBackend) open() error {
	name, known := softwareDecoders[b.track.Codec]
	if !known {
		return unknownCodec(b.track.Codec)
	}
	codec := astiav.FindDecoderByName(name)
	if codec == nil {
		return unknownCodec(b.track.Codec)
	}
	if b.context = astiav.AllocCodecContext(codec); b.context == nil {
		return shimError(C.CW_ERR_MEMORY)
	}
	if err := b.configure(codec); err != nil {
		return fmt.Errorf("open decoder %s: %w", name, err)
	}
	b.avctx = (*C.AVCodecContext)(b.context.UnsafePointer())
	return nil
}

// configure sets the options and opens the context. One thread: frame threads
// hold back one frame each, and many streams fill the cores anyway.
func (b *ffmpegBackend) configure(codec *astiav.Codec) error {
	flags := "+unaligned" // so that cropping at the left is exact
	if b.track.Codec != media.MPEG4 {
		// MPEG-4 would give frames in coded order, also with B-VOPs.
		flags += "+low_delay"
	}
	options := astiav.NewDictionary()
	defer options.Free()
	for key, value := range map[string]string{
		"threads":    "1",
		"flags":      flags,
		"max_pixels": strconv.Itoa(b.maxPixels),
	} {
		if err := options.Set(key, value, 0); err != nil {
			return fmt.Errorf("set %s: %w", key, err)
		}
	}
	if err := b.context.SetExtraData(b.track.Extradata); err != nil {
		return fmt.Errorf("set headers: %w", err)
	}
	if err := b.context.Open(codec, options); err != nil {
		return err
	}
	// avcodec_open2 leaves what it does not know.
	if left := options.Get("", nil, astiav.NewDictionaryFlags(astiav.DictionaryFlagIgnoreSuffix)); left != nil {
		return fmt.Errorf("unknown option %s", left.Key())
	}
	return nil
}

func (b *ffmpegBackend) decode(data []byte, token int64, key bool, f *Frame) (bool, error) {
	if len(data) > math.MaxInt32-C.AV_INPUT_BUFFER_PADDING_SIZE {
		return false, fmt.Errorf("%d bytes: %w", len(data), ErrDamaged)
	}
	if b.avctx == nil {
		if err := b.open(); err != nil {
			return false, err
		}
	}
	var isKey C.int
	if key {
		isKey = 1
	}
	ret := C.cw_decode(b.avctx, b.packet, (*C.uint8_t)(unsafe.SliceData(data)), C.int(len(data)), C.int64_t(token), isKey, f.c)
	ready, err := result(ret)
	if err != nil {
		b.shrink()
	}
	return ready, err
}

// shrink gives back what FFmpeg took for a picture that was then refused: the
// H.264 decoder makes its tables, 95 MB for 16000x16000, before the frame. The
// next unit opens the context anew.
func (b *ffmpegBackend) shrink() {
	if int64(b.avctx.width)*int64(b.avctx.height) > int64(b.maxPixels) {
		b.context.Free()
		b.context, b.avctx = nil, nil
	}
}

func (b *ffmpegBackend) receive(f *Frame) (bool, error) {
	if b.avctx == nil {
		return false, nil
	}
	return result(C.cw_receive(b.avctx, f.c))
}

func (b *ffmpegBackend) drain() {
	if b.avctx != nil {
		C.cw_drain(b.avctx)
	}
}

func (b *ffmpegBackend) restart(reorder int) {
	if b.avctx != nil {
		C.cw_restart(b.avctx, C.int(reorder))
	}
}

func (b *ffmpegBackend) close() {
	C.av_packet_free(&b.packet)
	if b.context != nil {
		b.context.Free()
	}
}

// result translates what the C half returns for FFmpeg.
func result(ret C.int) (ready bool, err error) {
	switch {
	case ret == C.CW_FRAME:
		return true, nil
	case ret == C.CW_NONE:
		return false, nil
	default:
		return false, errors.Join(astiav.Error(ret), ErrDamaged)
	}
}
