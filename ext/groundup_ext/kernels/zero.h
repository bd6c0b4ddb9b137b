/* What a plate shows when nobody stands on it, followed while it is in use.
 *
 * Time is cut into windows, one after the other. A window in which the load stays flat and low was unloaded, and its
 * mean is the offset: the first such one at once, later ones by the share `drift`. A person who stands still is flat
 * too, but not low.
 */
#ifndef GROUNDUP_ZERO_H
#define GROUNDUP_ZERO_H

#include <math.h>
#include <stddef.h>

typedef struct {
  size_t window;  /* samples; 0: no zero is looked for */
  double flat;    /* N from the lowest to the highest of an unloaded window, or 2 % of the greatest load */
  double most;    /* N: what stands higher is a load, never an offset */
  double share;   /* of the greatest load: likewise */
  double drift;   /* 0: the first zero stays; 1: always the newest */
} Zero;

/* From its numbers, in that order. */
static inline Zero zero_of(const double* numbers) {
  Zero zero = {(size_t)numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
  return zero;
}

/* The numbers of a zero with k tracked values: these, then k sums and k offsets. */
enum { FOUND, SEEN, LOWEST, HIGHEST, LOADS, PEAK, ZERO_NUMBERS };
#define FLAT_SHARE 0.02
#define NEVER_LOADED 50.0 /* N: under this nobody has stood on it yet, and its share says nothing */

/* `load` is upwards, with the offset still in it; `values` are what it is zeroed by. Numbers lie `stride` apart. */
static inline void zero_follow(const Zero* zero, double* z, size_t stride, double load, const double* values,
                               size_t k, double load_offset) {
  if (zero->window == 0) return;
  double* sums = z + ZERO_NUMBERS * stride;
  double* offsets = sums + k * stride;
  if (z[SEEN * stride] == 0.0) {
    z[LOWEST * stride] = z[HIGHEST * stride] = load;
    z[LOADS * stride] = 0.0;
    for (size_t i = 0; i < k; i++) sums[i * stride] = 0.0;
  }
  z[SEEN * stride] += 1.0;
  z[LOWEST * stride] = fmin(z[LOWEST * stride], load);
  z[HIGHEST * stride] = fmax(z[HIGHEST * stride], load);
  z[LOADS * stride] += load;
  for (size_t i = 0; i < k; i++) sums[i * stride] += values[i];
  if (z[SEEN * stride] < (double)zero->window) return;
  double count = z[SEEN * stride], level = z[LOADS * stride] / count - load_offset;
  z[SEEN * stride] = 0.0;
  z[PEAK * stride] = fmax(z[PEAK * stride], level);
  double peak = z[PEAK * stride];
  double limit = peak < NEVER_LOADED ? zero->most : fmin(zero->most, zero->share * peak);
  double spread = z[HIGHEST * stride] - z[LOWEST * stride];
  if (level > limit || spread > fmax(zero->flat, FLAT_SHARE * peak)) return;
  double share = z[FOUND * stride] > 0.0 ? zero->drift : 1.0;
  for (size_t i = 0; i < k; i++) offsets[i * stride] += share * (sums[i * stride] / count - offsets[i * stride]);
  z[FOUND * stride] = 1.0;
}

/* A load that may be an offset that nobody has seen yet. */
static inline int zero_may_be(const Zero* zero, const double* z, double load) {
  return zero->window > 0 && z[0] == 0.0 && load <= zero->most;
}

#endif
