/* The plans of kernels that need a window at most: rectify, demean, moving RMS, TKEO, phase. */
#include "plan.h"

static groundup_kernel* windowed(size_t channels, size_t slots, InLanes kernel, size_t window, double delay) {
  Windowed* plan = (Windowed*)groundup_plan_in_lanes(sizeof(Windowed), channels, slots, kernel);
  if (plan == NULL) return NULL;
  plan->window = window;
  plan->base.delay = delay;
  return &plan->base;
}

static void begin_with_none(const groundup_kernel* self, double* state) { groundup_blank_but(self, state, 2); }
static void begin_with_nothing_held(const groundup_kernel* self, double* state) { groundup_blank_but(self, state, 1); }

groundup_kernel* groundup_rectify(size_t channels) { return windowed(channels, 0, RECTIFY, 0, 0.0); }

groundup_kernel* groundup_demean(size_t channels, size_t window) { return windowed(channels, 2, DEMEAN, window, 0.0); }

groundup_kernel* groundup_moving_rms(size_t channels, size_t window) {
  return windowed(channels, 2 + 2 * window, MOVING_RMS, window, ((double)window - 1.0) / 2.0);
}

groundup_kernel* groundup_tkeo(size_t channels) {
  groundup_kernel* self = windowed(channels, 2, TKEO, 0, 1.0);
  if (self != NULL) self->reset = begin_with_none;
  return self;
}

groundup_kernel* groundup_phase(size_t channels, size_t window) {
  groundup_kernel* self = windowed(channels, 3 + 3 * (window + 1), PHASE, window, 1.0);
  if (self != NULL) self->reset = begin_with_nothing_held;
  return self;
}
