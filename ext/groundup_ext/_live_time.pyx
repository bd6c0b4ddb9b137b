"""Causal time: device stamps onto the lab clock, sample by sample, by what came before.

A sample stamped s on the device's clock is mapped with exactly those probes that were collected by then, by that clock
(and before the first of them, with the first): so it does not matter in which chunks, or when, samples and probes
arrive. `docs/decisions/causal-time.md` has the whole rule.
"""

from libc.math cimport INFINITY, NAN, fabs, fmax, fmin, isfinite, isnan, log, rint, sqrt
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

cdef double FINE = 2e-4                 # of a step, and
cdef double FINE_S = 2e-6               # s: whose steps differ by less may as well be even
cdef double PAUSE = 0.55                # of a step: what is longer by more says nothing of the others
cdef double BURST = 0.3                 # of a step; so short, and so often: packets and not single samples
cdef double OFTEN = 0.02
cdef double MOSTLY = 0.75               # of the steps are usual ones; else the usual one was not
cdef double EQUAL = 1e-4                # of a step
cdef double UNUSUAL = 1.3               # steps; oftener longer than this and not two: pauses are sleep
cdef double EVIDENT = 7.0               # logarithm of how much likelier pauses are as whole steps than as any
cdef double LATE_SHARE = 0.1            # of the jumps are back: the others may be lateness, too
cdef double AWAY_S = 1.0                # a longer pause does not count for the rate
cdef double TICK_S = 0.015625           # Windows wakes programs so often
cdef long FORGET = 16384                # steps, of which the older half is forgotten
cdef long FEWEST = 512                 # steps that tell the one from the other
cdef long LOOK = 256                    # steps, from one look to the next

cdef double JUMP_S = 0.5                # a stamp that is further off is a gap, a clock that has stepped, or nonsense
cdef double PROBE_COMES_S = 5.0         # liblsl makes one every 2 s
cdef double OTHER_CLOCK_S = 600.0       # nothing that is sent arrives so long after, or before, it was taken
cdef double BACK_FOR_S = 3.0            # time that goes back for longer than a probe takes to come is the truth
cdef double EARLY_S = 1.0               # no sample is stamped so much later than it arrives (groundup.model.clock_limits)
cdef double SHOWN_S = 10.0              # a jump of the stamps and the probe that tells of it are no further apart
cdef double BEHIND = 1.5                # intervals, and
cdef double BEHIND_S = 2e-3             # s: stamps that fall back by more are of samples that were sent after later ones


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


cdef bint _steps(const Clock* clock, double time, double offset, double trip) noexcept nogil:
    """Whether a probe is further off than a clock drifts: a probe is off by half its round trip at most."""
    cdef double elapsed = time + offset - clock.time - clock.offset     # lab time runs on when the device's clock steps
    cdef double drift_sd = fmin(sqrt(clock.dd), FIRST_DRIFT_SD) * 4.0 + FAST_CHANGE
    cdef double allowed = STEP_FLOOR + trip / 2.0 + drift_sd * fabs(elapsed)
    return fabs(offset - clock.offset - clock.drift * elapsed) > allowed


cdef void clock_probe(Clock* clock, double time, double offset, double round_trip) noexcept nogil:
    cdef double trip, noise, elapsed
    if not (isfinite(time) and isfinite(offset)):
        return
    trip = round_trip if isfinite(round_trip) else 0.0
    noise = PROBE_NOISE * PROBE_NOISE + (trip / 2.0) * (trip / 2.0) / 4.0
    if isnan(clock.time):
        _restart(clock, time, offset, noise, 0.0, FIRST_DRIFT_SD * FIRST_DRIFT_SD)
        return
    elapsed = time + offset - clock.time - clock.offset
    if _steps(clock, time, offset, trip):
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


cdef void _pacing_begin(Pacing* p) noexcept nogil:
    cdef int lag
    p.known = False
    p.step = p.far = p.limit = p.usual = p.equal = p.short = p.off = 0.0
    p.steps = 0
    p.paused = Pauses(0, 0, 0, 0.0, 0.0)
    for lag in range(LAGS):
        p.square[lag] = p.weight[lag] = p.half[lag] = 0.0
        p.count[lag] = 0


cdef void _pace(Pacing* p, double stamp, double nominal) noexcept nogil:
    """Take in a stamp, and say from time to time who paces the samples: `groundup.clock.pacing`, from the past alone."""
    cdef double step = stamp - p.last
    p.last = stamp
    if not p.begun:
        p.begun = True
        return
    p.fresh[p.freshes] = step
    p.freshes += 1
    if p.freshes == BATCH:                              # together they cost a third
        _pace_batch(p, nominal)


cdef void _pace_batch(Pacing* p, double nominal) noexcept nogil:
    cdef double[64] off
    cdef double total
    cdef int i, lag = 0, n = BATCH
    if not p.known:
        _pace_learn(p)
    _pace_count(p, nominal)
    for i in range(BATCH):
        off[i] = p.fresh[i] - p.step
        if fabs(off[i]) <= p.far:
            p.usual += 1.0
            p.equal += fabs(off[i]) < EQUAL * p.step
        else:
            p.short += p.fresh[i] < BURST * p.step
            off[i] = 0.0
        p.off += off[i]
    p.steps += BATCH
    p.freshes = 0
    while n > 1:                                        # sums of 1, 2, 4, ... 32 steps, all within the batch
        total = 0.0
        for i in range(n):
            total += off[i] * off[i]
        p.square[lag] += total
        p.weight[lag] += n
        n //= 2
        for i in range(n):
            off[i] = off[2 * i] + off[2 * i + 1]
        lag += 1
    _pace_far(p, off[0], lag)
    if p.steps % LOOK == 0:
        _pace_look(p, nominal)
        if p.steps >= FORGET:
            _pace_forget(p)


cdef void _pace_far(Pacing* p, double off, int lag) noexcept nogil:
    """Take in the sum of a batch: of batches, too, each with the one before, and so on."""
    while lag < LAGS:
        p.square[lag] += off * off
        p.weight[lag] += 1.0
        p.count[lag] += 1
        if p.count[lag] & 1:
            p.half[lag] = off
            return
        off += p.half[lag]
        lag += 1


cdef void _pace_count(Pacing* p, double nominal) noexcept nogil:
    """Count the newest steps, and the pauses among them."""
    cdef double away = fmax(AWAY_S, 5.0 * nominal)
    cdef int i
    for i in range(p.freshes):
        if fabs(p.fresh[i]) < away:
            p.taken += 1
            p.span += p.fresh[i]
        if p.known and p.fresh[i] > UNUSUAL * p.step:
            _pace_pause(p, p.fresh[i])


cdef Dejitter dejitter_now(const Dejitter* d) noexcept nogil:
    """The same with the newest steps counted."""
    cdef Dejitter now = d[0]
    _pace_count(&now.pacing, now.nominal)
    return now


cdef void _pace_learn(Pacing* p) noexcept nogil:
    """What a usual step is, from the first."""
    cdef double[48] off
    cdef double[48] step
    cdef double spread
    cdef int i
    for i in range(LOSSES):
        step[i] = p.fresh[i]
    _sort(step)
    p.step = (step[LOSSES // 2 - 1] + step[LOSSES // 2]) / 2.0
    for i in range(LOSSES):
        off[i] = fabs(step[i] - p.step)
    _sort(off)
    spread = off[LOSSES * 9 // 10] / 1.645
    p.far = fmin(8.0 * spread, PAUSE * p.step)
    p.limit = 1.95 * fmax(step[1], p.step - p.far)
    p.coarse = _of_whole(off)
    p.known = True


cdef bint _of_whole(const double* sorted) noexcept nogil:
    """Whether values are whole multiples of the smallest that is not 0."""
    cdef double unit = 0.0
    cdef int i
    for i in range(LOSSES):
        if unit == 0.0 and sorted[i] > FINE_S:
            unit = sorted[i]
        if unit > 0.0 and fabs(sorted[i] / unit - rint(sorted[i] / unit)) > 1e-2:
            return False
    return unit > 0.0


cdef void _sort(double* values) noexcept nogil:
    cdef int i, j
    cdef double value
    for i in range(1, LOSSES):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


cdef void _pace_pause(Pacing* p, double step) noexcept nogil:
    """A step that is long: of whole steps, as a loss is, or of any length, as sleep is."""
    cdef double times, wide, off
    if step <= p.limit:
        p.paused.often += 1
        return
    times = fmax(rint(step / p.step), 2.0)
    wide = sqrt(times) * fmax(sqrt(p.square[0] / fmax(p.weight[0], 1.0)), 1e-9)
    off = (step - times * p.step) / wide
    p.paused.likelier += log(p.step / (2.5066282746310002 * wide)) - 0.5 * off * off
    p.paused.pauses += 1
    p.paused.whole += <long>fmin(times - 1.0, 1e9)
    p.paused.longest = fmax(p.paused.longest, step)


cdef void _pace_forget(Pacing* p) noexcept nogil:
    cdef int lag
    p.steps //= 2
    p.usual /= 2.0
    p.equal /= 2.0
    p.short /= 2.0
    p.off /= 2.0
    for lag in range(LAGS):
        p.square[lag] /= 2.0
        p.weight[lag] /= 2.0


cdef void _pace_look(Pacing* p, double nominal) noexcept nogil:
    """Whether a program took each sample when it woke; who was one must look less like one to be none any more."""
    cdef double steps = p.steps
    cdef double mean = p.off / steps
    cdef double one = p.square[0] / p.weight[0] - mean * mean
    cdef bint packets = p.short > OFTEN * steps or (p.equal > 0.5 * steps and not p.coarse)
    cdef bint woken = p.woken
    cdef double ratio, least, most
    cdef int lag
    if p.usual < MOSTLY * steps:
        _pacing_begin(p)
        p.woken = False
        return
    p.woken = _on_ticks(p, nominal)
    if p.woken or packets or one <= fmax(FINE * p.step, FINE_S) ** 2 or (p.steps < FEWEST and not woken):
        return
    for lag in range(1, LAGS):
        if (1 << lag) * (80 if woken else 40) > p.steps and lag > 3:
            break
        ratio = (p.square[lag] / p.weight[lag] - ((1 << lag) * mean) ** 2) / ((1 << lag) * one)
        if lag == 1:
            least, most = (0.6, 1.75) if woken else (0.75, 1.5)
        else:
            least, most = 0.4 if woken else 0.45, 4.0 if lag <= 3 else INFINITY
        if not least < ratio < most:
            return
    p.woken = True


cdef bint _on_ticks(const Pacing* p, double nominal) noexcept nogil:
    """Whether steps are not the stated ones, but ticks of a system that wakes programs at these only."""
    cdef double ticks = p.step / TICK_S
    cdef double stated = nominal / TICK_S
    if rint(ticks) < 1.0 or p.short > OFTEN * p.steps:
        return False
    return (fabs(p.step / nominal - 1.0) > 0.02 and fabs(stated - rint(stated)) > 0.02
            and fabs(ticks / rint(ticks) - 1.0) < 2.5e-3)


cdef bint _evident(const Dejitter* d) noexcept nogil:
    """Whether the pauses of a program are losses: all of them together are of whole steps."""
    return (d.pacing.paused.likelier > EVIDENT and d.pacing.paused.often <= d.pacing.paused.pauses
            and not _on_ticks(&d.pacing, d.nominal))


cdef long dejitter_lost(const Dejitter* d) noexcept nogil:
    if d.pacing.woken:
        return d.pacing.paused.whole if _evident(d) else 0
    return max(d.jumped_by.ahead - d.jumped_by.behind, 0) if _sure(d) else 0


cdef bint _sure(const Dejitter* d) noexcept nogil:
    """Whether jumps of the stamps are losses: what was late only comes back."""
    return d.jumped_by.behind <= LATE_SHARE * d.jumped_by.ahead


cdef long _unsure(const Dejitter* d) noexcept nogil:
    """How many would be missing if no stamp were late."""
    return d.jumped_by.unsure + (0 if _sure(d) else d.jumped_by.ahead - d.jumped_by.behind)


cdef double dejitter_rate(const Dejitter* d) noexcept nogil:
    """Samples taken a second so far; NaN before any are known."""
    cdef double taken = d.pacing.taken
    if d.pacing.span <= 0.0:
        return NAN
    if d.pacing.woken:
        return (taken + (d.pacing.paused.whole if _evident(d) else 0)) / d.pacing.span
    return (taken + (max(d.jumped_by.near, 0) if _sure(d) else 0)) / d.pacing.span


cdef void dejitter_begin(Dejitter* d, double rate) noexcept nogil:
    d.nominal = 1.0 / rate
    d.begun = False
    d.jumped_by = d.before = Jumps(0, 0, 0, 0)
    d.pacing.begun = d.pacing.woken = False
    d.pacing.last = d.pacing.span = 0.0
    d.pacing.taken = 0
    d.pacing.freshes = 0
    d.held = 0
    _pacing_begin(&d.pacing)
    _dejitter_again(d)


cdef void _dejitter_again(Dejitter* d) noexcept nogil:
    """Begin anew at the next stamp, wherever it is; what was lost is kept."""
    d.last = d.highest = -INFINITY
    d.lab = d.device = NAN
    d.begun = d.behind = False
    d.hole = NAN
    d.recents = d.newest = 0
    _forget_jumps(d)


cdef void _forget_jumps(Dejitter* d) noexcept nogil:
    d.jumps = d.jumps_kept = d.jump_at = 0


cdef double dejitter_one(Dejitter* d, double stamp, double device) noexcept nogil:
    """Time of a sample by its stamp on the lab clock; on the device's own, no clock that is followed bends the steps.

    NaN of one that was sent after later ones: its place is taken.
    """
    cdef double set_on
    if not -1e300 < stamp < 1e300:
        return stamp
    _pace(&d.pacing, device, d.nominal)
    if d.pacing.woken:                                  # it took the sample when it stamped it
        d.begun = d.behind = False
        d.held += stamp < d.last - fmax(BEHIND * d.pacing.step, BEHIND_S)
        d.last = fmax(d.last, stamp)
        return d.last
    set_on = fmax(stamp - d.lab - (device - d.device), 0.0)     # of NaN and a number, the number
    d.lab, d.device = stamp, device
    d.newest = (d.newest + 1) % LOSSES
    d.recent[d.newest] = stamp
    d.recents = min(d.recents + 1, LOSSES)
    if not d.begun:
        _begin(d, stamp, d.pacing.step if d.pacing.known and d.pacing.step > 0.0 else d.nominal)
    else:
        _next(d, stamp, set_on)
    d.highest = fmax(d.highest, stamp)
    d.last = fmax(d.last, d.time)
    d.behind = d.behind and d.time < d.last and stamp < d.highest
    d.held += not d.behind and stamp < d.highest - fmax(BEHIND * d.interval, BEHIND_S) and d.time < d.last
    return NAN if d.behind else d.last


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
    if d.jumps == 0 and d.jumps_kept == LOSSES:
        d.before = d.jumped_by


cdef void _next(Dejitter* d, double stamp, double set_on) noexcept nogil:
    """Take in a stamp, before which the clock was measured to be later by `set_on`: that is no loss of samples."""
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
        if off > 0.0:
            d.hole, d.hole_size = ahead, off
        else:                                           # sent after later ones, if it begins where they left room
            d.behind = fabs(stamp - d.hole) < fmax(0.6 * interval, fmin(4.0 * d.jitter, 0.25 * d.hole_size))
    elif fabs(d.offness) > fmax(0.6 * interval, LIKELY_LOSS * spread / sqrt(2.0 * MEMORY)):
        jump = d.offness
    _note_jump(d, jump != 0.0)
    if jump != 0.0:
        if d.jumps >= WRONG_RATE and d.recents == LOSSES:
            measured = (stamp - d.recent[(d.newest + 1) % LOSSES]) / (LOSSES - 1)
            if measured > 0.0:
                d.jumped_by = d.before                  # these were no losses
                _begin(d, stamp, measured)
                return
        whole = rint(jump / interval) * interval
        # A short loss is of whole samples; a device that was away longer may have begun to sample anew.
        snapped = d.jitter < 0.2 * interval and fabs(jump) < RESTART_S
        _count_lost(d, jump - fmin(set_on, jump) if jump > 0.0 else jump)
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


cdef void _count_lost(Dejitter* d, double jump) noexcept nogil:
    """Count what a jump of the stamps hides: late by more than a part of an interval, it is not known to be a loss."""
    cdef long count = <long>rint(jump / d.interval)
    if d.jitter >= 0.2 * d.interval and fabs(jump) < JUMP_S:
        d.jumped_by.unsure += count
        return
    if count > 0:
        d.jumped_by.ahead += count
    else:
        d.jumped_by.behind -= count
    if fabs(jump) < fmax(AWAY_S, 5.0 * d.nominal):
        d.jumped_by.near += count


cdef void timeline_begin(TimeLine* line, double rate, double latency) noexcept nogil:
    line.early = 0
    line.measured_arrival = True
    line.before = line.soonest = NAN
    line.jumped = 0.0
    line.turn = NAN
    line.turn_sample = line.before_sample = line.astray = 0
    clock_begin(&line.clock)
    line.regular = rate > 0.0
    if line.regular:
        dejitter_begin(&line.dejitter, rate)
    line.latency = latency
    line.probes = NULL
    line.first = line.count = line.room = 0
    line.doubting = False
    line.leapt = NAN
    line.moved = 0.0
    line.last_moment = line.stamp = line.reached = line.stray = line.stray_since = NAN
    line.strays = 0
    line.samples = line.untimed = line.reached_sample = 0
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


cdef void _follow(TimeLine* line, const Probe* probe) noexcept nogil:
    clock_probe(&line.clock, probe.time, probe.offset, probe.round_trip)
    line.last_moment = _moment(probe)
    line.doubting = False


cdef void _drop(TimeLine* line) noexcept nogil:
    line.first += 1
    line.count -= 1


cdef void _take(TimeLine* line, size_t count) noexcept nogil:
    cdef size_t i
    for i in range(count):
        _follow(line, &line.probes[line.first])
        _drop(line)


cdef double _off(const TimeLine* line, const Probe* probe) noexcept nogil:
    """How far the offset of a probe is from what the clock was measured to be so far."""
    return probe.offset - (clock_lab(&line.clock, probe.time) - probe.time)


cdef void _take_one(TimeLine* line, double stamp) noexcept nogil:
    """Take in the next probe; that the clock has stepped, where no stamp has jumped, only if the one behind it agrees."""
    cdef const Probe* head = &line.probes[line.first]
    cdef double off = _off(line, head)
    cdef double trip = head.round_trip if isfinite(head.round_trip) else 0.0
    cdef bint shown = fabs(stamp - line.leapt) <= SHOWN_S           # NaN is not
    if shown or not _steps(&line.clock, head.time, head.offset, trip):
        _follow(line, head)
    elif line.doubting and fabs(_off(line, &line.doubted) - off) < fmin(JUMP_S, 0.25 * fabs(off)):
        if fabs(off) > JUMP_S:
            line.moved = fmax(line.moved, fabs(off))
        _follow(line, &line.doubted)
        _follow(line, head)
    else:
        line.doubted = head[0]
        line.doubting = True
    _drop(line)


cdef bint _passed_over(const TimeLine* line, double stamp) noexcept nogil:
    """Whether the next probe is not due yet, but the one behind it is, and says that the clock is where it was."""
    cdef const Probe* behind
    if line.count < 2:
        return False
    behind = &line.probes[line.first + 1]
    return _moment(behind) <= stamp and fabs(_off(line, behind)) < JUMP_S


cdef size_t _across_step(const TimeLine* line, double stamp) noexcept nogil:
    """How many probes to take at a jump of the stamps: to the next that says that the clock has stepped."""
    cdef const Probe* probe
    cdef double moment
    cdef size_t i
    for i in range(line.count):
        probe = &line.probes[line.first + i]
        moment = _moment(probe)
        if stamp - JUMP_S <= moment <= stamp + PROBE_COMES_S:
            if fabs(_off(line, probe)) > JUMP_S:
                return i + 1
    return 0


cdef void _take_due(TimeLine* line, double stamp) noexcept nogil:
    cdef const Probe* head
    if isnan(line.clock.time) and line.count > 0:
        _take(line, 1)                                  # before the first probe, the first
    if fabs(stamp - line.stamp) > JUMP_S:
        line.leapt = stamp
        _take(line, _across_step(line, stamp))
    while line.count > 0:
        head = &line.probes[line.first]
        if _moment(head) < line.last_moment - JUMP_S <= stamp:
            # The device's clock was set back: the stamps still to come from before that are larger.
            if clock_lab(&line.clock, stamp) < head.collected:
                return
        elif stamp < _moment(head):
            if not _passed_over(line, stamp):
                return
            _drop(line)                                 # it was wrong
            continue
        _take_one(line, stamp)


cdef void _not_lost(Dejitter* d, long count, double gap) noexcept nogil:
    """Samples that have no time, but came: they are not missing in the gap that is counted next."""
    d.jumped_by.ahead -= count
    d.pacing.paused.whole -= count
    if gap < fmax(AWAY_S, 5.0 * d.nominal):
        d.jumped_by.near -= count


cdef void _gone_back(TimeLine* line, double lab) noexcept nogil:
    """Go on from an earlier time: what was counted as missing up to a later one is not, if that was no time at all."""
    cdef Dejitter* d = &line.dejitter
    cdef long missing
    cdef int i
    if line.before < lab:                               # there and back; NaN is neither
        missing = <long>rint((lab - line.before) / d.interval) - (line.samples - line.before_sample)
        d.jumped_by = line.jumped_before
        d.jumped_by.ahead += max(missing, 0)
        d.pacing.paused = line.paused_before
        line.astray += line.samples - 1 - line.untimed - line.kept_before
        line.jumped = fmax(line.jumped, line.reached - line.before)
        for i in range(d.pacing.freshes):
            if fabs(d.pacing.fresh[i]) > JUMP_S:
                d.pacing.fresh[i] = d.pacing.step
    else:
        line.jumped = fmax(line.jumped, line.reached + d.interval - line.stray_since)
        line.turn, line.turn_sample = line.reached, line.reached_sample
    line.before = NAN
    d.pacing.begun = False
    _dejitter_again(d)


cdef bint _come_back(TimeLine* line, double lab) noexcept nogil:
    """Whether stamps that went back are again where the number of samples since says, or later by what is missing."""
    cdef Dejitter* d = &line.dejitter
    cdef double expected = line.turn + d.interval * (line.samples - line.turn_sample)
    if not lab > expected - JUMP_S:                     # NaN is neither
        return False
    d.jumped_by.ahead += max(<long>rint((lab - expected) / d.interval), 0)
    d.pacing.begun = False
    line.turn = NAN
    _dejitter_again(d)
    return True


cdef void _arrived(TimeLine* line, double lab, double now) noexcept nogil:
    """Compare a stamp with the moment of its arrival."""
    line.early += lab > now + EARLY_S
    if line.measured_arrival:
        line.soonest = fmin(now - lab, line.soonest)    # of NaN and a number, the number


cdef bint _believed(TimeLine* line, double lab, double now) noexcept nogil:
    """Whether a regular stream can be there: one stamp far off is nonsense, two that agree are a gap.

    Time that goes back is believed only after longer than a stepped clock needs to be measured, and a gap that ends
    later than its arrival never, but of a stream that has been ahead before: a replay at a higher speed.
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
    if lab > now + EARLY_S and line.reached <= now + EARLY_S:
        return False
    if lab < line.reached:
        _gone_back(line, lab)
    elif not _come_back(line, lab):
        line.before = line.reached
        line.before_sample = line.reached_sample
        line.kept_before = line.samples - 1 - line.untimed
        line.jumped_before = line.dejitter.jumped_by
        line.paused_before = line.dejitter.pacing.paused
        _not_lost(&line.dejitter, line.samples - line.reached_sample - 1, lab - line.reached)
    line.strays = 0
    return True


cdef double timeline_one(TimeLine* line, double stamp, double now) noexcept nogil:
    """Lab time of one sample, or NaN where it cannot be known; `now` is when it arrived at the latest, inf if not known."""
    cdef double lab
    line.samples += 1
    if not -1e300 < stamp < 1e300:
        line.untimed += 1
        return NAN
    _take_due(line, stamp)
    line.stamp = stamp
    lab = stamp if isnan(line.clock.time) else clock_lab(&line.clock, stamp)
    if not line.placed and now < INFINITY and not isnan(line.clock.time):
        line.placed = True
        if fabs(lab - now) > OTHER_CLOCK_S:             # Unix time, a counter from 0: its arrival is all that is known
            line.shift = now - lab
    lab += line.shift
    if now < INFINITY:
        _arrived(line, lab, now)
    if line.regular:
        if not _believed(line, lab, now):
            line.untimed += 1
            return NAN
        line.reached = lab
        line.reached_sample = line.samples
        line.astray += not isnan(line.turn)
        lab = dejitter_one(&line.dejitter, lab, stamp)
        line.untimed += isnan(lab)
    return lab - line.latency


cdef dict timeline_known(const TimeLine* line):
    """What is known of the samples so far: `groundup.live.inputs.clock_notices.Known`."""
    cdef Dejitter now = dejitter_now(&line.dejitter)
    cdef const Dejitter* d = &now
    cdef bint woken = line.regular and d.pacing.woken
    return {
        "samples": line.samples,
        "lost": dejitter_lost(d) if line.regular else 0,
        "unsure": _unsure(d) if line.regular and not woken else 0,
        "untimed": line.untimed,
        "woken": bool(woken),
        "pauses": d.pacing.paused.pauses if woken and not _evident(d) else 0,
        "longest": d.pacing.paused.longest if woken and not _evident(d) else 0.0,
        "late": d.jitter if line.regular and not woken and d.begun else 0.0,
        "rate": dejitter_rate(d) if line.regular else NAN,
        "shift": line.shift,
        "held": d.held if line.regular else 0,
        "astray": line.astray,
        "jumped": line.jumped,
        "early": line.early,
        "moved": line.moved,
        "soonest": line.soonest if line.early == 0 and line.shift == 0.0 else NAN,
    }


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
        cdef Dejitter now = dejitter_now(&self.state)
        return dejitter_lost(&now)

    def feed(self, const double[::1] stamps, double[::1] out):
        """Write the time of each sample to `out`, never going back; what is not finite stays as it is."""
        cdef Py_ssize_t i
        if out.shape[0] != stamps.shape[0]:
            raise ValueError(f"{stamps.shape[0]} stamps need room for as many times, not {out.shape[0]}")
        with nogil:
            for i in range(stamps.shape[0]):
                out[i] = dejitter_one(&self.state, stamps[i], stamps[i])


cdef class LiveTime:
    """Time of one stream: its clock, its probes as they are needed, and its jitter.

    Parameters
    ----------
    rate : float
        Nominal rate in Hz; 0 for an irregular stream.
    latency_s : float
        How late the device stamps its samples.
    placed : bool
        Whether it is known that the stamps are of the clock that is measured, and when samples arrived at the latest only.

    Attributes
    ----------
    steps, lost : int
        How often the clock has stepped; how many samples are missing.
    """

    cdef TimeLine line

    def __cinit__(self, double rate, double latency_s=0.0, bint placed=False):
        timeline_begin(&self.line, rate, latency_s)
        self.line.placed = placed
        self.line.measured_arrival = not placed

    def __dealloc__(self):
        timeline_free(&self.line)

    @property
    def steps(self):
        return self.line.clock.steps

    @property
    def lost(self):
        return timeline_known(&self.line)["lost"]

    @property
    def known(self):
        return timeline_known(&self.line)

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
