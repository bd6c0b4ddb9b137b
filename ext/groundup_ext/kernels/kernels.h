/* Kernels: what turns rows of samples into rows of results, one chunk after the other.
 *
 * A kernel is a constant plan; its state is an array of doubles that belongs to the caller, so that one plan may serve
 * many streams and a state can be copied, kept and put back. `process` allocates nothing, locks nothing and calls
 * nobody. It is made for one thread at a time for each state.
 *
 * Promises, tested for each: any cut of the input into chunks gives the same bits; every path of vector lanes gives
 * the same bits; float64 inside.
 *
 * What is no number, infinite or beyond 1e100 is a missing value. It never gets into a state. Its own output is NaN;
 * recursive kernels go on as though the channel's last good value had been repeated, others leave it out.
 */
#ifndef GROUNDUP_KERNELS_H
#define GROUNDUP_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Rows of samples: channels side by side, rows one after the other. */
typedef struct {
  void* data;
  size_t rows;      /* of an output: how many there is room for */
  int single;       /* 1: float32, 0: float64 */
} groundup_rows;

typedef struct groundup_kernel groundup_kernel;
struct groundup_kernel {
  size_t channels;  /* columns in */
  size_t columns;   /* columns out */
  size_t state;     /* doubles of state */
  double delay;     /* of what comes out, in samples of what goes in; NaN where there is none to tell */
  size_t up, down;  /* rows out for rows in */
  void (*reset)(const groundup_kernel* self, double* state);
  /* Takes all rows of `in`; returns how many rows it put into `out`, which has room for groundup_most_rows(). */
  size_t (*process)(const groundup_kernel* self, double* state, const groundup_rows* in, const groundup_rows* out);
};

/* How many rows may come out of n rows. */
size_t groundup_most_rows(const groundup_kernel* self, size_t n);
void groundup_kernel_free(groundup_kernel* self);

/* Vector lanes: the paths that this machine can take, and which is taken. Not for use while a kernel runs. */
int groundup_path_count(void);
const char* groundup_path_name(int path);
int groundup_path_usable(int path);
int groundup_path_taken(void);
void groundup_path_take(int path);

/* Each returns NULL when memory is out. */

/* Second-order sections in series. `sections`: count x 6 as SciPy writes them, a0 not 0. The input of section
 * `rectified` (and no other) is rectified first; -1: none. `steady`: begin as though a channel's first value had
 * always been there, otherwise from rest. */
groundup_kernel* groundup_cascade(size_t channels, const double* sections, size_t count, ptrdiff_t rectified,
                                  int steady);

#endif
