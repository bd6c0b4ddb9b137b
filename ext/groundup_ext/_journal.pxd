"""XDF chunks, built in memory and written as one cycle."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

from groundup_ext._lsl cimport Feed

cdef struct Buffer:
    unsigned char* data
    size_t length
    size_t capacity
    bint failed                 # out of memory: what did not fit is not in it

cdef struct Cycle:
    Buffer chunks               # whole XDF chunks
    Buffer sums                 # a row for each of them: stream, length, CRC-32
    Buffer records              # our records: probes, ledger, meta
    int64_t offset              # file length when this cycle began

cdef void buffer_free(Buffer* buffer) noexcept nogil
cdef unsigned char* buffer_grow(Buffer* buffer, size_t more) noexcept nogil
cdef void buffer_put(Buffer* buffer, const void* data, size_t length) noexcept nogil

cdef void cycle_free(Cycle* cycle) noexcept nogil
cdef bint cycle_is_empty(Cycle* cycle) noexcept nogil
cdef void cycle_chunk(Cycle* cycle, uint16_t tag, uint32_t stream, const unsigned char* content,
                      size_t length) noexcept nogil
cdef void cycle_samples(Cycle* cycle, uint32_t stream, Feed* feed, size_t samples) noexcept nogil
cdef void cycle_probe(Cycle* cycle, uint32_t stream, double time, double offset, double round_trip,
                      double collected) noexcept nogil
cdef void cycle_record(Cycle* cycle, char kind, const unsigned char* data, size_t length) noexcept nogil
cdef int cycle_write(Cycle* cycle, int fd) noexcept nogil
