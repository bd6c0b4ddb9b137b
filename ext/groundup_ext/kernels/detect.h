/* What detectors have in common: rows that are events. */
#ifndef GROUNDUP_DETECT_H
#define GROUNDUP_DETECT_H

#include "plan.h"

/* A row of what a detector gives: when (in samples since the reset, with its fraction), channel, kind, value. */
#define EVENT_COLUMNS 4

static inline void put_event(const groundup_rows* out, size_t row, double at, size_t channel, double kind,
                             double value) {
  put_value(out, EVENT_COLUMNS * row, at);
  put_value(out, EVENT_COLUMNS * row + 1, (double)channel);
  put_value(out, EVENT_COLUMNS * row + 2, kind);
  put_value(out, EVENT_COLUMNS * row + 3, value);
}

/* A plan whose kernel gives at most `each` events for a value. Events are not late: each says when it was. */
void* groundup_detector(size_t size, size_t channels, size_t slots, size_t each, Process process);

#endif
