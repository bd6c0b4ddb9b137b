"""Causal time for C: a clock followed by its probes, and stamps with the jitter taken off, sample by sample."""

cdef enum:
    LOSSES = 48                 # samples over which it is judged whether the rate is wrong

cdef struct Clock:
    int steps                   # how often the device's clock has stepped
    double time                 # device time of the newest probe; NaN before the first
    double offset, drift        # what to add to device time, and how it changes
    double oo, od, dd           # their covariance

cdef struct Dejitter:
    double nominal              # interval, s
    double last
    bint begun
    long lost
    double time, interval, offness
    double jitter
    double tt, ti, ii
    int count
    double[48] recent           # the newest stamps, as a ring
    int recents, newest
    bint[48] jumped             # which of the newest samples came after a loss, as a ring
    int jumps, jumps_kept, jump_at

cdef struct Probe:
    double time, offset, round_trip, collected

cdef struct TimeLine:
    Clock clock
    Dejitter dejitter
    bint regular
    double latency              # taken off what comes out
    Probe* probes               # that no sample has needed yet
    size_t first, count, room
    double last_moment          # collection of the newest probe taken in, on the device's clock
    bint placed                 # whether the clock of the stamps was compared with their arrival
    double shift                # what makes of another clock's stamps times of arrival; else 0
    double stamp                # of the sample before; NaN before the first
    double reached              # lab time of the newest sample that was believed; NaN before the first
    double stray                # lab time of the newest sample that was not
    double stray_since
    int strays

cdef void clock_begin(Clock* clock) noexcept nogil
cdef void clock_probe(Clock* clock, double time, double offset, double round_trip) noexcept nogil
cdef double clock_lab(const Clock* clock, double stamp) noexcept nogil
cdef void dejitter_begin(Dejitter* d, double rate) noexcept nogil
cdef double dejitter_one(Dejitter* d, double stamp) noexcept nogil
cdef void timeline_begin(TimeLine* line, double rate, double latency) noexcept nogil
cdef void timeline_free(TimeLine* line) noexcept nogil
cdef bint timeline_probe(TimeLine* line, Probe probe) noexcept nogil
cdef double timeline_one(TimeLine* line, double stamp, double now) noexcept nogil
