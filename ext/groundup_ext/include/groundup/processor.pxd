"""The C ABI of the hot path (processor.h), for Cython: ``from groundup.processor cimport groundup_processor``."""

from libc.stdint cimport int32_t, int64_t, uint32_t

cdef extern from "groundup/processor.h" nogil:
    const char* GROUNDUP_PROCESSOR_CAPSULE
    const char* GROUNDUP_LATENCY
    enum:
        GROUNDUP_PROCESSOR_VERSION
        GROUNDUP_EVENT_REACH
        GROUNDUP_GAP_RESET
        GROUNDUP_GAP_BRIDGE
        GROUNDUP_OF_CHANNEL
        GROUNDUP_LEFT
        GROUNDUP_RIGHT
        GROUNDUP_NO_CHANNEL

    ctypedef struct groundup_event:
        int64_t sample
        double fraction
        double confidence
        double value
        int32_t channel
        uint32_t kind
        uint32_t side

    ctypedef struct groundup_processor:
        uint32_t struct_size
        uint32_t version
        void* state
        uint32_t in_channels
        uint32_t out_channels
        uint32_t up
        uint32_t down
        uint32_t gap
        int32_t (*activate)(void* state, double rate, uint32_t max_samples) noexcept
        int32_t (*process)(void* state, const double* samples, uint32_t n, double* out, uint32_t* out_n,
                           groundup_event* events, uint32_t* event_n) noexcept nogil
        void (*reset)(void* state) noexcept nogil
        void (*destroy)(void* state) noexcept
        const void* (*extension)(void* state, const char* id) noexcept

    ctypedef struct groundup_latency:
        uint32_t struct_size
        double (*seconds)(void* state) noexcept

    ctypedef int32_t (*groundup_detect)(void* memory, double value, groundup_event* event) noexcept nogil
