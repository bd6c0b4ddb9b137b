/* What the plans of the kernels have in common, and what a path of vector lanes offers. Not for users of kernels. */
#ifndef GROUNDUP_PLAN_H
#define GROUNDUP_PLAN_H

#include <math.h>

#include "kernels.h"

/* A state: HEADER doubles for the whole kernel, then slots of one double a channel. */
#define HEADER 8
#define MOST_LANES 8

/* Beyond this a value is no measurement, and would overflow in a filter. */
#define LARGEST 1e100

/* The slots of a state are as long as the widest lanes ask for. */
static inline size_t slot_length(size_t channels) { return (channels + MOST_LANES - 1) / MOST_LANES * MOST_LANES; }

typedef struct {
  double b0, b1, b2, a1, a2;
} Section;

#define MOST_SECTIONS 6 /* as many as the registers hold */

/* Sections that run together. Only the last of a group may rectify its input. */
typedef struct {
  Section sections[MOST_SECTIONS];
  int count;
  int rectify;
  double scale; /* of what the group gives */
} Group;

typedef struct {
  groundup_kernel base;
  size_t count; /* groups */
  int steady;
  int unit;     /* every b0 is 1; the scale of the last group makes up for it */
  Group groups[];
} Cascade;

typedef struct {
  groundup_kernel base;
  size_t window; /* samples */
} Windowed;

typedef struct {
  groundup_kernel base;
  int steady;
  size_t reach;   /* taps of each phase: a multiple of 4, filled up with 0 */
  size_t* older;  /* for each phase, how many rows ago the inputs on both sides of its moment came */
  size_t* newer;
  double* taps;   /* phase after phase, each from the oldest input to the newest */
} Resampler;

/* The kernels that are built once for each path of vector lanes. */
typedef enum { CASCADE, RECTIFY, DEMEAN, MOVING_RMS, TKEO, PHASE, RESAMPLE, IN_LANES } InLanes;

typedef void (*Run)(const groundup_kernel* self, double* state, const groundup_rows* in, const groundup_rows* out);

typedef struct {
  Run run[IN_LANES];
} Path;

typedef size_t (*Process)(const groundup_kernel* self, double* state, const groundup_rows* in,
                          const groundup_rows* out);

/* A plan of `size` bytes whose state has `slots` doubles a channel, with the process of each kernel. */
void* groundup_plan(size_t size, size_t channels, size_t slots, Process process);
void* groundup_plan_in_lanes(size_t size, size_t channels, size_t slots, InLanes kernel);

/* All of a state to 0. */
void groundup_blank(const groundup_kernel* self, double* state);
/* The same, and a channel's first slots to NaN. */
void groundup_blank_but(const groundup_kernel* self, double* state, size_t slots);

/* A value, or NaN where it is missing. */
static inline double value_at(const groundup_rows* in, size_t index) {
  double value = in->single ? (double)((const float*)in->data)[index] : ((const double*)in->data)[index];
  return fabs(value) <= LARGEST ? value : NAN;
}

static inline void put_value(const groundup_rows* out, size_t index, double value) {
  if (out->single)
    ((float*)out->data)[index] = (float)value;
  else
    ((double*)out->data)[index] = value;
}

#endif
