/* What the plans of the kernels have in common, and what a path of vector lanes offers. Not for users of kernels. */
#ifndef GROUNDUP_PLAN_H
#define GROUNDUP_PLAN_H

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

typedef size_t (*Process)(const groundup_kernel* self, double* state, const groundup_rows* in,
                          const groundup_rows* out);

/* The kernels that are built once for each path. */
typedef struct {
  Process cascade;
} Path;

const Path* groundup_path(void);

/* All of a state to 0. */
void groundup_blank(const groundup_kernel* self, double* state);

/* A plan of `size` bytes whose state has `slots` doubles a channel. */
void* groundup_plan(size_t size, size_t channels, size_t slots, Process process);

#endif
