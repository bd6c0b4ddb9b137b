"""liblsl's C functions, and one inlet with the buffer it is drained into."""

from libc.stdint cimport int32_t, uint32_t

cdef enum:
    FORMATS = 32                # room for codes; LSL has 0 to 7
    STRING = 3                  # the numeric formats are rows of a table in `_lsl.pyx`

ctypedef unsigned long (*pull_t)(void*, void*, double*, unsigned long, unsigned long, double, int32_t*) noexcept nogil
ctypedef unsigned long (*pull_strings_t)(
    void*, char**, uint32_t*, double*, unsigned long, unsigned long, double, int32_t*) noexcept nogil
ctypedef double (*correction_t)(void*, double*, double*, double, int32_t*) noexcept nogil
ctypedef double (*clock_t)() noexcept nogil
ctypedef void (*destroy_t)(char*) noexcept nogil

cdef struct Table:
    pull_t pull[FORMATS]              # by format code; [STRING] stays empty
    pull_strings_t pull_strings
    correction_t correction
    clock_t clock
    destroy_t destroy_string

cdef Table lsl

cdef struct Feed:
    void* inlet
    int format
    size_t channels
    size_t value_bytes          # 0 for strings
    size_t capacity             # samples that fit
    unsigned char* values       # numbers: capacity x channels values
    char** strings              # strings: capacity x channels pointers, ours only until `feed_release`
    uint32_t* lengths
    double* stamps
    size_t at_once              # samples that the next pull takes at most
    size_t asked                # that the last one would have taken
    double probe_time           # device time of the newest probe seen

cdef Feed* feed_new(void* inlet, int format, size_t channels, size_t capacity) noexcept nogil
cdef void feed_free(Feed* feed) noexcept nogil
cdef size_t feed_pull(Feed* feed, int32_t* error) noexcept nogil
cdef size_t feed_pull_some(Feed* feed, int32_t* error) noexcept nogil
cdef size_t feed_take(Feed* feed, size_t begin, size_t most, double wait, int32_t* error) noexcept nogil
cdef void feed_release(Feed* feed, size_t samples) noexcept nogil
cdef void feed_widen(const Feed* feed, size_t samples, double* out) noexcept nogil
cdef void feed_extremes(const Feed* feed, size_t samples, double* low, double* high) noexcept nogil
cdef bint feed_probe(Feed* feed, double* time, double* offset, double* round_trip) noexcept nogil
