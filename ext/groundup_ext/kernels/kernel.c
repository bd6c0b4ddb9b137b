/* What all kernels share: making, resetting and freeing a plan, and the choice of the path of vector lanes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect.h"
#include "plan.h"

extern const Path groundup_path_plain;
#ifdef GROUNDUP_HAS_PAIRS
extern const Path groundup_path_pairs;
#endif
#ifdef GROUNDUP_HAS_AVX
extern const Path groundup_path_avx2;
extern const Path groundup_path_avx512;
#endif

typedef struct {
  const char* name;
  const Path* path;
} Named;

/* From the plainest to the widest. */
static const Named paths[] = {
    {"plain", &groundup_path_plain},
#ifdef GROUNDUP_HAS_PAIRS
    {"pairs", &groundup_path_pairs},
#endif
#ifdef GROUNDUP_HAS_AVX
    {"avx2", &groundup_path_avx2},
    {"avx512", &groundup_path_avx512},
#endif
};

static int taken = -1;

int groundup_path_count(void) { return (int)(sizeof paths / sizeof *paths); }
const char* groundup_path_name(int path) { return paths[path].name; }

int groundup_path_usable(int path) {
#ifdef GROUNDUP_HAS_AVX
  __builtin_cpu_init();
  if (strcmp(paths[path].name, "avx2") == 0) return __builtin_cpu_supports("avx2") != 0;
  if (strcmp(paths[path].name, "avx512") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
  return path >= 0;
}

int groundup_path_taken(void) {
  if (taken < 0) {
    int best = groundup_path_count() - 1;
    while (best > 0 && !groundup_path_usable(best)) best--;
    taken = best;
  }
  return taken;
}

void groundup_path_take(int path) { taken = path; }

size_t groundup_most_rows(const groundup_kernel* self, size_t n) {
  return self->down == 1 ? n * self->up : n * self->up / self->down + 1;
}

void groundup_kernel_free(groundup_kernel* self) { free(self); }

void groundup_blank(const groundup_kernel* self, double* state) { memset(state, 0, self->state * sizeof *state); }

void groundup_blank_but(const groundup_kernel* self, double* state, size_t slots) {
  groundup_blank(self, state);
  for (size_t i = 0; i < slots * slot_length(self->channels); i++) state[HEADER + i] = NAN;
}

void* groundup_plan(size_t size, size_t channels, size_t slots, Process process) {
  groundup_kernel* self = (groundup_kernel*)calloc(1, size);
  if (self == NULL) return NULL;
  self->channels = self->columns = channels;
  self->state = HEADER + slots * slot_length(channels);
  self->delay = NAN;
  self->up = self->down = 1;
  self->reset = groundup_blank;
  self->process = process;
  return self;
}

void* groundup_detector(size_t size, size_t channels, size_t slots, size_t each, Process process) {
  groundup_kernel* self = (groundup_kernel*)groundup_plan(size, channels, slots, process);
  if (self == NULL) return NULL;
  self->columns = EVENT_COLUMNS;
  self->up = each * channels;
  return self;
}

/* The function of a kernel in the path that is taken; the state's first number is how many rows there were. */
static size_t in_lanes(const groundup_kernel* self, double* state, const groundup_rows* in, const groundup_rows* out,
                       InLanes kernel) {
  uint64_t before = (uint64_t)state[0], after = before + in->rows, up = self->up, down = self->down;
  paths[groundup_path_taken()].path->run[kernel](self, state, in, out);
  state[0] = (double)after;
  return (size_t)((after * up + down - 1) / down - (before * up + down - 1) / down);
}

#define PROCESS(kernel)                                                                                        \
  static size_t process_##kernel(const groundup_kernel* self, double* state, const groundup_rows* in,         \
                                 const groundup_rows* out) {                                                  \
    return in_lanes(self, state, in, out, kernel);                                                             \
  }
PROCESS(CASCADE)
PROCESS(RECTIFY)
PROCESS(DEMEAN)
PROCESS(MOVING_RMS)
PROCESS(TKEO)
PROCESS(PHASE)
PROCESS(RESAMPLE)

void* groundup_plan_in_lanes(size_t size, size_t channels, size_t slots, InLanes kernel) {
  static const Process process[IN_LANES] = {process_CASCADE, process_RECTIFY, process_DEMEAN,  process_MOVING_RMS,
                                            process_TKEO,    process_PHASE,   process_RESAMPLE};
  return groundup_plan(size, channels, slots, process[kernel]);
}
