"""The chain, for what feeds it without the GIL."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from groundup.processor cimport groundup_event, groundup_processor

cdef struct Found:              # an event with its time
    double time
    double confidence
    double value
    int32_t channel             # of the node's input; -1: none
    uint32_t kind
    uint32_t side

cdef struct Node:
    groundup_processor* native  # NULL: a stage in Python
    int parent                  # index of the node it is fed by; -1: the chain's own input
    size_t in_channels
    size_t out_channels
    uint64_t up, down           # output rate = input rate * up / down
    uint32_t max_samples
    bint resets                 # at a gap
    double latency              # s, taken off the times of what comes out
    double interval             # s between input samples
    int32_t error               # why it is bypassed; 0: it is not
    int32_t fault               # a failure that `faults` has not told yet
    double failed               # input time of it
    uint64_t seen               # input samples since the last reset
    uint64_t total              # input samples in all
    size_t begins               # first output sample of the piece that is being fed
    size_t n                    # output samples of this feed
    size_t capacity
    double* times
    double* values
    size_t events
    size_t event_capacity
    uint32_t kinds              # how many kinds of events it was described with
    Found* found
    groundup_event* scratch     # room for what one call may tell
    double* past                # times of the last GROUNDUP_EVENT_REACH input samples, a ring; NULL without kinds

cdef class Native:
    cdef readonly object capsule
    cdef groundup_processor* pointer
    cdef readonly uint32_t max_samples
    cdef readonly bint active

cdef class Chain:
    cdef Node* nodes
    cdef int count, room
    cdef readonly size_t channels
    cdef double interval
    cdef double first, last
    cdef bint begun
    cdef bint busy
    cdef list stages
    cdef list reasons
    cdef list told
    cdef int run(self, const double* times, const double* samples, size_t n) noexcept nogil
    cdef Node* _node(self, int index) except NULL
    cdef bint _is_gap(self, double before, double now) noexcept nogil
    cdef void _reset(self, Node* node, int index) noexcept nogil
    cdef int _piece(self, int index, const double* times, const double* samples, size_t n) noexcept nogil
    cdef int32_t _block(self, Node* node, const double* times, const double* samples, uint32_t n,
                        size_t made) noexcept nogil
    cdef void _python(self, int index, const double* times, const double* samples, size_t n, size_t made) noexcept
    cdef void _python_reset(self, int index) noexcept
