/* A tile: some rows of W channels, brought from the caller's rows to doubles and back, for one W. */

static INLINE void LANES(copy_in)(const groundup_rows* in, size_t channels, size_t row, size_t rows, size_t channel,
                                  const size_t lanes, double* tile) {
  size_t at = row * channels + channel;
  if (in->single) {
    const float* from = (const float*)in->data + at;
    for (size_t i = 0; i < rows; i++)
      for (size_t l = 0; l < W; l++) tile[i * W + l] = l < lanes ? (double)from[i * channels + l] : 0.0;
  } else {
    const double* from = (const double*)in->data + at;
    for (size_t i = 0; i < rows; i++)
      for (size_t l = 0; l < W; l++) tile[i * W + l] = l < lanes ? from[i * channels + l] : 0.0;
  }
}

static INLINE void LANES(copy_out)(const groundup_rows* out, size_t columns, size_t row, size_t rows, size_t channel,
                                   const size_t lanes, const double* tile) {
  size_t at = row * columns + channel;
  if (out->single) {
    float* to = (float*)out->data + at;
    for (size_t i = 0; i < rows; i++)
      for (size_t l = 0; l < lanes; l++) to[i * columns + l] = (float)tile[i * W + l];
  } else {
    double* to = (double*)out->data + at;
    for (size_t i = 0; i < rows; i++)
      for (size_t l = 0; l < lanes; l++) to[i * columns + l] = tile[i * W + l];
  }
}

/* The number of lanes is made a constant, so that a row is copied without a loop. */
#if W == 8
#define EACH_WIDTH(call) switch (lanes) { case 5: call(5); break; case 6: call(6); break; case 7: call(7); break; \
                                          default: call(8); }
#elif W == 4
#define EACH_WIDTH(call) switch (lanes) { case 3: call(3); break; default: call(4); }
#else
#define EACH_WIDTH(call) (void)lanes; call(W);
#endif

/* Brings `rows` rows from `row` on to the tile; lanes beyond `lanes` are 0. Returns whether no value is missing. */
static INLINE int LANES(gather)(const groundup_rows* in, size_t channels, size_t row, size_t rows, size_t channel,
                                size_t lanes, double* tile) {
#define CALL(n) LANES(copy_in)(in, channels, row, rows, channel, n, tile)
  EACH_WIDTH(CALL)
#undef CALL
  bits fine = LANES(as_bits)(LANES(splat)(0.0)) - 1;
  for (size_t i = 0; i < rows; i++) fine &= TRUTH(LANES(absolute)(LANES(load)(tile + i * W)) <= LARGEST);
  return LANES(all)(fine);
}

static INLINE void LANES(scatter)(const groundup_rows* out, size_t columns, size_t row, size_t rows, size_t channel,
                                  size_t lanes, const double* tile) {
#define CALL(n) LANES(copy_out)(out, columns, row, rows, channel, n, tile)
  EACH_WIDTH(CALL)
#undef CALL
}
#undef EACH_WIDTH
