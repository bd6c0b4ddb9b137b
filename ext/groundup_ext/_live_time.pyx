"""Causal time: device stamps onto the lab clock, sample by sample, by what came before.

A sample stamped s on the device's clock is mapped with exactly those probes that were collected by then, by that clock
(and before the first of them, with the first): so it does not matter in which chunks, or when, samples and probes
arrive. `docs/decisions/causal-time.md` has the whole rule.
"""

from libc.math cimport INFINITY, NAN, fabs, fmax, fmin, isfinite, isnan, rint, sqrt
from libc.stdlib cimport free, realloc

cdef double PROBE_NOISE = 2e-5          # s
cdef double DRIFT_WALK = 1e-7           # s/s per square root of a second
cdef double FIRST_DRIFT_SD = 1e-3       # s/s
cdef double STEP_FLOOR = 5e-4           # s
cdef double FAST_CHANGE = 2e-4          # s/s

cdef double RATE_SD = 0.05              # of a nominal rate that is not believed
cdef double SURE_LOSS = 8.0             # jitters by which one stamp is too late to be late
cdef double LIKELY_LOSS = 6.0
cdef double MEMORY = 64.0               # samples over which a smaller loss shows
cdef int JITTER_MEMORY = 400
cdef double RESTART_S = 0.2             # a device that restarts needs longer
cdef int WRONG_RATE = 24                # losses among the last 48 samples: it is the rate that is wrong
cdef double CRYSTAL_WALK = 2e-7         # s/s per square root of a second

cdef double JUMP_S = 0.5                # a stamp that is further off is a gap, a clock that has stepped, or nonsense
cdef double PROBE_COMES_S = 5.0         # liblsl makes one every 2 s
cdef double OTHER_CLOCK_S = 600.0       # nothing that is sent arrives so long after, or before, it was taken
cdef double BACK_FOR_S = 3.0            # time that goes back for longer than a probe takes to come is the truth


cdef void clock_begin(Clock* clock) noexcept nogil:
    clock.steps = 0
    clock.time = NAN
    clock.offset = clock.drift = clock.oo = clock.od = clock.dd = 0.0


cdef void _restart(Clock* clock, double time, double offset, double noise, double drift, double dd) noexcept nogil:
    clock.time = time
    clock.offset = offset
    clock.drift = drift
    clock.oo = noise
    clock.od = 0.0
    clock.dd = dd


cdef void clock_probe(Clock* clock, double time, double offset, double round_trip) noexcept nogil:
    cdef double trip, noise, elapsed, drift_sd, allowed
    if not (isfinite(time) and isfinite(offset)):
        return
    trip = round_trip if isfinite(round_trip) else 0.0
    noise = PROBE_NOISE * PROBE_NOISE + (trip / 2.0) * (trip / 2.0) / 4.0
    if isnan(clock.time):
        _restart(clock, time, offset, noise, 0.0, FIRST_DRIFT_SD * FIRST_DRIFT_SD)
        return
    elapsed = time + offset - clock.time - clock.offset     # lab time runs on when the device's clock steps
    drift_sd = fmin(sqrt(clock.dd), FIRST_DRIFT_SD) * 4.0 + FAST_CHANGE
    allowed = STEP_FLOOR + trip / 2.0 + drift_sd * fabs(elapsed)
    if fabs(offset - clock.offset - clock.drift * elapsed) > allowed:
        # A probe is off by half its round trip at most: this is the clock.
        clock.steps += 1
        _restart(clock, time, offset, noise, clock.drift, clock.dd + 1e-8)
    elif elapsed > 0.0:
        _update(clock, time, offset, noise, elapsed)


cdef void _update(Clock* clock, double time, double offset, double noise, double h) noexcept nogil:
    cdef double q = DRIFT_WALK * DRIFT_WALK
    cdef double oo = clock.oo + 2.0 * h * clock.od + h * h * clock.dd + q * (h * h * h) / 3.0
    cdef double od = clock.od + h * clock.dd + q * h * h / 2.0
    cdef double dd = clock.dd + q * h
    cdef double ahead = clock.offset + h * clock.drift
    cdef double gain = oo / (oo + noise)
    cdef double gain_drift = od / (oo + noise)
    clock.time = time
    clock.offset = ahead + gain * (offset - ahead)
    clock.drift += gain_drift * (offset - ahead)
    clock.oo = (1.0 - gain) * oo
    clock.od = (1.0 - gain) * od
    clock.dd = dd - gain_drift * od


cdef double clock_lab(const Clock* clock, double stamp) noexcept nogil:
    return stamp + (clock.offset + clock.drift * (stamp - clock.time))


cdef void dejitter_begin(Dejitter* d, double rate) noexcept nogil:
    d.nominal = 1.0 / rate
    d.last = -INFINITY
    d.begun = False
    d.lost = 0
    d.recents = d.newest = 0
    _forget_jumps(d)


cdef void _forget_jumps(Dejitter* d) noexcept nogil:
    d.jumps = d.jumps_kept = d.jump_at = 0


cdef double dejitter_one(Dejitter* d, double stamp) noexcept nogil:
    if not -1e300 < stamp < 1e300:
        return stamp
    d.newest = (d.newest + 1) % LOSSES
    d.recent[d.newest] = stamp
    d.recents = min(d.recents + 1, LOSSES)
    if not d.begun:
        _begin(d, stamp, d.nominal)
    else:
        _next(d, stamp)
    d.last = fmax(d.last, d.time)
    return d.last


cdef void _begin(Dejitter* d, double stamp, double interval) noexcept nogil:
    d.begun = True
    d.time = stamp
    d.interval = interval
    d.offness = 0.0
    d.jitter = interval / 2.0
    d.count = 4
    d.tt = d.jitter * d.jitter
    d.ti = 0.0
    d.ii = (RATE_SD * interval) * (RATE_SD * interval)
    _forget_jumps(d)


cdef void _note_jump(Dejitter* d, bint jumped) noexcept nogil:
    if d.jumps_kept == LOSSES:
        d.jumps -= d.jumped[d.jump_at]
    else:
        d.jumps_kept += 1
    d.jumped[d.jump_at] = jumped
    d.jumps += jumped
    d.jump_at = (d.jump_at + 1) % LOSSES


cdef void _next(Dejitter* d, double stamp) noexcept nogil:
    cdef double interval = d.interval
    cdef double ahead = d.time + interval
    cdef double off = stamp - ahead
    cdef double tt = d.tt + 2.0 * d.ti + d.ii
    cdef double ti = d.ti + d.ii
    cdef double ii = d.ii + CRYSTAL_WALK * CRYSTAL_WALK * (interval * interval * interval)
    cdef double spread = sqrt(tt + d.jitter * d.jitter)
    cdef double jump = 0.0
    cdef double measured, whole, total, gain, gain_interval
    cdef bint snapped
    d.offness += (off - d.offness) / MEMORY
    if fabs(off) > fmax(0.6 * interval, SURE_LOSS * spread):
        jump = off
    elif fabs(d.offness) > fmax(0.6 * interval, LIKELY_LOSS * spread / sqrt(2.0 * MEMORY)):
        jump = d.offness
    _note_jump(d, jump != 0.0)
    if jump != 0.0:
        if d.jumps >= WRONG_RATE and d.recents == LOSSES:
            measured = (stamp - d.recent[(d.newest + 1) % LOSSES]) / (LOSSES - 1)
            if measured > 0.0:
                _begin(d, stamp, measured)
                return
        whole = rint(jump / interval) * interval
        # A short loss is of whole samples; a device that was away longer may have begun to sample anew.
        snapped = d.jitter < 0.2 * interval and fabs(jump) < RESTART_S
        d.lost += <long>rint(jump / interval)
        ahead += whole if snapped else jump
        off = stamp - ahead
        d.offness = 0.0
        if not snapped:
            tt += d.jitter * d.jitter + (0.3 * interval) * (0.3 * interval)
    total = tt + d.jitter * d.jitter
    gain = tt / total
    gain_interval = ti / total
    d.time = ahead + gain * off
    d.interval = interval + gain_interval * off
    d.tt = (1.0 - gain) * tt
    d.ti = (1.0 - gain) * ti
    d.ii = ii - gain_interval * ti
    if jump == 0.0:
        d.count = min(d.count + 1, JITTER_MEMORY)
        # 1.25 mean deviations are a standard deviation; no stamp is better than a tenth of a microsecond.
        d.jitter += (1.25 * fmin(fabs(off), 4.0 * spread) - d.jitter) / d.count
        d.jitter = fmax(d.jitter, 1e-7)


cdef void timeline_begin(TimeLine* line, double rate, double latency) noexcept nogil:
    clock_begin(&line.clock)
    line.regular = rate > 0.0
    if line.regular:
        dejitter_begin(&line.dejitter, rate)
    line.latency = latency
    line.probes = NULL
    line.first = line.count = line.room = 0
    line.last_moment = line.stamp = line.reached = line.stray = line.stray_since = NAN
    line.strays = 0
    line.placed = False
    line.shift = 0.0


cdef void timeline_free(TimeLine* line) noexcept nogil:
    free(line.probes)
    line.probes = NULL


cdef bint timeline_probe(TimeLine* line, Probe probe) noexcept nogil:
    """Keep a probe for the samples that need it; False when there is no memory."""
    cdef Probe* more
    cdef size_t room, i
    if not (isfinite(probe.time) and isfinite(probe.offset)):
        return True
    if not isfinite(probe.collected):
        probe.collected = probe.time + probe.offset
    if line.first + line.count == line.room:
        if line.first > line.count:                     # most have been taken in: move the rest to the front
            for i in range(line.count):
                line.probes[i] = line.probes[line.first + i]
            line.first = 0
        else:
            room = 2 * line.room + 16
            more = <Probe*>realloc(line.probes, room * sizeof(Probe))
            if more == NULL:
                return False
            line.probes = more
            line.room = room
    line.probes[line.first + line.count] = probe
    line.count += 1
    return True


cdef inline double _moment(const Probe* probe) noexcept nogil:
    """When it was collected, on the device's clock."""
    return probe.collected - probe.offset


cdef void _take(TimeLine* line, size_t count) noexcept nogil:
    cdef Probe* probe
    cdef size_t i
    for i in range(count):
        probe = &line.probes[line.first]
        clock_probe(&line.clock, probe.time, probe.offset, probe.round_trip)
        line.last_moment = _moment(probe)
        line.first += 1
        line.count -= 1


cdef size_t _across_step(const TimeLine* line, double stamp) noexcept nogil:
    """How many probes to take at a jump of the stamps: to the next that says that the clock has stepped."""
    cdef const Probe* probe
    cdef double moment
    cdef size_t i
    for i in range(line.count):
        probe = &line.probes[line.first + i]
        moment = _moment(probe)
        if stamp - JUMP_S <= moment <= stamp + PROBE_COMES_S:
            if fabs(probe.offset - (clock_lab(&line.clock, probe.time) - probe.time)) > JUMP_S:
                return i + 1
    return 0


cdef void _take_due(TimeLine* line, double stamp) noexcept nogil:
    cdef const Probe* head
    if isnan(line.clock.time) and line.count > 0:
        _take(line, 1)                                  # before the first probe, the first
    if line.count > 0 and fabs(stamp - line.stamp) > JUMP_S:
        _take(line, _across_step(line, stamp))
    while line.count > 0:
        head = &line.probes[line.first]
        if _moment(head) < line.last_moment - JUMP_S:
            # The device's clock was set back: the stamps still to come from before that are larger.
            if clock_lab(&line.clock, stamp) < head.collected:
                return
        elif stamp < _moment(head):
            return
        _take(line, 1)


cdef bint _believed(TimeLine* line, double lab, double now) noexcept nogil:
    """Whether a regular stream can be there: one stamp far off is nonsense, two that agree are a gap.

    Time that goes back is believed only after longer than a stepped clock needs to be measured, and a gap that ends
    later than now never, but of a stream that has been ahead before: a replay at a higher speed.
    """
    cdef bint again
    if isnan(line.reached) or fabs(lab - line.reached) <= JUMP_S:
        line.strays = 0
        return True
    again = line.strays > 0 and fabs(lab - line.stray) <= JUMP_S
    if not again:
        line.strays = 0
        line.stray_since = lab
    line.strays += 1
    line.stray = lab
    if not again or (lab < line.reached and lab - line.stray_since < BACK_FOR_S):
        return False
    if lab > now + JUMP_S and line.reached <= now + JUMP_S:
        return False
    if lab < line.reached:
        dejitter_begin(&line.dejitter, 1.0 / line.dejitter.nominal)
    line.strays = 0
    return True


cdef double timeline_one(TimeLine* line, double stamp, double now) noexcept nogil:
    """Lab time of one sample, or NaN where it cannot be known; `now` is the lab clock where it is known, else inf."""
    cdef double lab
    if not -1e300 < stamp < 1e300:
        return NAN
    _take_due(line, stamp)
    line.stamp = stamp
    lab = stamp if isnan(line.clock.time) else clock_lab(&line.clock, stamp)
    if not line.placed and now < INFINITY and not isnan(line.clock.time):
        line.placed = True
        if fabs(lab - now) > OTHER_CLOCK_S:             # Unix time, a counter from 0: its arrival is all that is known
            line.shift = now - lab
    lab += line.shift
    if line.regular:
        if not _believed(line, lab, now):
            return NAN
        line.reached = lab
        lab = dejitter_one(&line.dejitter, lab)
    return lab - line.latency


cdef class LiveClock:
    """Maps device time to lab time from the probes so far.

    Attributes
    ----------
    steps : int
        How often the device's clock has stepped.
    """

    cdef Clock clock

    def __cinit__(self):
        clock_begin(&self.clock)

    @property
    def steps(self):
        return self.clock.steps

    def probe(self, double time, double offset, double round_trip):
        """Take in a probe: device time, what to add to it to get lab time, round trip (NaN if not known); all in s."""
        clock_probe(&self.clock, time, offset, round_trip)

    def lab(self, const double[::1] stamps, double[::1] out):
        """Write the lab time of device time to `out`; NaN before the first probe."""
        cdef Py_ssize_t i
        if out.shape[0] != stamps.shape[0]:
            raise ValueError(f"{stamps.shape[0]} stamps need room for as many times, not {out.shape[0]}")
        with nogil:
            for i in range(stamps.shape[0]):
                out[i] = clock_lab(&self.clock, stamps[i])


cdef class LiveDejitter:
    """Takes the jitter off a regular stream's stamps, sample by sample; a loss moves time on and bends nothing.

    Parameters
    ----------
    rate : float
        Nominal rate in Hz, more than 0; not believed where the stamps say otherwise.

    Attributes
    ----------
    lost : int
        Samples lost so far.
    """

    cdef Dejitter state

    def __cinit__(self, double rate):
        if not rate > 0.0:
            raise ValueError(f"a regular stream has a rate of more than 0 Hz, not {rate:g}")
        dejitter_begin(&self.state, rate)

    @property
    def lost(self):
        return self.state.lost

    def feed(self, const double[::1] stamps, double[::1] out):
        """Write the time of each sample to `out`, never going back; what is not finite stays as it is."""
        cdef Py_ssize_t i
        if out.shape[0] != stamps.shape[0]:
            raise ValueError(f"{stamps.shape[0]} stamps need room for as many times, not {out.shape[0]}")
        with nogil:
            for i in range(stamps.shape[0]):
                out[i] = dejitter_one(&self.state, stamps[i])


cdef class LiveTime:
    """Time of one stream: its clock, its probes as they are needed, and its jitter.

    Parameters
    ----------
    rate : float
        Nominal rate in Hz; 0 for an irregular stream.
    latency_s : float
        How late the device stamps its samples.

    Attributes
    ----------
    steps, lost : int
        How often the clock has stepped; how many samples are missing.
    """

    cdef TimeLine line

    def __cinit__(self, double rate, double latency_s=0.0):
        timeline_begin(&self.line, rate, latency_s)

    def __dealloc__(self):
        timeline_free(&self.line)

    @property
    def steps(self):
        return self.line.clock.steps

    @property
    def lost(self):
        return self.line.dejitter.lost if self.line.regular else 0

    def probe(self, double time, double offset, double round_trip=NAN, double collected=NAN):
        """Take in a probe; `collected` is the lab time at which it was learnt of. In their order, before what needs them."""
        if not timeline_probe(&self.line, Probe(time, offset, round_trip, collected)):
            raise MemoryError("no memory for another probe")

    def feed(self, const double[::1] stamps, double[::1] out, double now=INFINITY):
        """Write the lab time of each sample to `out`; NaN where it cannot be known."""
        cdef Py_ssize_t i
        if out.shape[0] != stamps.shape[0]:
            raise ValueError(f"{stamps.shape[0]} stamps need room for as many times, not {out.shape[0]}")
        with nogil:
            for i in range(stamps.shape[0]):
                out[i] = timeline_one(&self.line, stamps[i], now)
