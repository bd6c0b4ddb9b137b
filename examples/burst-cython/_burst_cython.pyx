# cython: boundscheck=False, wraparound=False, cdivision=True, freethreading_compatible=True
"""A detector in Cython: one function that is given one sample of one channel. See burst_cython.py for what it does."""

from libc.math cimport sqrt
from libc.stdint cimport int32_t, int64_t, uintptr_t

from groundup.processor cimport groundup_detect, groundup_event

cdef enum:              # in the order of `Burst.kinds`
    BURST
    REST

cdef struct Memory:     # as `Burst.memory` makes it: what it is set to, and what it knows
    double rest, deviations, least
    double seen, mean, squares, level, active, run, peak


cdef int32_t _detect(void* memory, double x, groundup_event* event) noexcept nogil:
    cdef Memory* m = <Memory*>memory
    cdef double off
    if m.seen < m.rest:     # Welford's mean and sum of squares
        off = x - m.mean
        m.seen += 1
        m.mean += off / m.seen
        m.squares += off * (x - m.mean)
        m.level = m.mean + m.deviations * sqrt(m.squares / m.rest)
        return 0
    if x > m.level:
        m.peak = max(m.peak, x)
    if (x > m.level) == (m.active != 0):
        m.run = 0
        if m.active == 0:
            m.peak = 0
        return 0
    m.run += 1
    if m.run < m.least:
        return 0
    m.active, m.run = 1 - m.active, 0
    event.sample -= <int64_t>m.least - 1
    event.kind = BURST if m.active else REST
    if m.active == 0:
        event.value, m.peak = m.peak, 0
    return 1


cdef groundup_detect _pointer = _detect
detect = <uintptr_t>_pointer
