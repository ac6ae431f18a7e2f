#include "shim.h"

#include <string.h>

#include <libavutil/buffer.h>
#include <libavutil/macros.h>
#include <libavutil/mem.h>
#include <turbojpeg.h>

struct cw_jpeg_reader {
	tjhandle tj;
	AVBufferPool *pool;
	size_t pool_size;
};

cw_jpeg_reader *cw_jpeg_reader_new(void) {
	cw_jpeg_reader *r = av_mallocz(sizeof *r);
	if (!r)
		return NULL;
	r->tj = tjInitDecompress();
	if (!r->tj)
		av_freep(&r);
	return r;
}

void cw_jpeg_reader_free(cw_jpeg_reader *r) {
	if (!r)
		return;
	tjDestroy(r->tj);
	// Frames that are still held keep the pool until the last is freed.
	av_buffer_pool_uninit(&r->pool);
	av_free(r);
}

static enum AVPixelFormat format_of(int subsampling) {
	switch (subsampling) {
	case TJSAMP_420: return AV_PIX_FMT_YUVJ420P;
	case TJSAMP_422: return AV_PIX_FMT_YUVJ422P;
	case TJSAMP_444: return AV_PIX_FMT_YUVJ444P;
	case TJSAMP_440: return AV_PIX_FMT_YUVJ440P;
	case TJSAMP_411: return AV_PIX_FMT_YUVJ411P;
	case TJSAMP_GRAY: return AV_PIX_FMT_GRAY8;
	default: return AV_PIX_FMT_NONE;
	}
}

// frame_buffer gives the frame planes that hold whole MCUs, rows aligned for SIMD.
static int frame_buffer(cw_jpeg_reader *r, AVFrame *frame, int width, int height, int subsampling) {
	int planes = subsampling == TJSAMP_GRAY ? 1 : 3;
	size_t offset[3] = {0}, total = 0;
	for (int i = 0; i < planes; i++) {
		frame->linesize[i] = FFALIGN(tjPlaneWidth(i, width, subsampling), 64);
		offset[i] = total;
		total += (size_t)frame->linesize[i] * tjPlaneHeight(i, height, subsampling);
	}
	total += 64;
	if (total != r->pool_size) {
		av_buffer_pool_uninit(&r->pool);
		r->pool = av_buffer_pool_init(total, NULL);
		r->pool_size = r->pool ? total : 0;
	}
	frame->buf[0] = r->pool ? av_buffer_pool_get(r->pool) : NULL;
	if (!frame->buf[0])
		return CW_ERR_MEMORY;
	for (int i = 0; i < planes; i++)
		frame->data[i] = frame->buf[0]->data + offset[i];
	return 0;
}

// refused makes the decompressor anew: TurboJPEG leaves it in the middle of a
// header that it could not read, and the next file would fail as well.
static int refused(cw_jpeg_reader *r) {
	tjhandle fresh = tjInitDecompress();
	if (!fresh)
		return CW_ERR_MEMORY;
	tjDestroy(r->tj);
	r->tj = fresh;
	return CW_ERR_JPEG;
}

int cw_jpeg_read(cw_jpeg_reader *r, const uint8_t *data, size_t size, int64_t max_pixels, int64_t pts, AVFrame *frame) {
	int width, height, subsampling, colorspace;
	if (tjDecompressHeader3(r->tj, data, size, &width, &height, &subsampling, &colorspace) < 0)
		return refused(r);
	if ((int64_t)width * height > max_pixels)
		return CW_ERR_TOO_LARGE;
	enum AVPixelFormat format = format_of(subsampling);
	if (format == AV_PIX_FMT_NONE || (colorspace != TJCS_YCbCr && colorspace != TJCS_GRAY))
		return CW_ERR_NOT_YUV;
	int ret = frame_buffer(r, frame, width, height, subsampling);
	if (ret < 0)
		return ret;
	// A progressive file may hold any number of scans; the limit is 500.
	if (tjDecompressToYUVPlanes(r->tj, data, size, frame->data, width, frame->linesize, height, TJFLAG_LIMITSCANS) < 0) {
		if (tjGetErrorCode(r->tj) != TJERR_WARNING) {
			av_frame_unref(frame);
			return refused(r);
		}
		frame->decode_error_flags = FF_DECODE_ERROR_INVALID_BITSTREAM;
	}
	frame->width = width;
	frame->height = height;
	frame->format = format;
	frame->color_range = AVCOL_RANGE_JPEG;
	frame->flags |= AV_FRAME_FLAG_KEY;
	frame->pts = pts;
	return CW_FRAME;
}

size_t cw_jpeg_bound(int width, int height) { return tjBufSize(width, height, TJSAMP_420); }

static int subsampling_of(int shift_w, int shift_h) {
	switch (shift_w * 4 + shift_h) {
	case 0: return TJSAMP_444;
	case 1: return TJSAMP_440;
	case 4: return TJSAMP_422;
	case 5: return TJSAMP_420;
	case 8: return TJSAMP_411;
	default: return -1;
	}
}

// padded copies a plane and repeats its last column and row up to a larger size.
static void padded(uint8_t *dst, int dst_w, int dst_h, const uint8_t *src, int stride, int w, int h) {
	for (int y = 0; y < dst_h; y++, dst += dst_w) {
		const uint8_t *row = src + (ptrdiff_t)(y < h ? y : h - 1) * stride;
		memcpy(dst, row, w);
		memset(dst + w, row[w - 1], dst_w - w);
	}
}

int64_t cw_jpeg_write(const uint8_t *y, int y_stride, const uint8_t *u, const uint8_t *v, int c_stride, int width, int height,
	int shift_w, int shift_h, int quality, uint8_t *dst, size_t capacity) {
	int subsampling = subsampling_of(shift_w, shift_h);
	if (subsampling < 0)
		return CW_ERR_NOT_YUV;
	const uint8_t *planes[3] = {y, u, v};
	int strides[3] = {y_stride, c_stride, c_stride};
	// The encoder reads luma up to the next multiple of the subsampling.
	int full_w = FFALIGN(width, 1 << shift_w), full_h = FFALIGN(height, 1 << shift_h);
	uint8_t *copy = NULL;
	if (full_w != width || full_h != height) {
		copy = av_malloc((size_t)full_w * full_h);
		if (!copy)
			return CW_ERR_MEMORY;
		padded(copy, full_w, full_h, y, y_stride, width, height);
		planes[0] = copy;
		strides[0] = full_w;
	}
	int64_t ret = CW_ERR_JPEG;
	unsigned long size = capacity;
	tjhandle tj = tjInitCompress();
	if (tj && !tjCompressFromYUVPlanes(tj, planes, width, strides, height, subsampling, &dst, &size, quality, TJFLAG_NOREALLOC))
		ret = (int64_t)size;
	if (tj)
		tjDestroy(tj);
	av_free(copy);
	return ret;
}
