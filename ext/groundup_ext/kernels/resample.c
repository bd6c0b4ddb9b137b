/* The plan of a polyphase resampler. */
#include <string.h>

#include "plan.h"

static void reset(const groundup_kernel* self, double* state) { groundup_blank_but(self, state, 1); }

groundup_kernel* groundup_resampler(size_t channels, size_t up, size_t down, const double* taps, size_t count,
                                    int steady) {
  size_t reach = ((count + up - 1) / up + 3) / 4 * 4;
  size_t size = sizeof(Resampler) + up * reach * sizeof(double) + 2 * up * sizeof(size_t);
  Resampler* plan = (Resampler*)groundup_plan_in_lanes(size, channels, 1 + 3 * reach, RESAMPLE);
  if (plan == NULL) return NULL;
  double late = ((double)count - 1.0) / 2.0; /* at the rate in between: of a symmetric filter */
  plan->base.up = up;
  plan->base.down = down;
  plan->base.delay = late / (double)up;
  plan->base.reset = reset;
  plan->steady = steady;
  plan->reach = reach;
  plan->taps = (double*)(plan + 1);
  plan->older = (size_t*)(plan->taps + up * reach);
  plan->newer = plan->older + up;
  for (size_t phase = 0; phase < up; phase++) {
    for (size_t j = 0; phase + j * up < count; j++) plan->taps[phase * reach + reach - 1 - j] = taps[phase + j * up];
    double ago = (late - (double)phase) / (double)up;
    double least = floor(ago), most = ceil(ago);
    plan->newer[phase] = least > 0.0 ? (size_t)least : 0;
    plan->older[phase] = most < 0.0 ? 0 : most < (double)reach ? (size_t)most : reach - 1;
  }
  return &plan->base;
}
