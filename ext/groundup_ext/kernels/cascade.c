/* The plan of second-order sections in series, one of which may rectify its input. */
#include "plan.h"

static void reset(const groundup_kernel* self, double* state) { groundup_blank_but(self, state, 1); }

/* With every b0 at 1 a section takes a multiplication less, and its output waits for an addition only. That is the
 * same filter times a factor; not so where a b0 is 0, or the factor is beyond all measure. */
static int can_be_unit(const double* sections, size_t count) {
  double scale = 1.0;
  for (size_t s = 0; s < count; s++) {
    scale *= fabs(sections[6 * s] / sections[6 * s + 3]);
    if (!(scale > 1e-100 && scale < 1e100)) return 0;
  }
  return 1;
}

groundup_kernel* groundup_cascade(size_t channels, const double* sections, size_t count, ptrdiff_t rectified,
                                  int steady) {
  /* At most a group more than sections fill, for the cut behind the one that rectifies. */
  size_t size = sizeof(Cascade) + (count / MOST_SECTIONS + 2) * sizeof(Group);
  Cascade* plan = (Cascade*)groundup_plan_in_lanes(size, channels, 1 + 2 * count, CASCADE);
  if (plan == NULL) return NULL;
  plan->base.reset = reset;
  plan->steady = steady;
  plan->unit = can_be_unit(sections, count);
  Group* group = NULL;
  double scale = 1.0;
  for (size_t s = 0; s < count; s++) {
    const double* sos = sections + 6 * s;
    double a0 = sos[3], by = plan->unit ? sos[0] : a0;
    if (group == NULL || group->rectify || group->count == MOST_SECTIONS) {
      group = plan->groups + plan->count++;
      group->scale = 1.0;
    }
    group->sections[group->count++] = (Section){sos[0] / by, sos[1] / by, sos[2] / by, sos[4] / a0, sos[5] / a0};
    group->rectify = (ptrdiff_t)s == rectified;
    if (group->rectify) scale = fabs(scale);
    scale *= by / a0;
  }
  if (group != NULL) group->scale = scale;
  return &plan->base;
}
