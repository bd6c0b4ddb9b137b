/* Kernels that hold a channel's last good value where values are missing, tile by tile, for one W.
 *
 * The state's first slot is that value: NaN until the channel has begun.
 */

/* Puts the held value where one is missing, and notes where. Returns how many rows are ready: fewer than all where a
 * channel begins further down, because it must begin with the first row of a tile. */
static size_t LANES(mend)(const groundup_kernel* self, double* state, Begin begin, size_t channel, size_t lanes,
                          double* tile, size_t rows, unsigned char* missing) {
  double* last = state + HEADER + channel;
  for (size_t i = 0; i < rows; i++) {
    for (size_t l = 0; l < lanes && i > 0; l++)
      if (last[l] != last[l] && fabs(tile[i * W + l]) <= LARGEST) return i;
    for (size_t l = 0; l < lanes; l++) {
      double* value = tile + i * W + l;
      if (!(fabs(*value) <= LARGEST)) {
        missing[i] |= (unsigned char)(1u << l);
        *value = last[l] == last[l] ? last[l] : 0.0;
      } else {
        if (last[l] != last[l]) begin(self, state, channel + l, *value);
        last[l] = *value;
      }
    }
  }
  return rows;
}

/* Fills a tile without holes, and says where there were any. Returns how many rows are ready. */
static INLINE size_t LANES(take)(const groundup_kernel* self, double* state, const groundup_rows* in, size_t row,
                                 size_t rows, size_t channel, size_t lanes, Begin begin, double* tile,
                                 unsigned char* missing) {
  double* last = state + HEADER + channel;
  int fine = LANES(gather)(in, self->channels, row, rows, channel, lanes, tile);
  for (size_t l = 0; l < lanes; l++) fine &= last[l] == last[l];
  memset(missing, 0, TILE);
  if (!fine) return LANES(mend)(self, state, begin, channel, lanes, tile, rows, missing);
  for (size_t l = 0; l < lanes; l++) last[l] = tile[(rows - 1) * W + l];
  return rows;
}

static INLINE void LANES(held)(const groundup_kernel* self, double* state, const groundup_rows* in,
                               const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes,
                               Begin begin, LANES(Step) step) {
  double tile[TILE * W];
  unsigned char missing[TILE];
  while (rows > 0) {
    size_t ready = LANES(take)(self, state, in, row, rows, channel, lanes, begin, tile, missing);
    step(self, state, rows_before(state) + row, channel, tile, ready);
    for (size_t i = 0; i < ready; i++)
      for (size_t l = 0; l < lanes && missing[i]; l++)
        if (missing[i] >> l & 1) tile[i * W + l] = NAN;
    LANES(scatter)(out, self->columns, row, ready, channel, lanes, tile);
    row += ready;
    rows -= ready;
  }
}
