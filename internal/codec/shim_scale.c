#include "shim.h"

#include <string.h>

#include <libavutil/imgutils.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <turbojpeg.h>

// picture is a 4:2:0 picture with whole 2x2 blocks.
typedef struct picture {
	uint8_t *data[3];
	int stride[3];
	int width, height;
	uint8_t *memory;
} picture;

enum mode {
	MODE_DIRECT, // the frame's planes are the picture
	MODE_RANGE,  // only the range of values differs
	MODE_SCALE,
};

// GREY_STRIDE is how far the rows of the neutral plane are apart: they overlap,
// for they are all the same, but swscale refuses 0.
enum { GREY_STRIDE = 16 };

struct cw_scaler {
	enum mode mode;
	cw_plan plan;
	struct SwsContext *sws;
	picture out;          // what is encoded, unless the mode is MODE_DIRECT
	picture part;         // the scaled picture when it does not fill out
	picture turned;       // the picture turned by plan.rotation
	const uint8_t *shown[3]; // the planes that cw_scale drew
	int shown_stride[3];
	uint8_t luma[256], chroma[256]; // limited to full range
	uint8_t *grey;                  // neutral chroma
	tjhandle tj;
};

static void picture_free(picture *p) {
	av_freep(&p->memory);
	memset(p, 0, sizeof *p);
}

static int picture_alloc(picture *p, int width, int height) {
	if (p->memory && p->width == width && p->height == height)
		return 0;
	picture_free(p);
	// 64 bytes more a row: swscale writes whole vectors.
	int luma = FFALIGN(width, 64) + 64, chroma = FFALIGN((width + 1) / 2, 64) + 64;
	int rows = (height + 1) / 2;
	p->memory = av_malloc((size_t)luma * rows * 2 + (size_t)chroma * rows * 2 + 64);
	if (!p->memory)
		return CW_ERR_MEMORY;
	p->data[0] = p->memory;
	p->data[1] = p->data[0] + (size_t)luma * rows * 2;
	p->data[2] = p->data[1] + (size_t)chroma * rows;
	p->stride[0] = luma;
	p->stride[1] = p->stride[2] = chroma;
	p->width = width;
	p->height = height;
	return 0;
}

static void picture_black(picture *p) {
	memset(p->data[0], 0, p->data[1] - p->data[0]);
	memset(p->data[1], 128, (size_t)p->stride[1] * ((p->height + 1) / 2) * 2);
}

// picture_pad repeats the last luma column and row of odd sizes: the encoder
// reads whole 2x2 blocks.
static void picture_pad(picture *p) {
	if (p->width & 1)
		for (int y = 0; y < p->height; y++) {
			uint8_t *end = p->data[0] + (ptrdiff_t)y * p->stride[0] + p->width;
			end[0] = end[-1];
		}
	if (p->height & 1) {
		uint8_t *last = p->data[0] + (ptrdiff_t)(p->height - 1) * p->stride[0];
		memcpy(last + p->stride[0], last, p->width + (p->width & 1));
	}
}

cw_scaler *cw_scaler_new(void) {
	cw_scaler *s = av_mallocz(sizeof *s);
	if (!s)
		return NULL;
	s->tj = tjInitCompress();
	if (!s->tj) {
		av_freep(&s);
		return NULL;
	}
	// ITU-R BT.709 section 4.6: luma 16..235, chroma 16..240 around 128.
	for (int i = 0; i < 256; i++) {
		s->luma[i] = av_clip_uint8(((i - 16) * 255 * 2 + 219) / (219 * 2));
		int c = (i - 128) * 255;
		s->chroma[i] = av_clip_uint8(128 + (c + (c < 0 ? -112 : 112)) / 224);
	}
	return s;
}

void cw_scaler_free(cw_scaler *s) {
	if (!s)
		return;
	sws_freeContext(s->sws);
	picture_free(&s->out);
	picture_free(&s->part);
	picture_free(&s->turned);
	av_free(s->grey);
	tjDestroy(s->tj);
	av_free(s);
}

static int is_full_range(const AVFrame *f) {
	switch (f->format) {
	case AV_PIX_FMT_YUVJ420P:
	case AV_PIX_FMT_YUVJ422P:
	case AV_PIX_FMT_YUVJ444P:
	case AV_PIX_FMT_YUVJ440P:
	case AV_PIX_FMT_YUVJ411P: return 1;
	default: return f->color_range == AVCOL_RANGE_JPEG;
	}
}

// source_format is what swscale is told. It takes every grey picture for full
// range, so that one becomes 4:2:0 with neutral chroma.
static enum AVPixelFormat source_format(const AVFrame *f) {
	if (f->format == AV_PIX_FMT_GRAY8)
		return is_full_range(f) ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
	return f->format;
}

static int make_sws(cw_scaler *s, const AVFrame *f) {
	const cw_plan *p = &s->plan;
	av_freep(&s->grey);
	if (f->format == AV_PIX_FMT_GRAY8) {
		size_t size = (size_t)f->height * GREY_STRIDE + f->width + 64;
		s->grey = av_malloc(size);
		if (!s->grey)
			return CW_ERR_MEMORY;
		memset(s->grey, 128, size);
	}
	int down = p->dst_w <= p->src_w && p->dst_h <= p->src_h;
	s->sws = sws_alloc_context();
	if (!s->sws)
		return CW_ERR_MEMORY;
	av_opt_set_int(s->sws, "srcw", p->src_w, 0);
	av_opt_set_int(s->sws, "srch", p->src_h, 0);
	av_opt_set_int(s->sws, "src_format", source_format(f), 0);
	av_opt_set_int(s->sws, "src_range", is_full_range(f), 0);
	av_opt_set_int(s->sws, "dstw", p->dst_w, 0);
	av_opt_set_int(s->sws, "dsth", p->dst_h, 0);
	av_opt_set_int(s->sws, "dst_format", AV_PIX_FMT_YUVJ420P, 0);
	av_opt_set_int(s->sws, "dst_range", 1, 0);
	av_opt_set_int(s->sws, "sws_flags", down ? SWS_AREA : SWS_BILINEAR, 0);
	return sws_init_context(s->sws, NULL, NULL) < 0 ? CW_ERR_SCALE : 0;
}

int cw_scaler_setup(cw_scaler *s, const AVFrame *f, const cw_plan *plan) {
	const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
	if (!desc || desc->flags & AV_PIX_FMT_FLAG_HWACCEL)
		return CW_ERR_NOT_YUV;
	s->plan = *plan;
	// Chroma samples are cut whole.
	s->plan.src_x &= ~((1 << desc->log2_chroma_w) - 1);
	s->plan.src_y &= ~((1 << desc->log2_chroma_h) - 1);
	sws_freeContext(s->sws);
	s->sws = NULL;
	picture_free(&s->turned);
	if (plan->rotation) {
		int across = plan->rotation != 180;
		int ret = picture_alloc(&s->turned, across ? plan->out_h : plan->out_w, across ? plan->out_w : plan->out_h);
		if (ret < 0)
			return ret;
	}
	int whole = plan->src_w == f->width && plan->src_h == f->height && plan->dst_w == plan->out_w && plan->dst_h == plan->out_h;
	int same = whole && plan->src_w == plan->out_w && plan->src_h == plan->out_h;
	int planar420 = f->format == AV_PIX_FMT_YUV420P || f->format == AV_PIX_FMT_YUVJ420P;
	int even = !(plan->out_w & 1) && !(plan->out_h & 1);
	if (same && planar420 && is_full_range(f) && even) {
		s->mode = MODE_DIRECT;
		picture_free(&s->out);
		picture_free(&s->part);
		return 0;
	}
	int ret = picture_alloc(&s->out, plan->out_w, plan->out_h);
	if (ret < 0)
		return ret;
	memcpy(s->shown, s->out.data, sizeof s->shown);
	memcpy(s->shown_stride, s->out.stride, sizeof s->shown_stride);
	if (same && planar420 && !is_full_range(f)) {
		s->mode = MODE_RANGE;
		picture_free(&s->part);
		return 0;
	}
	s->mode = MODE_SCALE;
	if (plan->dst_w != plan->out_w || plan->dst_h != plan->out_h) {
		ret = picture_alloc(&s->part, plan->dst_w, plan->dst_h);
		if (ret < 0)
			return ret;
		picture_black(&s->out);
	} else {
		picture_free(&s->part);
	}
	return make_sws(s, f);
}

static void expand(uint8_t *dst, int dst_stride, const uint8_t *src, int src_stride, int width, int height, const uint8_t table[256]) {
	for (int y = 0; y < height; y++, dst += dst_stride, src += src_stride)
		for (int x = 0; x < width; x++)
			dst[x] = table[src[x]];
}

static int run_sws(cw_scaler *s, const AVFrame *f) {
	const cw_plan *p = &s->plan;
	const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
	picture *target = s->part.memory ? &s->part : &s->out;
	const uint8_t *src[4] = {0};
	int step[4];
	av_image_fill_max_pixsteps(step, NULL, desc);
	for (int i = 0; i < 4 && f->data[i]; i++) {
		int chroma = i == 1 || i == 2;
		int x = chroma ? p->src_x >> desc->log2_chroma_w : p->src_x;
		int y = chroma ? p->src_y >> desc->log2_chroma_h : p->src_y;
		src[i] = f->data[i] + (ptrdiff_t)y * f->linesize[i] + (ptrdiff_t)x * step[i];
	}
	int stride[4] = {f->linesize[0], f->linesize[1], f->linesize[2], f->linesize[3]};
	if (s->grey) {
		src[1] = src[2] = s->grey;
		stride[1] = stride[2] = GREY_STRIDE;
	}
	uint8_t *const dst[4] = {target->data[0], target->data[1], target->data[2], NULL};
	const int dst_stride[4] = {target->stride[0], target->stride[1], target->stride[2], 0};
	return sws_scale(s->sws, src, stride, 0, p->src_h, dst, dst_stride) == p->dst_h ? 0 : CW_ERR_SCALE;
}

static void place_part(cw_scaler *s) {
	const cw_plan *p = &s->plan;
	for (int i = 0; i < 3; i++) {
		int shift = i > 0;
		int width = (p->dst_w + shift) >> shift, height = (p->dst_h + shift) >> shift;
		uint8_t *dst = s->out.data[i] + (ptrdiff_t)(p->dst_y >> shift) * s->out.stride[i] + (p->dst_x >> shift);
		av_image_copy_plane(dst, s->out.stride[i], s->part.data[i], s->part.stride[i], width, height);
	}
}

// turn_plane turns a plane of width x height clockwise.
static void turn_plane(uint8_t *dst, int dst_stride, const uint8_t *src, int src_stride, int width, int height, int rotation) {
	ptrdiff_t start = 0, right = 0, down = 0; // in dst, for a step in src
	switch (rotation) {
	case 90: start = height - 1, right = dst_stride, down = -1; break;
	case 180: start = (ptrdiff_t)(height - 1) * dst_stride + width - 1, right = -1, down = -dst_stride; break;
	case 270: start = (ptrdiff_t)(width - 1) * dst_stride, right = -dst_stride, down = 1; break;
	}
	for (int y = 0; y < height; y++, src += src_stride, start += down)
		for (int x = 0; x < width; x++)
			dst[start + x * right] = src[x];
}

static void turn(cw_scaler *s) {
	for (int i = 0; i < 3; i++) {
		int shift = i > 0;
		turn_plane(s->turned.data[i], s->turned.stride[i], s->shown[i], s->shown_stride[i],
			(s->plan.out_w + shift) >> shift, (s->plan.out_h + shift) >> shift, s->plan.rotation);
	}
	picture_pad(&s->turned);
}

static int draw(cw_scaler *s, const AVFrame *f) {
	switch (s->mode) {
	case MODE_DIRECT:
		for (int i = 0; i < 3; i++) {
			s->shown[i] = f->data[i];
			s->shown_stride[i] = f->linesize[i];
		}
		return 0;
	case MODE_RANGE:
		for (int i = 0; i < 3; i++)
			expand(s->out.data[i], s->out.stride[i], f->data[i], f->linesize[i], i ? (f->width + 1) / 2 : f->width,
				i ? (f->height + 1) / 2 : f->height, i ? s->chroma : s->luma);
		break;
	case MODE_SCALE:
		if (run_sws(s, f) < 0)
			return CW_ERR_SCALE;
		if (s->part.memory)
			place_part(s);
		break;
	}
	picture_pad(&s->out);
	return 0;
}

int cw_scale(cw_scaler *s, const AVFrame *f) {
	int ret = draw(s, f);
	if (ret == 0 && s->turned.memory)
		turn(s);
	return ret;
}

// result is what cw_scale made.
static picture result(const cw_scaler *s) {
	if (s->turned.memory)
		return s->turned;
	picture p = {.width = s->plan.out_w, .height = s->plan.out_h};
	for (int i = 0; i < 3; i++) {
		p.data[i] = (uint8_t *)s->shown[i];
		p.stride[i] = s->shown_stride[i];
	}
	return p;
}

void cw_scaler_copy(const cw_scaler *s, uint8_t *y, uint8_t *u, uint8_t *v) {
	picture p = result(s);
	uint8_t *dst[3] = {y, u, v};
	for (int i = 0; i < 3; i++) {
		int shift = i > 0;
		int width = (p.width + shift) >> shift;
		av_image_copy_plane(dst[i], width, p.data[i], p.stride[i], width, (p.height + shift) >> shift);
	}
}

int64_t cw_scaler_jpeg(const cw_scaler *s, int quality, uint8_t *dst, size_t capacity) {
	picture p = result(s);
	unsigned long size = capacity;
	if (tjCompressFromYUVPlanes(s->tj, (const unsigned char **)p.data, p.width, p.stride, p.height, TJSAMP_420,
			&dst, &size, quality, TJFLAG_NOREALLOC))
		return CW_ERR_JPEG;
	return (int64_t)size;
}
