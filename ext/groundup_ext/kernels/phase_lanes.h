/* Phase angle of a rhythm, by where it is between its extremes and how fast, over a tile, for one W.
 *
 * The extremes are those of a window, found as the sums of the moving RMS are: of the end of one block and the beginning
 * of the next.
 */
static void LANES(phase_step)(const groundup_kernel* self, double* state, size_t at, size_t channel, double* tile,
                              size_t rows) {
  size_t window = ((const Windowed*)self)->window, stride = slot_length(self->channels);
  double* slots = state + HEADER + stride + channel;
  double* begun = slots + 2 * stride; /* lowest, highest, fastest since the block began */
  double* ends = begun + 3 * stride;
  vec before = LANES(load)(slots), middle = LANES(load)(slots + stride);
  size_t place = at % window;
  for (size_t i = 0; i < rows; i++) {
    vec x = LANES(load)(tile + i * W), speed = (x - before) * 0.5, fast = LANES(absolute)(speed);
    double* here = ends + 3 * place * stride;
    vec low = middle, high = middle, fastest = fast;
    if (place > 0) {
      low = LANES(lower)(low, LANES(load)(begun));
      high = LANES(higher)(high, LANES(load)(begun + stride));
      fastest = LANES(higher)(fastest, LANES(load)(begun + 2 * stride));
    }
    LANES(store)(begun, low);
    LANES(store)(begun + stride, high);
    LANES(store)(begun + 2 * stride, fastest);
    if (place + 1 < window) {
      low = LANES(lower)(low, LANES(load)(here + 3 * stride));
      high = LANES(higher)(high, LANES(load)(here + 4 * stride));
      fastest = LANES(higher)(fastest, LANES(load)(here + 5 * stride));
    }
    vec half = (high - low) * 0.5, y[2] = {speed / fastest, (middle - (low + half)) / half};
    double values[2][W], sizes[2][W];
    memcpy(values, y, sizeof values);
    LANES(store)(sizes[0], fastest);
    LANES(store)(sizes[1], half);
    for (size_t l = 0; l < W; l++)
      tile[i * W + l] = sizes[0][l] > 0.0 && sizes[1][l] > 0.0 ? atan2(values[0][l], values[1][l]) : NAN;
    LANES(store)(here, middle);
    LANES(store)(here + stride, middle);
    LANES(store)(here + 2 * stride, fast);
    before = middle;
    middle = x;
    if (++place < window) continue;
    place = 0;
    for (double* end = here - 3 * stride; end >= ends; end -= 3 * stride) {
      LANES(store)(end, LANES(lower)(LANES(load)(end), LANES(load)(end + 3 * stride)));
      LANES(store)(end + stride, LANES(higher)(LANES(load)(end + stride), LANES(load)(end + 4 * stride)));
      LANES(store)(end + 2 * stride, LANES(higher)(LANES(load)(end + 2 * stride), LANES(load)(end + 5 * stride)));
    }
  }
  LANES(store)(slots, before);
  LANES(store)(slots + stride, middle);
}

static void LANES(phase)(const groundup_kernel* self, double* state, const groundup_rows* in,
                         const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes) {
  LANES(held)(self, state, in, out, row, rows, channel, lanes, phase_begin, LANES(phase_step));
}
