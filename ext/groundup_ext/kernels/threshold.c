/* Detectors of activity: a level crossed, and a level crossed often enough in a window. */
#include <string.h>

#include "detect.h"

typedef struct {
  groundup_kernel base;
  double refractory;
  double levels[]; /* for each channel: on, off */
} Threshold;

/* Slots of a channel. */
enum { BEFORE, ACTIVE, READY, THRESHOLD_SLOTS };

static size_t threshold(const groundup_kernel* self, double* state, const groundup_rows* in,
                        const groundup_rows* out) {
  const Threshold* plan = (const Threshold*)self;
  size_t stride = slot_length(self->channels), made = 0;
  for (size_t i = 0; i < in->rows; i++, state[0] += 1.0) {
    for (size_t c = 0; c < self->channels; c++) {
      double* slot = state + HEADER + c;
      double value = value_at(in, i * self->channels + c), at = state[0];
      double before = slot[BEFORE * stride];
      slot[BEFORE * stride] = value;
      int active = slot[ACTIVE * stride] > 0.0;
      double level = plan->levels[2 * c + (size_t)active];
      if (at < slot[READY * stride] || !(active ? value < level : value >= level)) continue;
      slot[ACTIVE * stride] = !active;
      slot[READY * stride] = at + plan->refractory;
      /* Between two samples only if it was crossed there, and not while nobody was to look. */
      if (active ? before >= level : before < level) at += (level - before) / (value - before) - 1.0;
      put_event(out, made++, at, c, active ? -1.0 : 1.0, value);
    }
  }
  return made;
}

static void reset_threshold(const groundup_kernel* self, double* state) { groundup_blank_but(self, state, 1); }

groundup_kernel* groundup_threshold(size_t channels, const double* levels, size_t refractory) {
  size_t size = sizeof(Threshold) + 2 * channels * sizeof(double);
  Threshold* plan = (Threshold*)groundup_detector(size, channels, THRESHOLD_SLOTS, 1, threshold);
  if (plan == NULL) return NULL;
  memcpy(plan->levels, levels, 2 * channels * sizeof(double));
  plan->refractory = (double)refractory;
  plan->base.reset = reset_threshold;
  return &plan->base;
}

typedef struct {
  groundup_kernel base;
  size_t least, window;
  double levels[]; /* for each channel */
} Double;

enum { ON, COUNT, NEWEST, FLAGS };

static double oldest_above(const double* flags, size_t stride, size_t window, double at) {
  for (size_t ago = window; ago-- > 0;) {
    if ((double)ago <= at && flags[((uint64_t)at - ago) % window * stride] > 0.0) return at - (double)ago;
  }
  return at;
}

static size_t double_threshold(const groundup_kernel* self, double* state, const groundup_rows* in,
                               const groundup_rows* out) {
  const Double* plan = (const Double*)self;
  size_t stride = slot_length(self->channels), made = 0;
  for (size_t i = 0; i < in->rows; i++, state[0] += 1.0) {
    double at = state[0];
    size_t place = (size_t)((uint64_t)at % plan->window);
    for (size_t c = 0; c < self->channels; c++) {
      double* slot = state + HEADER + c;
      double* flag = slot + (FLAGS + place) * stride;
      double value = value_at(in, i * self->channels + c);
      int above = value >= plan->levels[c];
      slot[COUNT * stride] += above - *flag;
      *flag = above;
      if (above) slot[NEWEST * stride] = at;
      if (slot[ON * stride] == 0.0 && slot[COUNT * stride] >= (double)plan->least) {
        slot[ON * stride] = 1.0;
        put_event(out, made++, oldest_above(slot + FLAGS * stride, stride, plan->window, at), c, 1.0, value);
      } else if (slot[ON * stride] > 0.0 && slot[COUNT * stride] == 0.0) {
        slot[ON * stride] = 0.0;
        put_event(out, made++, slot[NEWEST * stride] + 1.0, c, -1.0, value);
      }
    }
  }
  return made;
}

groundup_kernel* groundup_double_threshold(size_t channels, const double* levels, size_t least, size_t window) {
  size_t size = sizeof(Double) + channels * sizeof(double);
  Double* plan = (Double*)groundup_detector(size, channels, FLAGS + window, 1, double_threshold);
  if (plan == NULL) return NULL;
  memcpy(plan->levels, levels, channels * sizeof(double));
  plan->least = least;
  plan->window = window;
  return &plan->base;
}
