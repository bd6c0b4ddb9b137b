/* Second-order sections (transposed direct form II, as scipy.signal.sosfilt) over a tile, for one W.
 *
 * All sections take a sample before any takes the next, with their states in registers: the tile is read and written
 * once, and the processor overlaps the sections of neighbouring samples by itself.
 */

/* On `abreast` tiles of W channels each: while one waits for its last result, the other keeps the processor busy.
 * `unit`: every b0 is 1, and the last group makes up for it by its scale. `rectify`: the last section's input. */
static INLINE void LANES(sections)(const Group* group, double* slots, size_t stride, double* tiles, size_t rows,
                                   const int abreast, const int count, const int unit, const int rectify) {
  const Section* c = group->sections;
  vec z0[MOST_SECTIONS][2], z1[MOST_SECTIONS][2];
  UNROLL for (int s = 0; s < count; s++) {
    UNROLL for (int k = 0; k < abreast; k++) {
      z0[s][k] = LANES(load)(slots + (size_t)(2 * s) * stride + k * W);
      z1[s][k] = LANES(load)(slots + (size_t)(2 * s + 1) * stride + k * W);
    }
  }
  for (size_t i = 0; i < rows; i++) {
    vec x[2];
    UNROLL for (int k = 0; k < abreast; k++) x[k] = LANES(load)(tiles + k * TILE * W + i * W);
    UNROLL for (int s = 0; s < count; s++) {
      UNROLL for (int k = 0; k < abreast; k++) {
        if (rectify && s == count - 1) x[k] = LANES(absolute)(x[k]);
        vec y = unit ? x[k] + z0[s][k] : c[s].b0 * x[k] + z0[s][k];
        z0[s][k] = (c[s].b1 * x[k] + z1[s][k]) - c[s].a1 * y;
        z1[s][k] = c[s].b2 * x[k] - c[s].a2 * y;
        x[k] = y;
      }
    }
    UNROLL for (int k = 0; k < abreast; k++) LANES(store)(tiles + k * TILE * W + i * W, x[k] * group->scale);
  }
  UNROLL for (int s = 0; s < count; s++) {
    UNROLL for (int k = 0; k < abreast; k++) {
      LANES(store)(slots + (size_t)(2 * s) * stride + k * W, z0[s][k]);
      LANES(store)(slots + (size_t)(2 * s + 1) * stride + k * W, z1[s][k]);
    }
  }
}

static INLINE void LANES(groups)(const groundup_kernel* self, double* state, size_t channel, double* tiles,
                                 size_t rows, const int abreast) {
  const Cascade* plan = (const Cascade*)self;
  size_t stride = slot_length(self->channels);
  double* slots = state + HEADER + stride + channel;
  for (const Group* group = plan->groups; group < plan->groups + plan->count; group++) {
#define SECTIONS(count, unit, rectify) \
  LANES(sections)(group, slots, stride, tiles, rows, abreast, count, unit, rectify)
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

static void LANES(cascade_step)(const groundup_kernel* self, double* state, size_t at, size_t channel, double* tile,
                                size_t rows) {
  (void)at;
  LANES(groups)(self, state, channel, tile, rows, 1);
}

static void LANES(cascade)(const groundup_kernel* self, double* state, const groundup_rows* in,
                           const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes) {
  LANES(held)(self, state, in, out, row, rows, channel, lanes, cascade_begin, LANES(cascade_step));
}

#if W == PATH_LANES
/* 2 W channels that are all there. Otherwise each half goes by itself. */
static void cascade_abreast(const groundup_kernel* self, double* state, const groundup_rows* in,
                            const groundup_rows* out, size_t row, size_t rows, size_t channel, size_t lanes) {
  (void)lanes;
  double tiles[2 * TILE * W];
  double *other = tiles + TILE * W, *last = state + HEADER + channel;
  int fine = LANES(gather)(in, self->channels, row, rows, channel, W, tiles) &&
             LANES(gather)(in, self->channels, row, rows, channel + W, W, other);
  for (int l = 0; l < 2 * W; l++) fine &= last[l] == last[l];
  if (!fine) {
    LANES(cascade)(self, state, in, out, row, rows, channel, W);
    LANES(cascade)(self, state, in, out, row, rows, channel + W, W);
    return;
  }
  memcpy(last, tiles + (rows - 1) * W, W * sizeof *tiles);
  memcpy(last + W, other + (rows - 1) * W, W * sizeof *tiles);
  LANES(groups)(self, state, channel, tiles, rows, 2);
  LANES(scatter)(out, self->columns, row, rows, channel, W, tiles);
  LANES(scatter)(out, self->columns, row, rows, channel + W, W, other);
}
#endif
