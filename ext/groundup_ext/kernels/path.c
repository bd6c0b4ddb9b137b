/* One path of vector lanes: the kernels, built for PATH with up to PATH_LANES lanes.
 *
 * The build compiles this file once for each path, with the flags that path is allowed; nothing else in the project is
 * compiled with them.
 */
#include <math.h>
#include <string.h>

#include "denormals.h"
#include "plan.h"

#ifdef _MSC_VER
#define INLINE __forceinline
#define UNROLL
#elif defined(__GNUC__)
#define INLINE inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif
#else
#define INLINE inline
#define UNROLL
#endif

#define TILE 64 /* rows */

typedef void (*Begin)(const groundup_kernel* self, double* state, size_t channel, double value);
/* How many rows the kernel has seen: first in every state. */
static INLINE size_t rows_before(const double* state) { return (size_t)state[0]; }

/* Work on one block of at most W channels, for some rows. */
typedef void (*Block)(const groundup_kernel* self, double* state, const groundup_rows* in, const groundup_rows* out,
                      size_t row, size_t rows, size_t channel, size_t lanes);

static void cascade_begin(const groundup_kernel* self, double* state, size_t channel, double value) {
  const Cascade* plan = (const Cascade*)self;
  if (!plan->steady) return;
  size_t stride = slot_length(self->channels);
  double* slot = state + HEADER + stride + channel;
  for (const Group* group = plan->groups; group < plan->groups + plan->count; group++) {
    for (int s = 0; s < group->count; s++, slot += 2 * stride) {
      const Section* c = group->sections + s;
      if (group->rectify && s == group->count - 1) value = fabs(value);
      double level = value * (c->b0 + c->b1 + c->b2) / (1.0 + c->a1 + c->a2);
      slot[0] = level - c->b0 * value;
      slot[stride] = c->b2 * value - c->a2 * level;
      value = level;
    }
  }
}

static void phase_begin(const groundup_kernel* self, double* state, size_t channel, double value) {
  size_t stride = slot_length(self->channels), window = ((const Windowed*)self)->window;
  double* slot = state + HEADER + stride + channel;
  slot[0] = slot[stride] = value; /* the two inputs before */
  slot += 2 * stride;
  for (size_t i = 0; i < window + 1; i++, slot += 3 * stride) {
    slot[0] = slot[stride] = value;
    slot[2 * stride] = 0.0;
  }
}

static void resample_begin(const groundup_kernel* self, double* state, size_t channel, double value) {
  const Resampler* plan = (const Resampler*)self;
  if (!plan->steady) return;
  size_t stride = slot_length(self->channels);
  double* slot = state + HEADER + stride + channel;
  for (size_t i = 0; i < 2 * plan->reach; i++, slot += stride) *slot = value;
}

#define W 1
#include "every_kernel.h"
#if PATH_LANES >= 2
#define W 2
#include "every_kernel.h"
#endif
#if PATH_LANES >= 4
#define W 4
#include "every_kernel.h"
#endif
#if PATH_LANES >= 8
#define W 8
#include "every_kernel.h"
#endif

/* All channels of a tile of rows in blocks of lanes, then the next rows: so that a tile of many channels stays near. */
static INLINE void in_blocks(const groundup_kernel* self, double* state, const groundup_rows* in,
                             const groundup_rows* out, Block abreast, Block one, Block two, Block four,
                             Block eight) {
  (void)two, (void)four, (void)eight;
  size_t channels = self->channels;
  for (size_t row = 0; row < in->rows; row += TILE) {
    size_t rows = in->rows - row < TILE ? in->rows - row : TILE;
    for (size_t channel = 0, lanes; channel < channels; channel += lanes) {
      size_t left = channels - channel;
      Block block = one;
      lanes = 1;
#if PATH_LANES >= 2
      if (left >= 2) block = two, lanes = 2;
#endif
#if PATH_LANES >= 4
      if (left >= 3) block = four, lanes = left < 4 ? left : 4;
#endif
#if PATH_LANES >= 8
      if (left >= 5) block = eight, lanes = left < 8 ? left : 8;
#endif
      if (left >= 2 * PATH_LANES && abreast != NULL) block = abreast, lanes = 2 * PATH_LANES;
      block(self, state, in, out, row, rows, channel, lanes);
    }
  }
}

#if PATH_LANES >= 8
#define OF_EACH_WIDTH(kernel) kernel##_1, kernel##_2, kernel##_4, kernel##_8
#elif PATH_LANES >= 4
#define OF_EACH_WIDTH(kernel) kernel##_1, kernel##_2, kernel##_4, NULL
#elif PATH_LANES >= 2
#define OF_EACH_WIDTH(kernel) kernel##_1, kernel##_2, NULL, NULL
#else
#define OF_EACH_WIDTH(kernel) kernel##_1, NULL, NULL, NULL
#endif

/* A kernel whose channels do not see each other; `abreast` may take twice as many at once as there are lanes. */
#define BY_CHANNEL(kernel, abreast)                                                                                      \
  static void kernel(const groundup_kernel* self, double* state, const groundup_rows* in,                         \
                     const groundup_rows* out) {                                                                  \
    Denormals before = denormals_off();                                                                           \
    in_blocks(self, state, in, out, abreast, OF_EACH_WIDTH(kernel));                                                        \
    denormals_restore(before);                                                                                    \
  }

BY_CHANNEL(cascade, cascade_abreast)
BY_CHANNEL(rectify, NULL)
BY_CHANNEL(demean, NULL)
BY_CHANNEL(moving_rms, NULL)
BY_CHANNEL(tkeo, NULL)
BY_CHANNEL(phase, NULL)
BY_CHANNEL(resample, NULL)

#define NAME_(path) groundup_path_##path
#define NAME(path) NAME_(path)
const Path NAME(PATH) = {{cascade, rectify, demean, moving_rms, tkeo, phase, resample}};
