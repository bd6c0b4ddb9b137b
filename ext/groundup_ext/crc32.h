/* CRC-32 (polynomial 0xEDB88320), eight bytes a step. */
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

static uint32_t groundup_crc32(uint32_t crc, const unsigned char* data, size_t length) {
  if (!groundup_crc_ready) groundup_crc_fill();
  const uint32_t(*t)[256] = (const uint32_t(*)[256])groundup_crc_table;
  uint32_t c = ~crc;
  for (; length >= 8; length -= 8, data += 8) {
    uint32_t a = c ^ groundup_load32(data), b = groundup_load32(data + 4);
    c = t[7][a & 0xFFu] ^ t[6][(a >> 8) & 0xFFu] ^ t[5][(a >> 16) & 0xFFu] ^ t[4][a >> 24] ^ t[3][b & 0xFFu] ^
        t[2][(b >> 8) & 0xFFu] ^ t[1][(b >> 16) & 0xFFu] ^ t[0][b >> 24];
  }
  for (; length; --length) c = (c >> 8) ^ t[0][(c ^ *data++) & 0xFFu];
  return ~c;
}

#endif
