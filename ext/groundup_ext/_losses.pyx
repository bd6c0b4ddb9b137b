"""How many samples were lost before each of many late stamps: the likeliest of all counts.

A beam search: every count that may be right is carried on, each with its own idea of where stamps lie, until the stamps
that follow have decided. Losses are kept in a pool, each pointing to the one before it, so that memory grows with what
is open and not with the stream. Where one count is certain, nothing is searched: stamps are only watched for what a loss
would look like, and where one does, the search sets in a little before.
"""

from libc.math cimport exp, floor
from libc.stdlib cimport free, malloc, realloc

import numpy as np

cdef enum:
    MOST = 48  # counts that are carried on
    CHILDREN = 7  # nothing lost, the usual number, and five counts about what the stamp says
    SLOTS = 1024
    ANEW = 8  # what it costs that the sampling began anew
    WATCHED = 5  # losses of one, two, three, the usual number, and of any number
    RING = 1024  # stamps that a search may set in before the one that shows a loss

cdef double EARLIER = 2.0  # a search sets in when a loss is as likely as none but for this
cdef double SURPRISE = 2.0  # by how much less likely than usual stamps are where any number may be lost

cdef struct Path:
    long long level  # samples lost so far
    double score
    double phase  # where its stamps lie, and how that moves
    double slope
    int last  # its last loss, or -1

cdef struct Loss:
    int place
    int count
    int before
    bint anew

cdef struct Phase:
    double aa  # what is known of the phase and its slope: (co)variances
    double ab
    double bb
    double phase
    double slope
    double total

cdef struct Law:
    const double* log  # logarithm of the likelihood of a lateness, in bins
    int bins
    double lowest
    double finer  # one over the width of a bin
    double interval
    double cost
    long usual
    double usual_cost
    double noise
    double walk
    double typical
    double highest
    const bint* quiet  # bins of a lateness that no loss explains better than none

cdef struct Pool:
    Loss* losses
    int used
    int size


def likeliest(const double[::1] rest, const double[::1] step, double interval, const double[::1] density,
              double lowest, double width, double cost, long usual, double usual_cost, double noise,
              double slope_sd, double walk, long long_one, double beam):
    """Find the likeliest losses.

    Parameters
    ----------
    rest : memoryview of double, shape (N,)
        Stamps less even sampling, in s: what remains is lateness, and an interval for each sample lost so far.
    step : memoryview of double, shape (N,)
        Seconds since the stamp before.
    interval : double
        Between samples, in s.
    density : memoryview of double
        Logarithm of the likelihood of a lateness, in bins of `width` from `lowest` on, straight
        between their middles; beyond, as in the last bin.
    cost, usual_cost : double
        What a loss costs, and one of `usual` samples.
    noise : double
        Of a stamp about its phase, in s, where each path follows its own; 0 where `rest` already lies about zero.
    slope_sd, walk : double
        What is known of the slope of the phase (s/s), and how it wanders (s/s per root of a second).
    long_one : int
        After so many lost samples the sampling may have begun anew, where each path follows its own phase.
    beam : double
        By how much less likely a count may be and still be carried on.

    Returns
    -------
    score : float
        Logarithm of the likelihood.
    place, count : ndarray of int64, shape (L,)
        Index of the first stamp after each loss, and how many were lost.
    anew : ndarray of int64
        Those of `place` where the sampling seems to have begun anew.
    """
    cdef Py_ssize_t n = rest.shape[0], u = 0, shown = 0
    cdef Path paths[MOST]
    cdef Path made[MOST * CHILDREN]
    cdef int slots[SLOTS]
    cdef int count = 1, i, best
    cdef Pool pool
    cdef Law law = Law(&density[0], <int> density.shape[0], lowest, 1.0 / width, interval, cost, usual, usual_cost, noise, walk, 0.0, 0.0, NULL)
    cdef Phase known = Phase((3.0 * noise) ** 2, 0.0, slope_sd * slope_sd, 0.0, 0.0, 0.0)
    cdef double first, gain = 0.0, slope_gain = 0.0
    cdef bint failed = False
    cdef Phase* ring = <Phase*> malloc(RING * sizeof(Phase))
    cdef bint* quiet = <bint*> malloc(law.bins * sizeof(bint))
    pool.used, pool.size = 0, 1 << 14
    pool.losses = <Loss*> malloc(pool.size * sizeof(Loss))
    if pool.losses == NULL or ring == NULL or quiet == NULL:
        free(pool.losses)
        free(ring)
        free(quiet)
        raise MemoryError
    summarise(&law, quiet)
    for i in range(SLOTS):
        slots[i] = -1
    paths[0] = Path(0, 0.0, 0.0, 0.0, -1)
    first = floor(rest[0] / interval + 0.5) if n else 0.0
    if first < 0.0:  # what came before the first stamps may have been lost after the very first
        paths[1] = Path(<long long> first, -cost, 0.0, 0.0, -1)
        count = 2
    with nogil:
        while u < n:
            if u > shown:
                best = certain(paths, count, &pool, &law, beam)
                if best >= 0:
                    paths[0] = paths[best]
                    count = 1
                    u = watch(&paths[0], &known, &law, rest, step, u, n, &shown, ring)
                    if u == n:
                        break
            if not room(&pool, paths, count):
                failed = True
                break
            if noise > 0.0:
                predict(&known, &law, step[u], &gain, &slope_gain)
                for i in range(count):
                    paths[i].phase += paths[i].slope * step[u]
            i = children(paths, count, made, slots, &pool, <int> u, rest[u], &law, 2.0 * noise, gain, slope_gain,
                         long_one, rest[u] - rest[u - 1] if u else 0.0, beam)
            count = survivors(made, i, paths, slots, beam, &known.total)
            u += 1
    best = 0
    for i in range(1, count):
        if paths[i].score > paths[best].score:
            best = i
    found = None if failed else chain(&pool, paths[best].last)
    free(pool.losses)
    free(ring)
    free(quiet)
    if found is None:
        raise MemoryError
    place, lost, anew = found
    return known.total, place, lost, place[anew.astype(bool)]


cdef chain(const Pool* pool, int last):
    """Place and count of a path's losses, in order, and whether the sampling began anew: rows of one array."""
    cdef int i = last
    cdef Py_ssize_t at = 0
    cdef long long[:, ::1] rows
    while i >= 0:
        at += 1
        i = pool.losses[i].before
    found = np.empty((3, at), np.int64)
    rows = found
    i = last
    while i >= 0:
        at -= 1
        rows[0, at], rows[1, at], rows[2, at] = pool.losses[i].place, pool.losses[i].count, pool.losses[i].anew
        i = pool.losses[i].before
    return found


cdef inline double place_of(const Law* law, double late) noexcept nogil:
    """Where among the middles of the bins a lateness lies; in the first where it is no number."""
    cdef double place = (late - law.lowest) * law.finer - 0.5
    return min(place, law.bins - 1.0) if place > 0.0 else 0.0


cdef inline double between(const Law* law, double x) noexcept nogil:
    """Logarithm of the likelihood there."""
    cdef int i = min(<int> x, law.bins - 2)
    return law.log[i] + (x - i) * (law.log[i + 1] - law.log[i])


cdef inline double likely(const Law* law, double late) noexcept nogil:
    """Logarithm of the likelihood of a lateness, between the middles of two bins."""
    return between(law, place_of(law, late))


cdef inline double price(const Law* law, long long k) noexcept nogil:
    """What a loss of so many samples costs; of several packets at once, half as much more as one of any number."""
    if k == law.usual:
        return law.usual_cost
    if law.usual > 1 and k % law.usual == 0:
        return 0.5 * (law.usual_cost + law.cost)
    return law.cost


cdef void summarise(Law* law, bint* quiet) noexcept nogil:
    """Logarithms of the likelihood that a lateness has in the mean, and at most; and which bins are quiet."""
    cdef double all = 0.0, mean = 0.0, x, shift
    cdef int i, j, k, shifted
    law.highest = law.log[0]
    for i in range(law.bins):
        x = exp(law.log[i])
        all += x
        mean += x * law.log[i]
        law.highest = max(law.highest, law.log[i])
    law.typical = mean / all if all > 0.0 else 0.0
    for i in range(law.bins):
        x = min(law.log[i], law.log[min(i + 1, law.bins - 1)])
        quiet[i] = law.typical - SURPRISE <= x
        for j in range(1, 5 if law.usual > 3 else 4):
            shift = (j if j < 4 else law.usual) * law.interval * law.finer
            shifted = i - <int> min(shift, 2.0 * law.bins) - 2
            for k in range(shifted, shifted + 4):
                quiet[i] &= law.log[min(max(k, 0), law.bins - 1)] <= x
    law.quiet = quiet


cdef inline void predict(Phase* known, const Law* law, double h, double* gain, double* slope_gain) noexcept nogil:
    """What is known of a phase after `h` seconds and one more stamp, and how much that stamp counts."""
    cdef double s, walk = law.walk * law.walk * h
    known.aa += 2.0 * h * known.ab + h * h * known.bb + walk * h * h / 3.0
    known.ab += h * known.bb + walk * h / 2.0
    known.bb += walk
    s = known.aa + law.noise * law.noise
    gain[0], slope_gain[0] = known.aa / s, known.ab / s
    known.bb -= slope_gain[0] * known.ab
    known.aa, known.ab = known.aa * (1.0 - gain[0]), known.ab * (1.0 - gain[0])


cdef inline bint began_anew(const Pool* pool, int loss) noexcept nogil:
    """Whether the sampling began anew at a loss; a path that has none yet has not."""
    return loss >= 0 and pool.losses[loss].anew


cdef int certain(const Path* paths, int count, const Pool* pool, const Law* law, double beam) noexcept nogil:
    """The path beside which no other needs to be carried on, or -1.

    One with more losses is given up where it is no better than if they came only now; fewer cannot come again, nor can
    the moment at which the sampling began anew.
    """
    cdef int i, best = 0
    cdef double limit
    for i in range(1, count):
        if paths[i].score > paths[best].score:
            best = i
    for i in range(count):
        if i == best:
            continue
        limit = -0.8 * beam
        if paths[i].level > paths[best].level and not began_anew(pool, paths[i].last):
            limit = EARLIER / 2.0 - price(law, paths[i].level - paths[best].level)
        if paths[i].score - paths[best].score > limit:
            return -1
    return best


cdef Py_ssize_t watch(Path* path, Phase* known, const Law* law, const double[::1] rest, const double[::1] step,
                      Py_ssize_t u, Py_ssize_t n, Py_ssize_t* shown, Phase* ring) noexcept nogil:
    """Go on with one count until stamps look like a loss; back to where it would have begun, or to the end.

    For each loss that is watched for, a sum of how much better it explains the stamps than none (Page's test): where it
    does worse than its cost, the loss may as well come later.
    """
    cdef double more[WATCHED]
    cdef double costs[WATCHED]
    cdef double shift[WATCHED]
    cdef Py_ssize_t begun[WATCHED]
    cdef Py_ssize_t start = u, earliest
    cdef int j, watched = WATCHED if law.usual > 3 else WATCHED - 1
    cdef double off, x, now, gain = 0.0, slope_gain = 0.0, clip = 2.0 * law.noise
    cdef bint alarm, calm = False
    for j in range(3):
        shift[j] = (j + 1) * law.interval
        costs[j] = law.usual_cost if j + 1 == law.usual else law.cost
    shift[3], costs[3] = 0.0, law.cost  # any number
    shift[4], costs[4] = law.usual * law.interval, law.usual_cost
    for j in range(WATCHED):
        more[j], begun[j] = -costs[j], u
    known.phase, known.slope = path.phase, path.slope
    known.total += path.score
    while u < n:
        ring[u & (RING - 1)] = known[0]
        if law.noise > 0.0:
            predict(known, law, step[u], &gain, &slope_gain)
            known.phase += known.slope * step[u]
        off = rest[u] - path.level * law.interval - known.phase
        x = place_of(law, off)
        now = between(law, x)
        alarm = False
        if not calm or not law.quiet[<int> x]:
            calm = True
            for j in range(watched):
                if more[j] <= -costs[j]:
                    more[j], begun[j] = -costs[j], u
                more[j] += (likely(law, off - shift[j]) if j != 3 else law.typical - SURPRISE) - now
                alarm |= more[j] > -EARLIER
                calm &= more[j] <= -costs[j]
        if alarm:
            earliest = u
            for j in range(watched):
                if more[j] > -0.5 * costs[j]:
                    earliest = min(earliest, begun[j])
            earliest = max(earliest, start, u - RING + 1)
            shown[0] = u
            known[0] = ring[earliest & (RING - 1)]
            path.phase, path.slope, path.score = known.phase, known.slope, 0.0
            return earliest
        known.total += now
        if law.noise > 0.0:
            off = min(max(off, -clip), clip)
            known.phase += gain * off
            known.slope += slope_gain * off
        u += 1
    path.phase, path.slope, path.score = known.phase, known.slope, 0.0
    shown[0] = n
    return n


cdef int children(Path* paths, int count, Path* made, int* slots, Pool* pool, int place, double rest, const Law* law,
                  double clip, double gain, double slope_gain, long long_one, double jump,
                  double beam) noexcept nogil:
    """What each path may have become with one more stamp; of those with one count, the likeliest. How many."""
    cdef int number = 0, i, j, c, at
    cdef long k, seen, packets, usual = law.usual
    cdef double top = -1e300, late, score, x, before, interval = law.interval
    cdef double cheapest = min(law.cost, law.usual_cost) if usual > 0 else law.cost
    cdef double off[MOST]
    cdef double without[MOST * CHILDREN]  # their scores without this stamp
    cdef long long level
    cdef bint anew
    for i in range(count):  # nothing lost: each has a level of its own
        off[i] = rest - paths[i].level * interval - paths[i].phase
        score = paths[i].score + likely(law, off[i])
        if score < top - beam:
            continue
        top = max(top, score)
        at = <int> (paths[i].level & (SLOTS - 1))
        while slots[at] >= 0:
            at = (at + 1) & (SLOTS - 1)
        slots[at] = number
        without[number] = paths[i].score
        late = min(max(off[i], -clip), clip)
        made[number] = Path(
            paths[i].level, score, paths[i].phase + gain * late, paths[i].slope + slope_gain * late, paths[i].last
        )
        number += 1
    for i in range(count):
        if paths[i].score - cheapest + law.highest < top - beam:
            continue
        x = floor(off[i] / interval + 0.5)
        seen = <long> x if -1e9 < x < 1e9 else 0
        for c in range(1, CHILDREN):
            if c == 1:
                packets = max(1, <long> floor(<double> seen / usual + 0.5)) if usual > 1 else 1
                k = usual * packets
            else:
                k = seen + c - 4
                if k == usual * packets:
                    continue
            if k < 1:
                continue
            before = paths[i].score - price(law, k)
            if before + law.highest < top - beam:
                continue
            level = paths[i].level + k
            at = <int> (level & (SLOTS - 1))
            while slots[at] >= 0 and made[slots[at]].level != level:
                at = (at + 1) & (SLOTS - 1)
            j = slots[at]
            if j >= 0 and clip == 0.0 and without[j] >= before:  # the same stamp and count, and more likely before
                continue
            late = off[i] - k * interval
            x = likely(law, late)
            anew = k >= long_one and jump > 0.5 * k * interval and clip > 0.0 and x < -ANEW
            score = before + (-ANEW if anew else x)
            if score < top - beam or (j >= 0 and made[j].score >= score):
                continue
            top = max(top, score)
            if j < 0:
                j = number
                slots[at] = j
                number += 1
            without[j] = before
            if anew:
                made[j] = Path(level, score, paths[i].phase + late, paths[i].slope, pool.used)
            else:
                late = min(max(late, -clip), clip)
                made[j] = Path(level, score, paths[i].phase + gain * late, paths[i].slope + slope_gain * late, pool.used)
            pool.losses[pool.used] = Loss(place, <int> k, paths[i].last, anew)
            pool.used += 1
    return number


cdef int survivors(Path* made, int number, Path* paths, int* slots, double beam, double* total) noexcept nogil:
    """The likely ones of them, their scores from the best one's on. How many."""
    cdef int i, at, count = MOST + 1
    cdef double top = -1e300
    for i in range(number):
        top = max(top, made[i].score)
        at = <int> (made[i].level & (SLOTS - 1))
        while slots[at] >= 0:
            slots[at] = -1
            at = (at + 1) & (SLOTS - 1)
    while count > MOST:
        count = 0
        for i in range(number):
            if made[i].score >= top - beam:
                count += 1
        if count > MOST:
            beam *= 0.8
    count = 0
    for i in range(number):
        if made[i].score >= top - beam:
            paths[count] = made[i]
            paths[count].score -= top
            if made[i].score == top:  # the best first: what the others may become is held against it
                paths[0], paths[count] = paths[count], paths[0]
            count += 1
    total[0] += top
    return count


cdef bint room(Pool* pool, Path* paths, int count) noexcept nogil:
    """Make room for the losses of one more stamp: those that no path goes through any more are dropped."""
    cdef int i, at, kept = 0
    cdef int* moved
    cdef Loss* larger
    if pool.used + MOST * CHILDREN <= pool.size:
        return True
    moved = <int*> malloc(pool.used * sizeof(int))
    if moved == NULL:
        return False
    for i in range(pool.used):
        moved[i] = -1
    for i in range(count):
        at = paths[i].last
        while at >= 0 and moved[at] < 0:
            moved[at] = 0
            at = pool.losses[at].before
    for i in range(pool.used):  # a loss lies behind the one before it
        if moved[i] == 0:
            pool.losses[kept] = pool.losses[i]
            if pool.losses[kept].before >= 0:
                pool.losses[kept].before = moved[pool.losses[kept].before]
            moved[i] = kept
            kept += 1
    for i in range(count):
        if paths[i].last >= 0:
            paths[i].last = moved[paths[i].last]
    free(moved)
    pool.used = kept
    if 2 * kept > pool.size:
        larger = <Loss*> realloc(pool.losses, 2 * pool.size * sizeof(Loss))
        if larger == NULL:
            return False
        pool.losses = larger
        pool.size *= 2
    return True


def surprises(const double[::1] rest, double gain):
    """How far stamps lie from where those before them let them be expected, where lateness lasts and nothing is lost.

    Parameters
    ----------
    rest : memoryview of double, shape (N,)
        Stamps less even sampling, in s.
    gain : double
        By what part of it a surprise stays: 0 where each stamp is late by itself, 1 where all stays.

    Returns
    -------
    ndarray, shape (N,)
    """
    cdef Py_ssize_t n = rest.shape[0], i
    cdef double level = rest[0] if n else 0.0
    found = np.empty(n)
    cdef double[::1] out = found
    with nogil:
        for i in range(n):
            out[i] = rest[i] - level
            level += gain * out[i]
    return found
