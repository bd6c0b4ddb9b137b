/* Kernels that put channels of one row together: magnitude, relative phase. They remember nothing. */
#include <string.h>

#include "plan.h"

#define PI 3.14159265358979323846

typedef struct {
  groundup_kernel base;
  size_t axes;
} Magnitude;

typedef struct {
  groundup_kernel base;
  size_t pairs[]; /* two channels for each column */
} Relative;

static size_t magnitude(const groundup_kernel* self, double* state, const groundup_rows* in,
                        const groundup_rows* out) {
  (void)state;
  size_t axes = ((const Magnitude*)self)->axes, all = in->rows * self->columns;
  for (size_t i = 0; i < all; i++) {
    double sum = 0.0;
    for (size_t a = 0; a < axes; a++) {
      double value = value_at(in, i * axes + a);
      sum += value * value;
    }
    put_value(out, i, sqrt(sum));
  }
  return in->rows;
}

groundup_kernel* groundup_magnitude(size_t channels, size_t axes) {
  Magnitude* plan = (Magnitude*)groundup_plan(sizeof(Magnitude), channels, 0, magnitude);
  if (plan == NULL) return NULL;
  plan->axes = axes;
  plan->base.columns = channels / axes;
  plan->base.delay = 0.0;
  return &plan->base;
}

static size_t relative(const groundup_kernel* self, double* state, const groundup_rows* in,
                       const groundup_rows* out) {
  (void)state;
  const size_t* pairs = ((const Relative*)self)->pairs;
  for (size_t i = 0; i < in->rows; i++) {
    for (size_t p = 0; p < self->columns; p++) {
      size_t row = i * self->channels;
      double apart = value_at(in, row + pairs[2 * p]) - value_at(in, row + pairs[2 * p + 1]);
      put_value(out, i * self->columns + p, apart - 2.0 * PI * ceil((apart - PI) / (2.0 * PI)));
    }
  }
  return in->rows;
}

groundup_kernel* groundup_relative_phase(size_t channels, const size_t* pairs, size_t count) {
  size_t size = sizeof(Relative) + 2 * count * sizeof(size_t);
  Relative* plan = (Relative*)groundup_plan(size, channels, 0, relative);
  if (plan == NULL) return NULL;
  memcpy(plan->pairs, pairs, 2 * count * sizeof(size_t));
  plan->base.columns = count;
  plan->base.delay = 0.0;
  return &plan->base;
}
