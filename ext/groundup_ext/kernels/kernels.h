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

/* The absolute value. */
groundup_kernel* groundup_rectify(size_t channels);

/* What is left without the mean of all values so far, and from `window` values on without their exponential mean of that
 * time constant: m += (x - m) / min(number of values, window); y = x - m. */
groundup_kernel* groundup_demean(size_t channels, size_t window);

/* Root of the mean square of the last `window` values, of as many as there are. */
groundup_kernel* groundup_moving_rms(size_t channels, size_t window);

/* Teager-Kaiser energy (Kaiser 1990) of the sample before: x[n-1]^2 - x[n-2] x[n]; NaN for the first two. */
groundup_kernel* groundup_tkeo(size_t channels);

/* Root of the sum of squares of each `axes` neighbouring channels. */
groundup_kernel* groundup_magnitude(size_t channels, size_t axes);

/* Resampling by up / down through a symmetric filter of `count` taps at the rate in between, as scipy.signal.upfirdn.
 * Output NaN where one of the two inputs around its moment is missing. */
groundup_kernel* groundup_resampler(size_t channels, size_t up, size_t down, const double* taps, size_t count,
                                    int steady);

/* Phase angle (rad) of the sample before: atan2 of its velocity over the greatest, and of its place between the
 * extremes, of the last `window` samples. NaN while it has not moved. */
groundup_kernel* groundup_phase(size_t channels, size_t window);

/* Difference of the phases of pairs of channels (count x 2), in (-pi, pi]: continuous relative phase. */
groundup_kernel* groundup_relative_phase(size_t channels, const size_t* pairs, size_t count);

/* Detectors. Their rows are events: when (samples since the reset, with a fraction), channel, kind, value. */

/* Up through on (kind 1), down through off (kind -1), none for `refractory` samples after each. `levels`: channels x
 * (on, off). The value is that of the sample behind the crossing. */
groundup_kernel* groundup_threshold(size_t channels, const double* levels, size_t refractory);

/* On (kind 1) when `least` of the last `window` values reach the level: at the first of these. Off (kind -1) when none
 * does: behind the last one. */
groundup_kernel* groundup_double_threshold(size_t channels, const double* levels, size_t least, size_t window);

/* Initial contacts (kind 1) and foot offs (kind -1) where sign x force goes through `threshold`, once it has reached
 * `sure` and lasted for `least` samples; contacts less than `refractory` samples apart are one. Value: 1, or 0 where the
 * beginning was not seen. `zero`: window (samples, 0 for none), flat (N), most (N), share, drift; see zero.h. */
groundup_kernel* groundup_contact(size_t channels, double threshold, double sure, double sign, size_t least,
                                  size_t refractory, const double* zero);

/* `matrix` (6 x channels): to force and moment about the middle of the top surface, in plate axes. Columns out: Fx Fy Fz
 * (lab frame, the reaction), CoPx, CoPy, free moment; the last three NaN while Fz is under `threshold`. */
groundup_kernel* groundup_plate(size_t channels, const double* matrix, const double* axes, const double* middle,
                                double sign, double threshold, const double* zero);

#endif
