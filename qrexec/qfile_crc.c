/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every byte of a copy is summed on both sides, so this must cost little beside moving it:
 * by carry-less multiplication where the processor has it, else sixteen bytes a step.
 */
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "qrexec/qfile.h"

#define CRC_POLYNOMIAL 0xedb88320u

enum { STEP = 16, FOLD_STEP = 64, FOLD_MIN = 256 };

/* tables[k][b]: the remainder of byte b with k zero bytes behind it. */
static uint32_t tables[STEP][256];

static void prepare(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
		tables[0][b] = crc;
	}
	for (int k = 1; k < STEP; k++) {
		for (int b = 0; b < 256; b++)
			tables[k][b] = tables[k - 1][b] >> 8 ^
				       tables[0][tables[k - 1][b] & 0xff];
	}
}

static uint32_t by_byte(uint32_t crc, const uint8_t *at, size_t len)
{
	while (len--)
		crc = crc >> 8 ^ tables[0][(crc ^ *at++) & 0xff];
	return crc;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Four bytes with N zero bytes behind them. */
static uint32_t word(uint32_t bytes, int n)
{
	return tables[n + 3][bytes & 0xff] ^ tables[n + 2][bytes >> 8 & 0xff] ^
	       tables[n + 1][bytes >> 16 & 0xff] ^ tables[n][bytes >> 24];
}

static uint32_t by_table(uint32_t crc, const uint8_t *at, size_t len)
{
	uint32_t w[STEP / 4];

	for (; len >= STEP; at += STEP, len -= STEP) {
		memcpy(w, at, STEP);
		crc = word(w[0] ^ crc, 12) ^ word(w[1], 8) ^ word(w[2], 4) ^
		      word(w[3], 0);
	}
	return by_byte(crc, at, len);
}
#else
#define by_table by_byte
#endif

#ifdef __x86_64__
#define folding __attribute__((target("pclmul,sse2")))

/* X moved towards the end by as many bits as BY stands for, onto what lies there. */
folding static __m128i fold(__m128i x, __m128i by, __m128i there)
{
	return _mm_xor_si128(there, _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00),
						  _mm_clmulepi64_si128(x, by, 0x11)));
}

folding static __m128i load(const uint8_t *at)
{
	return _mm_loadu_si128((const __m128i *)at);
}

/*
 * Folds all of it into sixteen bytes with the same remainder. The constants are powers of
 * x modulo the polynomial, reflected: 512 and 128 bits, each plus and less 32.
 */
folding static uint32_t by_folding(uint32_t crc, const uint8_t *at, size_t len)
{
	const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i x[4];
	uint8_t left[STEP];

	for (int i = 0; i < 4; i++)
		x[i] = load(at + i * STEP);
	x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)crc));
	for (at += FOLD_STEP, len -= FOLD_STEP; len >= FOLD_STEP;
	     at += FOLD_STEP, len -= FOLD_STEP) {
		for (int i = 0; i < 4; i++)
			x[i] = fold(x[i], by_512, load(at + i * STEP));
	}
	for (int i = 1; i < 4; i++)
		x[i] = fold(x[i - 1], by_128, x[i]);
	_mm_storeu_si128((__m128i *)left, x[3]);
	return by_table(by_table(0, left, STEP), at, len);
}

static bool can_fold(void)
{
	return __builtin_cpu_supports("pclmul");
}
#else
#define by_folding by_table

static bool can_fold(void)
{
	return false;
}
#endif

uint32_t qfile_crc(uint32_t crc, const void *data, size_t len)
{
	if (!tables[0][1])
		prepare();
	crc = ~crc;
	crc = len >= FOLD_MIN && can_fold() ? by_folding(crc, data, len)
					    : by_table(crc, data, len);
	return ~crc;
}
