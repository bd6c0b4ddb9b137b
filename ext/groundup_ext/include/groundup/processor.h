/* groundup's hot path, C ABI version 2: a processor turns samples into samples or events, chunk by chunk.
 *
 * A plugin hands groundup a PyCapsule named GROUNDUP_PROCESSOR_CAPSULE that holds a pointer to a groundup_processor.
 * The capsule owns the struct and must keep it alive; groundup keeps the capsule alive while it uses the processor.
 *
 * A processor never sees how its stream was cut into chunks, and must not care: the same samples in other chunks give
 * the same bits. No allocation, no lock, no input or output in `process` and `reset`; they run without Python's GIL.
 *
 * [main thread] functions are never called while a [hot thread] function runs. No two functions of one processor run
 * at the same time, but the hot thread may be another one than the main thread.
 */
#ifndef GROUNDUP_PROCESSOR_H
#define GROUNDUP_PROCESSOR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GROUNDUP_PROCESSOR_CAPSULE "groundup.processor.v2"
#define GROUNDUP_PROCESSOR_VERSION 2

/* How far back an event may lie, in samples before the first one of the chunk in which it is told. */
#define GROUNDUP_EVENT_REACH 16384

enum groundup_gap {
    GROUNDUP_GAP_RESET = 0,  /* after samples were lost, `reset` is called and the processor begins anew */
    GROUNDUP_GAP_BRIDGE = 1  /* samples after a gap follow those before it as if nothing were missing */
};

enum groundup_side {
    GROUNDUP_OF_CHANNEL = 0, /* that of its channel; without a channel, the one that all channels have in common, if any */
    GROUNDUP_LEFT = 1,
    GROUNDUP_RIGHT = 2
};

#define GROUNDUP_NO_CHANNEL (-1)

/* An event. What is not known of it is said, not left out: GROUNDUP_NO_CHANNEL, GROUNDUP_OF_CHANNEL, NaN. */
typedef struct groundup_event {
    int64_t sample;          /* counted from the first sample of this chunk; negative: before it */
    double fraction;         /* 0 <= fraction < 1: how far on towards the next sample */
    double confidence;       /* 0 to 1; metrics use no contact below 0.5 */
    double value;            /* finite: how large, how long ...; NaN: it has none. Its unit is told with the kinds */
    int32_t channel;         /* in which of the channels that come in, from 0; or GROUNDUP_NO_CHANNEL */
    uint32_t kind;           /* which of the kinds that the stage was described with (`NativeStage(kinds=...)`), from 0 */
    uint32_t side;           /* enum groundup_side */
} groundup_event;

typedef struct groundup_processor {
    uint32_t struct_size;    /* sizeof(groundup_processor) */
    uint32_t version;        /* GROUNDUP_PROCESSOR_VERSION */

    void *state;             /* the plugin's own; given to every function */

    uint32_t in_channels;    /* at least 1 */
    uint32_t out_channels;   /* 0: it makes events only */
    uint32_t up, down;       /* output rate = input rate * up / down; 1 and 1 unless it resamples */
    uint32_t gap;            /* enum groundup_gap */

    /* [main thread] Get ready for samples at `rate` Hz (0: irregular), at most `max_samples` in a call of `process`.
     * The place for allocation. 0: ready; anything else: groundup does without this processor and says so. */
    int32_t (*activate)(void *state, double rate, uint32_t max_samples);

    /* [hot thread] Take `n` samples (1 <= n <= max_samples).
     *
     * in       n x in_channels values, sample by sample
     * out      room for *out_n x out_channels values; NULL if out_channels is 0
     * out_n    in: how many samples are expected; out: how many were written, which must be the same.
     *          Output m since the last reset is due with input floor(m * down / up): without resampling, n.
     * events   room for *event_n events: at least (n + 1) * in_channels
     * event_n  in: room; out: how many were written, so write it always, if only with 0.
     *
     * 0: done. Anything else: groundup writes NaN in place of this processor's output from here on, tells the fault
     * with this number, and goes on without the processor until it is reset. */
    int32_t (*process)(void *state, const double *in, uint32_t n, double *out, uint32_t *out_n,
                       groundup_event *events, uint32_t *event_n);

    /* [hot thread] Forget all samples: what comes next is the first. Called after `activate`, before any `process`. */
    void (*reset)(void *state);

    /* [main thread] Undo `activate`: called once for each time that it returned 0. */
    void (*destroy)(void *state);

    /* [main thread] A pointer to the struct of an extension, or NULL if `id` is not known. May itself be NULL. */
    const void *(*extension)(void *state, const char *id);
} groundup_processor;

/* How late the output is: the processor's delay of low frequencies. groundup takes it off the time stamps. Without this
 * extension the output is taken to be on time. */
#define GROUNDUP_LATENCY "groundup.latency/1"
typedef struct groundup_latency {
    uint32_t struct_size;    /* sizeof(groundup_latency) */
    /* [main thread] Seconds; asked once, after `activate`. */
    double (*seconds)(void *state);
} groundup_latency;

/* An event processor that is only this: one function which is given one sample of one channel, the channels in turn, and
 * says whether that makes an event. groundup does the rest (`Detector.function` in Python). [hot thread]
 *
 * memory   the channel's own, as `Detector.memory` made it; put back after a gap, and where a value is missing: `value`
 *          is never NaN
 * event    ready to be told, as event 0 of this sample and channel, sure and without a value. Write it only where 1 is
 *          returned; `sample` may be made less: what is found now may have happened before
 *
 * 0: nothing. 1: the event. Anything else: a failure, as of `process`. */
typedef int32_t (*groundup_detect)(void *memory, double value, groundup_event *event);

#ifdef __cplusplus
}
#endif
#endif
