// The C half of package codec: whatever reads or writes pictures and packets in
// place. Everything here is called from one goroutine at a time for one object;
// nothing calls back into Go.
#ifndef CAMWALL_CODEC_SHIM_H
#define CAMWALL_CODEC_SHIM_H

#include <stddef.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>

#if LIBAVCODEC_VERSION_MAJOR != 61
#error "camwall needs FFmpeg 7.1 (libavcodec 61)"
#endif

// What decoding and receiving return besides a negative AVERROR.
enum { CW_FRAME = 0, CW_NONE = 1 };

// Error codes of our own, apart from FFmpeg's.
enum { CW_ERR_TOO_LARGE = -1, CW_ERR_NOT_YUV = -2, CW_ERR_JPEG = -3, CW_ERR_MEMORY = -4, CW_ERR_SCALE = -5 };

// cw_decode copies one access unit into a padded packet, sends it and takes the
// first frame that is ready. pts comes back as the frame's pts.
int cw_decode(AVCodecContext *avctx, AVPacket *packet, const uint8_t *data, int size, int64_t pts, int key, AVFrame *frame);

// cw_receive takes a further frame of what was sent.
int cw_receive(AVCodecContext *avctx, AVFrame *frame);

// cw_drain says that no more units come; cw_receive then gives what is left.
void cw_drain(AVCodecContext *avctx);

// cw_restart forgets all pictures; reorder becomes the number of frames that the
// decoder holds back until a parameter set says otherwise, unless it is negative.
void cw_restart(AVCodecContext *avctx, int reorder);

// cw_checksum mixes the visible pixels of all planes into 64 bits.
uint64_t cw_checksum(const AVFrame *frame);

// cw_jpeg_reader decodes JPEG files into frames with buffers from a pool.
typedef struct cw_jpeg_reader cw_jpeg_reader;
cw_jpeg_reader *cw_jpeg_reader_new(void);
void cw_jpeg_reader_free(cw_jpeg_reader *r);

// cw_jpeg_read returns CW_FRAME or one of CW_ERR. A damaged file that still
// gives a picture sets the frame's decode_error_flags.
int cw_jpeg_read(cw_jpeg_reader *r, const uint8_t *data, size_t size, int64_t max_pixels, int64_t pts, AVFrame *frame);

// cw_plan says which part of a source goes where in a picture of out_w x out_h;
// what it leaves is black.
typedef struct cw_plan {
	int src_x, src_y, src_w, src_h;
	int dst_x, dst_y, dst_w, dst_h;
	int out_w, out_h;
	int rotation; // clockwise, in degrees: 0, 90, 180 or 270; after all else
} cw_plan;

// cw_scaler makes full-range 4:2:0 pictures of one size from frames of one size
// and format, and JPEG files from those.
typedef struct cw_scaler cw_scaler;
cw_scaler *cw_scaler_new(void);
void cw_scaler_free(cw_scaler *s);

// cw_scaler_setup prepares for frames like this one. Returns 0 or one of CW_ERR.
int cw_scaler_setup(cw_scaler *s, const AVFrame *frame, const cw_plan *plan);

// cw_scale draws a frame like the one of cw_scaler_setup. Returns 0 or CW_ERR_SCALE.
int cw_scale(cw_scaler *s, const AVFrame *frame);

// cw_scaler_copy copies the picture that cw_scale drew into tight planes.
void cw_scaler_copy(const cw_scaler *s, uint8_t *y, uint8_t *u, uint8_t *v);

// cw_scaler_jpeg writes the picture that cw_scale drew as JPEG; dst has at least
// cw_jpeg_bound bytes. Returns the number of bytes or CW_ERR_JPEG.
int64_t cw_scaler_jpeg(const cw_scaler *s, int quality, uint8_t *dst, size_t capacity);

// cw_jpeg_bound returns how many bytes a 4:2:0 JPEG can take at most.
size_t cw_jpeg_bound(int width, int height);

// cw_jpeg_write encodes planes as they are; shift_w and shift_h are the chroma
// subsampling's powers of two. Returns the number of bytes or one of CW_ERR.
int64_t cw_jpeg_write(const uint8_t *y, int y_stride, const uint8_t *u, const uint8_t *v, int c_stride, int width, int height,
	int shift_w, int shift_h, int quality, uint8_t *dst, size_t capacity);

#endif
