/* A force plate: calibration matrix, zero, force in the lab frame, centre of pressure and free moment. */
#include <string.h>

#include "plan.h"
#include "zero.h"

#define WRENCH 6

typedef struct {
  groundup_kernel base;
  double axes[9];   /* columns are the plate's x, y and z in the lab frame, z up */
  double middle[3]; /* of the top surface, m */
  double sign;      /* 1: what comes in is the reaction, -1: the action on the plate */
  double handed;    /* -1 for mirrored axes, in which a moment changes its sign */
  double threshold; /* N */
  Zero zero;
  double matrix[];  /* for each channel, what it gives to Fx Fy Fz Mx My Mz about the middle of the top surface */
} Plate;

/* What comes out of a wrench in plate axes; formulas: Kistler's, for a moment about the top surface. */
static void reaction(const Plate* plan, const double* w, double* made) {
  const double* e = plan->axes;
  for (int i = 0; i < 3; i++) made[i] = plan->sign * (w[0] * e[3 * i] + w[1] * e[3 * i + 1] + w[2] * e[3 * i + 2]);
  made[3] = made[4] = made[5] = NAN;
  if (!(made[2] >= plan->threshold) || w[2] == 0.0) return;
  double x = -w[4] / w[2], y = w[3] / w[2];
  made[3] = plan->middle[0] + x * e[0] + y * e[1];
  made[4] = plan->middle[1] + x * e[3] + y * e[4];
  made[5] = plan->sign * plan->handed * e[8] * (w[5] - (x * w[1] - y * w[0]));
}

static size_t plate(const groundup_kernel* self, double* state, const groundup_rows* in, const groundup_rows* out) {
  const Plate* plan = (const Plate*)self;
  double* zero = state + HEADER;
  const double* offset = zero + ZERO_NUMBERS + WRENCH;
  for (size_t i = 0; i < in->rows; i++) {
    double wrench[WRENCH] = {0, 0, 0, 0, 0, 0}, made[WRENCH];
    for (size_t c = 0; c < self->channels; c++) {
      double value = value_at(in, i * self->channels + c);
      for (int k = 0; k < WRENCH; k++) wrench[k] += plan->matrix[WRENCH * c + (size_t)k] * value;
    }
    const double* up = plan->axes + 6;
    double load = plan->sign * (wrench[0] * up[0] + wrench[1] * up[1] + wrench[2] * up[2]);
    double before = plan->sign * (offset[0] * up[0] + offset[1] * up[1] + offset[2] * up[2]);
    int whole = 1;
    for (int k = 0; k < WRENCH; k++) whole &= wrench[k] == wrench[k];
    if (whole) zero_follow(&plan->zero, zero, 1, load, wrench, WRENCH, before);
    for (int k = 0; k < WRENCH; k++) wrench[k] = whole ? wrench[k] - offset[k] : NAN;
    reaction(plan, wrench, made);
    for (size_t k = 0; k < WRENCH; k++) put_value(out, i * WRENCH + k, made[k]);
  }
  return in->rows;
}

groundup_kernel* groundup_plate(size_t channels, const double* matrix, const double* axes, const double* middle,
                                double sign, double threshold, const double* zero) {
  size_t size = sizeof(Plate) + WRENCH * channels * sizeof(double);
  Plate* plan = (Plate*)groundup_plan(size, channels, 0, plate);
  if (plan == NULL) return NULL;
  const double* e = axes;
  double turn = e[0] * (e[4] * e[8] - e[5] * e[7]) - e[1] * (e[3] * e[8] - e[5] * e[6]) +
                e[2] * (e[3] * e[7] - e[4] * e[6]);
  memcpy(plan->axes, axes, sizeof plan->axes);
  memcpy(plan->middle, middle, sizeof plan->middle);
  for (size_t c = 0; c < channels; c++)
    for (size_t k = 0; k < WRENCH; k++) plan->matrix[WRENCH * c + k] = matrix[k * channels + c];
  plan->sign = sign;
  plan->handed = turn > 0.0 ? 1.0 : -1.0;
  plan->threshold = threshold;
  plan->zero = zero_of(zero);
  plan->base.columns = WRENCH;
  plan->base.state = HEADER + ZERO_NUMBERS + 2 * WRENCH;
  plan->base.delay = 0.0;
  return &plan->base;
}
