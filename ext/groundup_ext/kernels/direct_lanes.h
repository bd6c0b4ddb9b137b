/* Kernels that see missing values as NaN and leave them out: rectify, demean, moving RMS, TKEO; for one W. */

static INLINE void LANES(direct)(const groundup_kernel* self, double* state, const groundup_rows* in,
                                 const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes,
                                 LANES(Step) step) {
  double tile[TILE * W];
  vec none = LANES(splat)(NAN);
  if (!LANES(gather)(in, self->channels, row, rows, channel, lanes, tile)) {
    for (size_t i = 0; i < rows; i++) {
      vec x = LANES(load)(tile + i * W);
      LANES(store)(tile + i * W, LANES(choose)(TRUTH(LANES(absolute)(x) <= LARGEST), x, none));
    }
  }
  /* Lanes without a channel get nothing either, so that their slots stay as they were on every path. */
  for (size_t i = 0; i < rows && lanes < W; i++)
    for (size_t l = lanes; l < W; l++) tile[i * W + l] = NAN;
  step(self, state, rows_before(state) + row, channel, tile, rows);
  /* One NaN on every path: which of two operands gives a NaN its sign is the compiler's choice. */
  for (size_t i = 0; i < rows; i++) {
    vec y = LANES(load)(tile + i * W);
    LANES(store)(tile + i * W, LANES(choose)(TRUTH(y == y), y, none));
  }
  LANES(scatter)(out, self->columns, row, rows, channel, lanes, tile);
}

static INLINE void LANES(rectify_step)(const groundup_kernel* self, double* state, size_t at, size_t channel,
                                       double* tile, size_t rows) {
  (void)self, (void)state, (void)at, (void)channel;
  for (size_t i = 0; i < rows; i++) LANES(store)(tile + i * W, LANES(absolute)(LANES(load)(tile + i * W)));
}

static INLINE void LANES(demean_step)(const groundup_kernel* self, double* state, size_t at, size_t channel,
                                      double* tile, size_t rows) {
  (void)at;
  double most = (double)((const Windowed*)self)->window;
  double* slots = state + HEADER + channel;
  size_t stride = slot_length(self->channels);
  vec mean = LANES(load)(slots), count = LANES(load)(slots + stride);
  for (size_t i = 0; i < rows; i++) {
    vec x = LANES(load)(tile + i * W);
    bits here = TRUTH(x == x);
    vec next = count + 1.0;
    next = LANES(choose)(TRUTH(next <= most), next, LANES(splat)(most));
    count = LANES(choose)(here, next, count);
    mean = LANES(choose)(here, mean + (x - mean) / next, mean);
    LANES(store)(tile + i * W, x - mean);
  }
  LANES(store)(slots, mean);
  LANES(store)(slots + stride, count);
}

/* The window is cut by blocks of its own length: it is always the end of one block and the beginning of the next. The
 * sums of all ends of a block are made when it is full, the sum of the beginning grows: nothing is ever subtracted, so
 * no rounding error stays behind when a burst has left the window. */
static INLINE void LANES(moving_rms_step)(const groundup_kernel* self, double* state, size_t at, size_t channel,
                                          double* tile, size_t rows) {
  size_t window = ((const Windowed*)self)->window, stride = slot_length(self->channels);
  double* begun = state + HEADER + channel;
  double* ends = begun + 2 * stride; /* for each place in the window: sum of squares, and how many */
  vec sum = LANES(load)(begun), count = LANES(load)(begun + stride), zero = LANES(splat)(0.0);
  size_t place = at % window;
  for (size_t i = 0; i < rows; i++) {
    vec x = LANES(load)(tile + i * W);
    bits here = TRUTH(x == x);
    vec square = LANES(choose)(here, x * x, zero), one = LANES(choose)(here, zero + 1.0, zero);
    double* here_ends = ends + 2 * place * stride;
    sum = sum + square;
    count = count + one;
    vec all = sum, many = count;
    if (place + 1 < window) {
      all = all + LANES(load)(here_ends + 2 * stride);
      many = many + LANES(load)(here_ends + 3 * stride);
    }
    LANES(store)(tile + i * W, LANES(choose)(here, LANES(root)(all / many), x));
    LANES(store)(here_ends, square);
    LANES(store)(here_ends + stride, one);
    if (++place < window) continue;
    place = 0;
    vec squares = zero, ones = zero;
    for (double* end = here_ends; end >= ends; end -= 2 * stride) {
      squares = squares + LANES(load)(end);
      ones = ones + LANES(load)(end + stride);
      LANES(store)(end, squares);
      LANES(store)(end + stride, ones);
    }
    sum = count = zero;
  }
  LANES(store)(begun, sum);
  LANES(store)(begun + stride, count);
}

static INLINE void LANES(tkeo_step)(const groundup_kernel* self, double* state, size_t at, size_t channel,
                                    double* tile, size_t rows) {
  (void)at;
  double* slots = state + HEADER + channel;
  size_t stride = slot_length(self->channels);
  vec before = LANES(load)(slots), middle = LANES(load)(slots + stride);
  for (size_t i = 0; i < rows; i++) {
    vec x = LANES(load)(tile + i * W);
    LANES(store)(tile + i * W, middle * middle - before * x);
    before = middle;
    middle = x;
  }
  LANES(store)(slots, before);
  LANES(store)(slots + stride, middle);
}

#define DIRECT(kernel)                                                                                              \
  static void LANES(kernel)(const groundup_kernel* self, double* state, const groundup_rows* in,                   \
                            const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes) {     \
    LANES(direct)(self, state, in, out, row, rows, channel, lanes, LANES(kernel##_step));                           \
  }
DIRECT(rectify)
DIRECT(demean)
DIRECT(moving_rms)
DIRECT(tkeo)
#undef DIRECT
