"""Positive definite systems with three bands below the diagonal: a smoother's whole work, without SciPy's 36 MB.

The layout is LAPACK's: ``band[d, j]`` is the matrix's entry at row ``j + d`` and column ``j``.
"""

from libc.math cimport sqrt


def factor(double[:, ::1] band):
    """Replace a matrix by its lower Cholesky factor, in place.

    Parameters
    ----------
    band : writable buffer of float64, shape (4, n)

    Raises
    ------
    ValueError
        If the matrix is not positive definite.
    """
    cdef bint good
    if band.shape[0] != 4:
        raise ValueError("the matrix must have four bands")
    with nogil:
        good = _factor(band)
    if not good:
        raise ValueError("the matrix is not positive definite")


cdef bint _factor(double[:, ::1] band) noexcept nogil:
    cdef Py_ssize_t n = band.shape[1], j, d, k
    cdef double total
    for j in range(n):
        for d in range(4):
            if j + d >= n:
                break
            total = band[d, j]
            for k in range(1, 4 - d):
                if j >= k:
                    total -= band[d + k, j - k] * band[k, j - k]
            if d == 0:
                if not total > 0.0:
                    return False
                band[0, j] = sqrt(total)
            else:
                band[d, j] = total / band[0, j]
    return True


def solve(const double[:, ::1] factor, double[::1] right):
    """Solve with a factored matrix, in place.

    Parameters
    ----------
    factor : buffer of float64, shape (4, n)
    right : writable buffer of float64, shape (n,)
    """
    cdef Py_ssize_t n = factor.shape[1], j, k
    cdef double total
    if right.shape[0] != n:
        raise ValueError("the right side is not as long as the matrix")
    with nogil:
        for j in range(n):
            total = right[j]
            for k in range(1, 4):
                if j >= k:
                    total -= factor[k, j - k] * right[j - k]
            right[j] = total / factor[0, j]
        for j in range(n - 1, -1, -1):
            total = right[j]
            for k in range(1, 4):
                if j + k < n:
                    total -= factor[k, j] * right[j + k]
            right[j] = total / factor[0, j]


def solve_upper(const double[:, ::1] factor, double[:, ::1] right):
    """Solve with the transposed factor alone, in place: white noise becomes draws with the matrix's inverse as covariance.

    Parameters
    ----------
    factor : buffer of float64, shape (4, n)
    right : writable buffer of float64, shape (n, m)
    """
    cdef Py_ssize_t n = factor.shape[1], m = right.shape[1], j, k, i
    cdef double by
    if right.shape[0] != n:
        raise ValueError("the right side is not as long as the matrix")
    with nogil:
        for j in range(n - 1, -1, -1):
            for k in range(1, 4):
                if j + k < n:
                    by = factor[k, j]
                    for i in range(m):
                        right[j, i] -= by * right[j + k, i]
            by = factor[0, j]
            for i in range(m):
                right[j, i] /= by
