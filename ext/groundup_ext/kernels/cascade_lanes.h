/* Second-order sections (transposed direct form II, as scipy.signal.sosfilt) over a tile, for one W.
 *
 * All sections take a sample before any takes the next, with their states in registers: the tile is read and written
 * once, and the processor overlaps the sections of neighbouring samples by itself.
 */

/* `unit`: every b0 is 1, and the last group makes up for it by its scale. `rectify`: the last section's input. */
static INLINE void LANES(sections)(const Group* group, double* slots, size_t stride, double* tile, size_t rows,
                                   const int count, const int unit, const int rectify) {
  const Section* c = group->sections;
  vec z0[MOST_SECTIONS], z1[MOST_SECTIONS];
  UNROLL for (int s = 0; s < count; s++) {
    z0[s] = LANES(load)(slots + (size_t)(2 * s) * stride);
    z1[s] = LANES(load)(slots + (size_t)(2 * s + 1) * stride);
  }
  for (size_t i = 0; i < rows; i++) {
    vec x = LANES(load)(tile + i * W);
    UNROLL for (int s = 0; s < count; s++) {
      if (rectify && s == count - 1) x = LANES(absolute)(x);
      vec y = unit ? x + z0[s] : c[s].b0 * x + z0[s];
      z0[s] = (c[s].b1 * x + z1[s]) - c[s].a1 * y;
      z1[s] = c[s].b2 * x - c[s].a2 * y;
      x = y;
    }
    LANES(store)(tile + i * W, x * group->scale);
  }
  UNROLL for (int s = 0; s < count; s++) {
    LANES(store)(slots + (size_t)(2 * s) * stride, z0[s]);
    LANES(store)(slots + (size_t)(2 * s + 1) * stride, z1[s]);
  }
}

static void LANES(cascade_step)(const groundup_kernel* self, double* state, size_t at, size_t channel, double* tile,
                                size_t rows) {
  (void)at;
  const Cascade* plan = (const Cascade*)self;
  size_t stride = slot_length(self->channels);
  double* slots = state + HEADER + stride + channel;
  for (const Group* group = plan->groups; group < plan->groups + plan->count; group++) {
#define SECTIONS(count, unit, rectify) LANES(sections)(group, slots, stride, tile, rows, count, unit, rectify)
#define OF_KIND(count)                                                            \
  case count:                                                                     \
    if (plan->unit && group->rectify) SECTIONS(count, 1, 1);                      \
    else if (plan->unit) SECTIONS(count, 1, 0);                                   \
    else if (group->rectify) SECTIONS(count, 0, 1);                               \
    else SECTIONS(count, 0, 0);                                                   \
    break;
    switch (group->count) { OF_KIND(1) OF_KIND(2) OF_KIND(3) OF_KIND(4) OF_KIND(5) OF_KIND(6) }
#undef OF_KIND
#undef SECTIONS
    slots += 2 * (size_t)group->count * stride;
  }
}

static void LANES(cascade)(const groundup_kernel* self, double* state, const groundup_rows* in,
                           const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes) {
  LANES(held)(self, state, in, out, row, rows, channel, lanes, cascade_begin, LANES(cascade_step));
}
