"""The lowest of the values to come, at each place: in one pass, however far it looks."""

from libc.stdlib cimport free, malloc


def minimum_ahead(const double[::1] values, Py_ssize_t window, double[::1] out):
    """Fill `out` with the lowest of ``values[k : k + window]`` at each k; at the end of what is left.

    Parameters
    ----------
    values : buffer of float64, shape (N,)
    window : int
        At least 1.
    out : writable buffer of float64, shape (N,)
    """
    cdef Py_ssize_t n = values.shape[0], k, head = 0, tail = 0
    cdef Py_ssize_t* queue
    if out.shape[0] != n or window < 1:
        raise ValueError("out must be as long as values, and the window at least 1")
    if n == 0:
        return
    # A queue of places whose values decrease towards its head: each value enters once and leaves once.
    queue = <Py_ssize_t*>malloc(n * sizeof(Py_ssize_t))
    if queue == NULL:
        raise MemoryError("no memory for the sliding minimum")
    with nogil:
        for k in range(n - 1, -1, -1):
            while tail > head and values[queue[tail - 1]] >= values[k]:
                tail -= 1
            queue[tail] = k
            tail += 1
            if queue[head] >= k + window:
                head += 1
            out[k] = values[queue[head]]
    free(queue)
