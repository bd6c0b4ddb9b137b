"""A smoother's whole work, without SciPy's 36 MB: a value and its slope at each knot, as one banded system.

The system is positive definite with three bands below the diagonal, in LAPACK's layout: ``band[d, j]`` is the matrix's
entry at row ``j + d`` and column ``j``. Even unknowns are the values, odd ones the slopes.
"""

from libc.math cimport log, sqrt


def fit(const double[::1] step, const double[::1] value, const double[::1] weight, const double[::1] walk,
        const double[::1] alike, double slope_sd, double[:, ::1] factor, double[::1] mean):
    """Fit an integrated random walk to noisy values, whose noise may last from one to the next.

    Parameters
    ----------
    step : buffer of float64, shape (n - 1,)
        Time from each knot to the next.
    value, weight : buffer of float64, shape (n,)
        Measurements, and one over the variance of each.
    walk : buffer of float64, shape (n - 1,)
        Variance by which the slope wanders in each step, in a unit of time.
    alike : buffer of float64, shape (n - 1,)
        Correlation of the noise of a value with that of the one before, less than 1.
    slope_sd : float
        Standard deviation of the first slope about zero.
    factor : writable buffer of float64, shape (4, 2 n)
        Becomes the lower Cholesky factor of the system.
    mean : writable buffer of float64, shape (2 n,)
        Becomes the estimate.

    Returns
    -------
    misfit, log_det : float
        Twice the negative logarithm of how likely the estimate is, less constants; of the system, the walk and the noise.

    Raises
    ------
    ValueError
        If the matrix is not positive definite.
    """
    cdef Py_ssize_t n = value.shape[0], i
    cdef double h, a, b, c, jump, bend, fresh, before, now, misfit = 0.0, log_det = 0.0
    cdef double log_walk = 0.0, log_noise = 0.0
    cdef bint good
    if step.shape[0] != n - 1 or walk.shape[0] != n - 1 or alike.shape[0] != n - 1 or weight.shape[0] != n or mean.shape[0] != 2 * n:
        raise ValueError("steps, values, weights and estimate do not fit together")
    if factor.shape[0] != 4 or factor.shape[1] != 2 * n:
        raise ValueError("the matrix must have four bands")
    with nogil:
        for i in range(n):
            factor[0, 2 * i], factor[0, 2 * i + 1] = 0.0, 0.0
            factor[1, 2 * i], factor[1, 2 * i + 1] = 0.0, 0.0
            factor[2, 2 * i], factor[2, 2 * i + 1] = 0.0, 0.0
            factor[3, 2 * i], factor[3, 2 * i + 1] = 0.0, 0.0
            mean[2 * i], mean[2 * i + 1] = 0.0, 0.0
        factor[0, 0], mean[0] = weight[0], weight[0] * value[0]
        for i in range(1, n):  # what is new in each value's noise is independent
            fresh = 1.0 / sqrt(1.0 - alike[i - 1] * alike[i - 1])
            now, before = fresh * sqrt(weight[i]), fresh * alike[i - 1] * sqrt(weight[i - 1])
            factor[0, 2 * i] += now * now
            factor[0, 2 * i - 2] += before * before
            factor[2, 2 * i - 2] -= now * before
            fresh = now * value[i] - before * value[i - 1]
            mean[2 * i] += now * fresh
            mean[2 * i - 2] -= before * fresh
        factor[0, 1] = 1.0 / (slope_sd * slope_sd)
        for i in range(n - 1):
            h = step[i]
            a, b, c = 12.0 / (walk[i] * h * h * h), 6.0 / (walk[i] * h * h), 4.0 / (walk[i] * h)
            factor[0, 2 * i] += a
            factor[0, 2 * i + 2] += a
            factor[0, 2 * i + 1] += c
            factor[0, 2 * i + 3] += c
            factor[1, 2 * i] += b
            factor[1, 2 * i + 2] -= b
            factor[1, 2 * i + 1] = -b
            factor[2, 2 * i] -= a
            factor[2, 2 * i + 1] = c / 2.0
            factor[3, 2 * i] = b
        good = _factor(factor)
        if good:
            _solve(factor, mean)
            misfit = mean[1] * mean[1] / (slope_sd * slope_sd)
            before = 0.0
            for i in range(n):
                now = sqrt(weight[i]) * (value[i] - mean[2 * i])
                fresh = now - alike[i - 1] * before if i else now
                c = 1.0 - alike[i - 1] * alike[i - 1] if i else 1.0
                misfit += fresh * fresh / c
                log_noise += log(c)
                before = now
                log_det += log(factor[0, 2 * i]) + log(factor[0, 2 * i + 1])
            for i in range(n - 1):
                h = step[i]
                a, b, c = 12.0 / (walk[i] * h * h * h), 6.0 / (walk[i] * h * h), 4.0 / (walk[i] * h)
                log_walk += log(walk[i])
                jump = mean[2 * i + 2] - mean[2 * i] - h * mean[2 * i + 1]
                bend = mean[2 * i + 3] - mean[2 * i + 1]
                misfit += a * jump * jump - 2.0 * b * jump * bend + c * bend * bend
            log_det = 2.0 * log_det + 2.0 * log_walk + log_noise
    if not good:
        raise ValueError("the matrix is not positive definite")
    return misfit, log_det


cdef bint _factor(double[:, ::1] band) noexcept nogil:
    """Replace a matrix by its lower Cholesky factor, in place; False if it is not positive definite."""
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


cdef void _solve(const double[:, ::1] factor, double[::1] right) noexcept nogil:
    """Solve with the factored matrix, in place."""
    cdef Py_ssize_t n = factor.shape[1], j, k
    cdef double total
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
