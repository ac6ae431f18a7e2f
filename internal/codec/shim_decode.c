#include "shim.h"

#include <string.h>

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

static int received(int ret) {
	if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
		return CW_NONE;
	return ret < 0 ? ret : CW_FRAME;
}

int cw_decode(AVCodecContext *avctx, AVPacket *packet, const uint8_t *data, int size, int64_t pts, int key, AVFrame *frame) {
	// av_new_packet adds the zeroed padding that bit readers run into.
	int ret = av_new_packet(packet, size);
	if (ret < 0)
		return ret;
	memcpy(packet->data, data, size);
	packet->pts = pts;
	if (key)
		packet->flags |= AV_PKT_FLAG_KEY;
	ret = avcodec_send_packet(avctx, packet);
	av_packet_unref(packet);
	if (ret < 0)
		return ret;
	return received(avcodec_receive_frame(avctx, frame));
}

int cw_receive(AVCodecContext *avctx, AVFrame *frame) { return received(avcodec_receive_frame(avctx, frame)); }

void cw_drain(AVCodecContext *avctx) { avcodec_send_packet(avctx, NULL); }

void cw_restart(AVCodecContext *avctx, int reorder) {
	avcodec_flush_buffers(avctx);
	if (reorder >= 0)
		avctx->has_b_frames = reorder;
}

// The checksum keeps eight lanes of its own, so that the multiplications of
// consecutive words overlap. One step maps a lane h and a word to
// low32(h ^ word) * K + swap32(h ^ word): a multiplication that SSE2 has.
enum { LANES = 8, BLOCK = LANES * 8 };

#define MULTIPLIER UINT32_C(0x9E3779B1)

#ifdef __SSE2__
#include <emmintrin.h>

static inline void step(uint64_t lane[LANES], const uint8_t *block) {
	const __m128i k = _mm_set1_epi64x(MULTIPLIER);
	for (int i = 0; i < LANES; i += 2) {
		__m128i x = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(lane + i)), _mm_loadu_si128((const __m128i *)(block + 8 * i)));
		x = _mm_add_epi64(_mm_mul_epu32(x, k), _mm_shuffle_epi32(x, _MM_SHUFFLE(2, 3, 0, 1)));
		_mm_storeu_si128((__m128i *)(lane + i), x);
	}
}
#else
static inline void step(uint64_t lane[LANES], const uint8_t *block) {
	for (int i = 0; i < LANES; i++) {
		uint64_t x;
		memcpy(&x, block + 8 * i, sizeof x);
		x ^= lane[i];
		lane[i] = (x & UINT32_MAX) * MULTIPLIER + ((x >> 32) | (x << 32));
	}
}
#endif

static void checksum_row(uint64_t lane[LANES], const uint8_t *row, size_t bytes) {
	uint64_t h[LANES];
	memcpy(h, lane, sizeof h);
	for (; bytes >= BLOCK; row += BLOCK, bytes -= BLOCK)
		step(h, row);
	if (bytes > 0) {
		uint8_t block[BLOCK] = {0};
		memcpy(block, row, bytes);
		step(h, block);
	}
	memcpy(lane, h, sizeof h);
}

static uint64_t mix(uint64_t h, uint64_t x) {
	h = (h ^ x) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ (h >> 32);
}

uint64_t cw_checksum(const AVFrame *frame) {
	const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
	uint64_t lane[LANES];
	for (int i = 0; i < LANES; i++)
		lane[i] = mix(i + 1, ((uint64_t)frame->width << 32) ^ ((uint64_t)frame->height << 8) ^ (uint64_t)frame->format);
	for (int plane = 0; desc && plane < 4 && frame->data[plane]; plane++) {
		int bytes = av_image_get_linesize(frame->format, frame->width, plane);
		int chroma = plane == 1 || plane == 2;
		int rows = chroma ? AV_CEIL_RSHIFT(frame->height, desc->log2_chroma_h) : frame->height;
		if (desc->flags & AV_PIX_FMT_FLAG_PAL && plane > 0)
			break;
		for (int y = 0; bytes > 0 && y < rows; y++)
			checksum_row(lane, frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane], bytes);
	}
	uint64_t sum = 0;
	for (int i = 0; i < LANES; i++)
		sum = mix(sum, lane[i]);
	return sum;
}
