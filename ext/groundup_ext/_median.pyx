"""Medians of many values: what NumPy's say, several times as fast.

Most of the values are only counted against two bounds that a few of them give, without a branch that a processor would
have to guess; what lies between the bounds is treated alike, until little is left.
"""

from libc.math cimport INFINITY
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

import numpy as np

cdef enum:
    FEW = 60  # values that are sorted
    SAMPLE = 41  # of the others, so many give the bounds,
    ASIDE = 5  # as far from the middle one in their order


def median(const double[::1] values):
    """Median of some values.

    Parameters
    ----------
    values : buffer of float64, shape (n,)
        n >= 1, finite.
    """
    cdef Py_ssize_t n = values.shape[0]
    cdef double found
    cdef double* some = copied(n)
    if n:
        memcpy(some, &values[0], n * sizeof(double))
    with nogil:
        found = middle(some, n)
    free(some)
    return found


def medians(const double[:, ::1] rows):
    """Median of each row.

    Parameters
    ----------
    rows : buffer of float64, shape (m, n)
        n >= 1, finite.

    Returns
    -------
    ndarray, shape (m,)
    """
    cdef Py_ssize_t m = rows.shape[0], n = rows.shape[1], i
    found = np.empty(m)
    cdef double[::1] each = found
    cdef double* some = copied(n)
    with nogil:
        for i in range(m):
            memcpy(some, &rows[i, 0], n * sizeof(double))
            each[i] = middle(some, n)
    free(some)
    return found


cdef double* copied(Py_ssize_t n) except NULL:
    """Room for so many values."""
    cdef double* some = <double*> malloc(max(n, 1) * sizeof(double))
    if some == NULL:
        raise MemoryError
    if n < 1:
        free(some)
        raise ValueError("of no values there is no median")
    return some


cdef double middle(double* values, Py_ssize_t n) noexcept nogil:
    """Median of the values, which are moved about."""
    cdef Py_ssize_t low = (n - 1) // 2, high = n // 2, i, below, inside, kept
    cdef double sample[SAMPLE]
    cdef double lowest = -INFINITY, highest = INFINITY, a, b, x
    while n > FEW:
        for i in range(SAMPLE):
            sample[i] = values[i * n // SAMPLE]
        order(sample, SAMPLE)
        i = low * SAMPLE // n
        a = sample[i - ASIDE] if i >= ASIDE else lowest
        b = sample[i + ASIDE] if i + ASIDE < SAMPLE else highest
        below, inside = count(values, n, a, b)
        if low < below or high >= below + inside:
            if low < below:
                a = lowest
            else:
                b = highest
            below, inside = count(values, n, a, b)
        if inside == n:
            if a == b:
                return a
            break
        kept = 0
        for i in range(n):
            x = values[i]
            values[kept] = x
            kept += (x >= a) & (x <= b)
        low, high, n, lowest, highest = low - below, high - below, inside, a, b
    order(values, n)
    return values[low] if low == high else (values[low] + values[high]) / 2.0


cdef inline (Py_ssize_t, Py_ssize_t) count(const double* values, Py_ssize_t n, double a, double b) noexcept nogil:
    """How many lie below `a`, and how many from there to `b`."""
    cdef Py_ssize_t i, below = 0, above = 0
    for i in range(n):
        below += values[i] < a
        above += values[i] > b
    return below, n - below - above


cdef void order(double* values, Py_ssize_t n) noexcept nogil:
    """Sort by Shell's way: many, where they are all of two kinds or so."""
    cdef Py_ssize_t gap = 1, i, j
    cdef double x
    while gap < n // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, n):
            x = values[i]
            j = i
            while j >= gap and values[j - gap] > x:
                values[j] = values[j - gap]
                j -= gap
            values[j] = x
        gap //= 3
