/* CRC-32 (polynomial 0xEDB88320): 64 bytes a step where the processor multiplies without carry, else eight. */
#ifndef GROUNDUP_CRC32_H
#define GROUNDUP_CRC32_H

#include <stddef.h>
#include <stdint.h>

static uint32_t groundup_crc_table[8][256];
static int groundup_crc_ready = 0;

/* Filling the tables twice writes the same values, so two threads that meet here do no harm. */
static void groundup_crc_fill(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c >> 1) ^ (0xEDB88320u & (0u - (c & 1u)));
    groundup_crc_table[0][i] = c;
  }
  for (int t = 1; t < 8; ++t)
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = groundup_crc_table[t - 1][i];
      groundup_crc_table[t][i] = (c >> 8) ^ groundup_crc_table[0][c & 0xFFu];
    }
  groundup_crc_ready = 1;
}

static uint32_t groundup_load32(const unsigned char* p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define GROUNDUP_CRC_FOLDS 1

/* Whether this processor has what `groundup_crc_fold` uses; asked once. */
static int groundup_crc_folds(void) {
  static int known = -1;
  if (known < 0) known = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return known;
}

#define GROUNDUP_FOLD(x, k, next) \
  _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)), next)
#define GROUNDUP_LOAD(place) _mm_loadu_si128((const __m128i*)(place))

/* The inverted CRC of at least 64 bytes, a multiple of 16. Method and constants: V. Gopal and others, "Fast CRC
   Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009, for the bit-reflected polynomial. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t groundup_crc_fold(uint32_t c, const unsigned char* data,
                                                                           size_t length) {
  const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  const __m128i by_64 = _mm_set_epi64x(0, 0x163cd6124), barrett = _mm_set_epi64x(0x1f7011641, 0x1db710641);
  const __m128i low = _mm_setr_epi32(~0, 0, ~0, 0);
  __m128i x0 = _mm_xor_si128(GROUNDUP_LOAD(data), _mm_cvtsi32_si128((int)c)), x1 = GROUNDUP_LOAD(data + 16);
  __m128i x2 = GROUNDUP_LOAD(data + 32), x3 = GROUNDUP_LOAD(data + 48), t;
  for (data += 64, length -= 64; length >= 64; data += 64, length -= 64) {
    x0 = GROUNDUP_FOLD(x0, by_512, GROUNDUP_LOAD(data));
    x1 = GROUNDUP_FOLD(x1, by_512, GROUNDUP_LOAD(data + 16));
    x2 = GROUNDUP_FOLD(x2, by_512, GROUNDUP_LOAD(data + 32));
    x3 = GROUNDUP_FOLD(x3, by_512, GROUNDUP_LOAD(data + 48));
  }
  x0 = GROUNDUP_FOLD(x0, by_128, x1);
  x0 = GROUNDUP_FOLD(x0, by_128, x2);
  x0 = GROUNDUP_FOLD(x0, by_128, x3);
  for (; length; data += 16, length -= 16) x0 = GROUNDUP_FOLD(x0, by_128, GROUNDUP_LOAD(data));
  x0 = _mm_xor_si128(_mm_srli_si128(x0, 8), _mm_clmulepi64_si128(x0, by_128, 0x10)); /* 128 bits to 96 */
  x0 = _mm_xor_si128(_mm_srli_si128(x0, 4), _mm_clmulepi64_si128(_mm_and_si128(x0, low), by_64, 0x00)); /* to 64 */
  t = _mm_clmulepi64_si128(_mm_and_si128(x0, low), barrett, 0x10);
  t = _mm_clmulepi64_si128(_mm_and_si128(t, low), barrett, 0x00);
  return (uint32_t)_mm_extract_epi32(_mm_xor_si128(x0, t), 1);
}
#endif

static uint32_t groundup_crc32(uint32_t crc, const unsigned char* data, size_t length) {
  if (!groundup_crc_ready) groundup_crc_fill();
  const uint32_t(*t)[256] = (const uint32_t(*)[256])groundup_crc_table;
  uint32_t c = ~crc;
#ifdef GROUNDUP_CRC_FOLDS
  if (length >= 64 && groundup_crc_folds()) {
    size_t folded = length & ~(size_t)15;
    c = groundup_crc_fold(c, data, folded);
    data += folded;
    length -= folded;
  }
#endif
  for (; length >= 8; length -= 8, data += 8) {
    uint32_t a = c ^ groundup_load32(data), b = groundup_load32(data + 4);
    c = t[7][a & 0xFFu] ^ t[6][(a >> 8) & 0xFFu] ^ t[5][(a >> 16) & 0xFFu] ^ t[4][a >> 24] ^ t[3][b & 0xFFu] ^
        t[2][(b >> 8) & 0xFFu] ^ t[1][(b >> 16) & 0xFFu] ^ t[0][b >> 24];
  }
  for (; length; --length) c = (c >> 8) ^ t[0][(c ^ *data++) & 0xFFu];
  return ~c;
}

#endif
