"""How many samples were lost before each of many late stamps: the likeliest of all counts.

A beam search: every count that may be right is carried on, each with its own idea of where stamps lie, until the stamps
that follow have decided. Losses are kept in a pool, each pointing to the one before it, so that memory grows with what
is open and not with the stream.
"""

from libc.math cimport floor
from libc.stdlib cimport free, malloc, realloc

cdef enum:
    MOST = 48  # counts that are carried on
    CHILDREN = 7  # nothing lost, five counts about what the stamp says, and the usual one
    SLOTS = 1024
    ANEW = 8  # what it costs that the sampling began anew

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
        Logarithm of the likelihood of a lateness, in bins of `width` from `lowest` on; beyond, as in the last bin.
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
    place, count : list of int
        Index of the first stamp after each loss, and how many were lost.
    anew : list of int
        Those of `place` where the sampling seems to have begun anew.
    """
    cdef Py_ssize_t n = rest.shape[0], u
    cdef Path paths[MOST]
    cdef Path made[MOST * CHILDREN]
    cdef int slots[SLOTS]
    cdef int count = 1, i, best
    cdef Pool pool
    cdef double total = 0.0, first, gain = 0.0, slope_gain = 0.0, h, s
    cdef double aa = (3.0 * noise) ** 2, ab = 0.0, bb = slope_sd * slope_sd
    cdef bint failed = False
    pool.used, pool.size = 0, 1 << 14
    pool.losses = <Loss*> malloc(pool.size * sizeof(Loss))
    if pool.losses == NULL:
        raise MemoryError
    for i in range(SLOTS):
        slots[i] = -1
    paths[0] = Path(0, 0.0, 0.0, 0.0, -1)
    first = floor(rest[0] / interval + 0.5) if n else 0.0
    if first < 0.0:  # what came before the first stamps may have been lost after the very first
        paths[1] = Path(<long long> first, -cost, 0.0, 0.0, -1)
        count = 2
    with nogil:
        for u in range(n):
            if not room(&pool, paths, count):
                failed = True
                break
            if noise > 0.0:
                h = step[u]
                aa += 2.0 * h * ab + h * h * bb + walk * walk * h * h * h / 3.0
                ab += h * bb + walk * walk * h * h / 2.0
                bb += walk * walk * h
                s = aa + noise * noise
                gain, slope_gain = aa / s, ab / s
                bb -= slope_gain * ab
                aa, ab = aa * (1.0 - gain), ab * (1.0 - gain)
                for i in range(count):
                    paths[i].phase += paths[i].slope * h
            i = children(paths, count, made, slots, &pool, <int> u, rest[u], interval, density, lowest, width, cost,
                         usual, usual_cost, 2.0 * noise, gain, slope_gain, long_one, rest[u] - rest[u - 1] if u else 0.0, beam)
            count = survivors(made, i, paths, slots, beam, &total)
    best = 0
    for i in range(1, count):
        if paths[i].score > paths[best].score:
            best = i
    place, lost, anew = [], [], []
    i = paths[best].last
    while i >= 0 and not failed:
        place.append(pool.losses[i].place)
        lost.append(pool.losses[i].count)
        if pool.losses[i].anew:
            anew.append(pool.losses[i].place)
        i = pool.losses[i].before
    free(pool.losses)
    if failed:
        raise MemoryError
    return total, place[::-1], lost[::-1], anew[::-1]


cdef int children(Path* paths, int count, Path* made, int* slots, Pool* pool, int place, double rest, double interval,
                  const double[::1] density, double lowest, double width, double cost, long usual, double usual_cost,
                  double clip, double gain, double slope_gain, long long_one, double jump,
                  double beam) noexcept nogil:
    """What each path may have become with one more stamp; of those with one count, the likeliest. How many."""
    cdef int bins = <int> density.shape[0], number = 0, i, j, c, at
    cdef long k, seen
    cdef double top = -1e300, off, late, score, x
    cdef long long level
    cdef bint anew
    for i in range(count):
        off = rest - paths[i].level * interval - paths[i].phase
        x = floor(off / interval + 0.5)
        seen = <long> x if -1e9 < x < 1e9 else 0
        for c in range(CHILDREN):
            if c == 0:
                k, score = 0, paths[i].score
            elif c < 6:
                k = seen + c - 3
                if k < 1:
                    continue
                score = paths[i].score - (usual_cost if k == usual else cost)
            else:
                k = usual
                if k < 1 or seen - 2 <= k <= seen + 2:
                    continue
                score = paths[i].score - usual_cost
            late = off - k * interval
            x = (late - lowest) / width
            x = density[0 if x < 0.0 else (bins - 1 if x >= bins else <int> x)]
            anew = k >= long_one and jump > 0.5 * k * interval and clip > 0.0 and x < -ANEW
            score += -ANEW if anew else x
            if score < top - beam:
                continue
            top = max(top, score)
            level = paths[i].level + k
            at = <int> (level & (SLOTS - 1))
            while slots[at] >= 0 and made[slots[at]].level != level:
                at = (at + 1) & (SLOTS - 1)
            j = slots[at]
            if j < 0:
                j = number
                slots[at] = j
                number += 1
            elif made[j].score >= score:
                continue
            if anew:
                made[j] = Path(level, score, paths[i].phase + late, paths[i].slope, paths[i].last)
            else:
                late = min(max(late, -clip), clip)
                made[j] = Path(
                    level, score, paths[i].phase + gain * late, paths[i].slope + slope_gain * late, paths[i].last
                )
            if k > 0:
                pool.losses[pool.used] = Loss(place, <int> k, paths[i].last, anew)
                made[j].last = pool.used
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
