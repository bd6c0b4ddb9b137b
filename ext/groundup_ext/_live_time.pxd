"""Causal time for C: a clock followed by its probes, and stamps with the jitter taken off, sample by sample."""

cdef enum:
    LOSSES = 48                 # samples over which it is judged whether the rate is wrong
    BATCH = 64                  # steps
    LAGS = 13                   # 1, 2, 4, ... 4096 steps

cdef struct Clock:
    int steps                   # how often the device's clock has stepped
    double time                 # device time of the newest probe; NaN before the first
    double offset, drift        # what to add to device time, and how it changes
    double oo, od, dd           # their covariance

cdef struct Pauses:
    long often, pauses, whole   # long steps, those that may hide a sample, and how many they would hide
    double longest, likelier    # of the pauses; how much likelier they are whole steps, as a logarithm

cdef struct Pacing:
    bint begun, known, woken    # has a stamp; what its steps are; whether a program takes each sample when it wakes
    bint coarse                 # whether stamps are whole multiples of something
    double last                 # stamp
    double fresh[64]            # the newest steps, BATCH of which are looked at together
    int freshes
    double step, far, limit     # the usual step, from where on one is unusual, and from where on it may hide a sample
    long steps                  # of which what follows is known, the oldest half forgotten
    double usual, equal, short, off
    double square[LAGS], weight[LAGS], half[LAGS]   # of what lies between stamps 1, 2, 4, ... steps apart
    long count[LAGS]
    Pauses paused               # of all
    long taken                  # steps of which the rate is known, and
    double span                 # how long they took

cdef struct Jumps:
    long ahead, behind          # whole samples by which stamps jumped forwards, and back
    long near                   # of both, while a rate is known: no device was away
    long unsure                 # of both, of stamps that are late by more than a part of an interval

cdef struct Dejitter:
    double nominal              # interval, s
    double last, highest        # time given, and stamp, that no other was later than
    double lab, device          # stamp of the sample before, on both clocks
    bint begun
    double hole, hole_size      # where the newest jump ahead left room for samples, and how much
    bint behind                 # samples come that were sent after later ones
    long held                   # whose stamps went back: they have the time of one before
    Jumps jumped_by, before     # so far, and when none of the newest samples had jumped
    Pacing pacing
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
    Probe doubted               # the newest, if it says that the clock has stepped where no stamp has jumped
    bint doubting
    double leapt                # the newest stamp that had jumped; NaN if none has
    double moved                # by how much, at most, the clock was measured to step where no stamp had jumped
    bint placed                 # whether the clock of the stamps was compared with their arrival
    double shift                # what makes of another clock's stamps times of arrival; else 0
    double stamp                # of the sample before; NaN before the first
    double reached              # lab time of the newest sample that was believed; NaN before the first
    long reached_sample         # how many had come with it
    double stray                # lab time of the newest sample that was not
    double stray_since
    int strays
    long samples, untimed       # that came, and that have no time
    double before               # lab time before the newest jump ahead that was believed; NaN if there is none
    long before_sample, kept_before     # how many samples had come by then, and with a time; what was known to be missing
    Jumps jumped_before
    Pauses paused_before
    double jumped               # by how much stamps jumped where nothing says why, at most
    double turn                 # lab time before that; NaN where stamps have not gone back, or are there again
    long turn_sample, astray    # how many had come by then; how many have the time of stamps that had jumped
    long early                  # stamped long after they arrived
    bint measured_arrival       # whether it is known when samples arrived, and not only by when
    double soonest              # the least time from a stamp to its arrival; NaN if not known

cdef void clock_begin(Clock* clock) noexcept nogil
cdef void clock_probe(Clock* clock, double time, double offset, double round_trip) noexcept nogil
cdef double clock_lab(const Clock* clock, double stamp) noexcept nogil
cdef void dejitter_begin(Dejitter* d, double rate) noexcept nogil
cdef double dejitter_one(Dejitter* d, double lab, double stamp) noexcept nogil
cdef void timeline_begin(TimeLine* line, double rate, double latency) noexcept nogil
cdef void timeline_free(TimeLine* line) noexcept nogil
cdef bint timeline_probe(TimeLine* line, Probe probe) noexcept nogil
cdef double timeline_one(TimeLine* line, double stamp, double now) noexcept nogil
cdef dict timeline_known(const TimeLine* line)
