/* Polyphase resampling, as scipy.signal.upfirdn, for one W.
 *
 * The last inputs lie in a ring twice over, so that a window of them is always in one piece.
 */
static void LANES(resample)(const groundup_kernel* self, double* state, const groundup_rows* in,
                            const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes) {
  const Resampler* plan = (const Resampler*)self;
  size_t stride = slot_length(self->channels), reach = plan->reach;
  double* ring = state + HEADER + stride + channel;
  double* holes = ring + 2 * reach * stride; /* 1 where the input was missing */
  double tile[TILE * W], made[W];
  unsigned char missing[TILE];
  uint64_t before = rows_before(state), up = self->up, down = self->down;
  uint64_t first = (before * up + down - 1) / down; /* row of the output that is row 0 of this chunk */
  while (rows > 0) {
    size_t ready = LANES(take)(self, state, in, row, rows, channel, lanes, resample_begin, tile, missing);
    for (size_t i = 0; i < ready; i++) {
      uint64_t at = before + row + i;
      size_t place = (size_t)(at % reach);
      vec x = LANES(load)(tile + i * W);
      LANES(store)(ring + place * stride, x);
      LANES(store)(ring + (place + reach) * stride, x);
      for (size_t l = 0; l < lanes; l++) holes[place * stride + l] = missing[i] >> l & 1;
      for (uint64_t next = (at * up + down - 1) / down; next * down < (at + 1) * up; next++) {
        size_t phase = (size_t)(next * down - at * up);
        const double* taps = plan->taps + phase * reach;
        const double* window = ring + (place + 1) * stride; /* the oldest first, as the taps are */
        vec zero = LANES(splat)(0.0), sums[4] = {zero, zero, zero, zero};
        for (size_t j = 0; j < reach; j += 4)
          UNROLL for (size_t k = 0; k < 4; k++)
            sums[k] = sums[k] + taps[j + k] * LANES(load)(window + (j + k) * stride);
        LANES(store)(made, (sums[0] + sums[1]) + (sums[2] + sums[3]));
        /* The inputs beside the moment that this output is for. */
        const double* older = holes + (place + reach - plan->older[phase]) % reach * stride;
        const double* newer = holes + (place + reach - plan->newer[phase]) % reach * stride;
        for (size_t l = 0; l < lanes; l++)
          if (older[l] + newer[l] > 0.0) made[l] = NAN;
        LANES(scatter)(out, self->columns, (size_t)(next - first), 1, channel, lanes, made);
      }
    }
    row += ready;
    rows -= ready;
  }
}
