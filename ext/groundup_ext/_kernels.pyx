"""Kernels with their state, for Python: chunks of numpy arrays in, arrays out.

Every kernel keeps these rules:

- ``process(x, out=None)`` takes an array of shape (n, channels), float32 or float64 (anything else is converted), and
  returns what comes out of it, float64 unless `out` is a float32 array. float64 inside. How a stream is cut into chunks
  changes no bit of the result.
- What is NaN, infinite or beyond 1e100 is a missing value: its own output is NaN, and it gets into no state. Filters go
  on as though the channel's last good value had been repeated; means leave it out.
- ``reset()`` begins anew; ``state`` is all that a kernel remembers, and can be kept and put back.
- ``delay`` is by how many samples of the input the output is late; NaN where that has no meaning.

A kernel is for one thread at a time.
"""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer, Py_buffer,
)
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

import numpy as np

from groundup_ext import group_delay
from groundup_ext.zero import Zero

cdef object _empty = np.empty
# Under this many values the lock costs more than it frees.
cdef size_t MANY = 8192


cdef class Kernel:
    """What all kernels do; see the module."""

    def __dealloc__(self):
        self.disown()

    cdef void disown(self) noexcept:
        groundup_kernel_free(self.plan)
        free(self.values)
        self.plan = NULL
        self.values = NULL

    cdef groundup_kernel* ready(self) except NULL:
        """The plan, which a kernel that was never initialised does not have."""
        if self.plan == NULL:
            raise TypeError(f"{type(self).__name__} is not initialised; use one of the kernels, with its channels")
        return self.plan

    cdef int own(self, groundup_kernel* plan) except -1:
        """Take a plan, and make its state."""
        if plan == NULL:
            raise MemoryError()
        self.disown()
        self.plan = plan
        self.delay = plan.delay
        self.values = <double*>malloc(plan.state * sizeof(double))
        if self.values == NULL:
            raise MemoryError()
        plan.reset(plan, self.values)
        return 0

    @property
    def channels(self):
        """Number of channels of the input."""
        return self.ready().channels

    @property
    def columns(self):
        """Number of columns of the output."""
        return self.ready().columns

    @property
    def state(self):
        """All that the kernel remembers, as a float64 array; can be set to what it was."""
        cdef double[::1] copy = _empty(self.ready().state)
        memcpy(&copy[0], self.values, self.plan.state * sizeof(double))
        return np.asarray(copy)

    @state.setter
    def state(self, values):
        cdef const double[::1] given = np.ascontiguousarray(values, np.float64)
        if <size_t>given.shape[0] != self.ready().state:
            raise ValueError(f"a state of {given.shape[0]} values is not one of this kernel, which has {self.plan.state}")
        memcpy(self.values, &given[0], self.plan.state * sizeof(double))

    def reset(self):
        """Begin anew."""
        self.ready().reset(self.plan, self.values)

    def process(self, x, out=None):
        """Process the next chunk.

        Parameters
        ----------
        x : array_like, shape (n, channels)
        out : ndarray, shape (m, columns), optional
            float32 or float64, C-contiguous, with room for all that may come out. It may be `x` itself for kernels whose
            channels stay apart and that give a row for a row; otherwise it must not overlap it.

        Returns
        -------
        ndarray, shape (m, columns)
            float64, or the part of `out` that was filled. m is n, but for resamplers and detectors.

        Raises
        ------
        ValueError
            If the shape of `x` or `out` does not fit.
        TypeError
            If they hold no real numbers.
        """
        cdef Py_buffer source, target
        cdef groundup_rows rows, room
        cdef size_t made, most
        _open(x, &source, &rows, self.ready().channels, False)
        try:
            most = groundup_most_rows(self.plan, rows.rows)
            if out is None:
                out = _empty((most, self.plan.columns))
            _open(out, &target, &room, self.plan.columns, True)
            try:
                if room.rows < most:
                    raise ValueError(f"out has {room.rows} rows, and {most} may come out")
                if rows.rows * self.plan.channels < MANY:
                    made = self.plan.process(self.plan, self.values, &rows, &room)
                else:
                    with nogil:
                        made = self.plan.process(self.plan, self.values, &rows, &room)
            finally:
                PyBuffer_Release(&target)
        finally:
            PyBuffer_Release(&source)
        return out if made == room.rows else out[:made]


cdef int _open(object array, Py_buffer* view, groundup_rows* rows, size_t columns, bint writable) except -1:
    """Look into an array as rows; a copy is made of an input that is of another kind or not in one piece."""
    cdef int flags = PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (PyBUF_WRITABLE if writable else 0)
    try:
        PyObject_GetBuffer(array, view, flags)
    except (TypeError, ValueError, BufferError):
        if writable:
            raise ValueError("out must be a writable array in C order") from None
        PyObject_GetBuffer(_numbers(array), view, flags)
    cdef char kind = view.format[0] if view.format != NULL and view.format[1] == 0 else 0
    if kind != c"f" and kind != c"d":
        PyBuffer_Release(view)
        if writable:
            raise TypeError("out must be float32 or float64")
        PyObject_GetBuffer(_numbers(array), view, flags)
        kind = view.format[0]
    if view.ndim != 2 or <size_t>view.shape[1] != columns:
        shape = tuple([view.shape[i] for i in range(view.ndim)])
        PyBuffer_Release(view)
        name = "out" if writable else "x"
        raise ValueError(f"{name} has the shape {shape}, and must have (n, {columns})")
    rows.data = view.buf
    rows.rows = view.shape[0]
    rows.single = kind == c"f"
    return 0


def _numbers(array):
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"samples are real numbers, and these are {array.dtype}")
    return np.ascontiguousarray(array, np.float32 if array.dtype == np.float32 else np.float64)


def paths():
    """The paths of vector lanes that this machine can take, from the plainest to the widest. All give the same bits."""
    return [groundup_path_name(i).decode() for i in range(groundup_path_count()) if groundup_path_usable(i)]


def path():
    """The path that is taken."""
    return groundup_path_name(groundup_path_taken()).decode()


def take_path(name):
    """Take a path, or the best one with None. For tests and measurements: not while a kernel runs.

    Raises
    ------
    ValueError
        If this machine cannot.
    """
    for i in range(groundup_path_count()):
        if name is not None and groundup_path_name(i).decode() == name and groundup_path_usable(i):
            groundup_path_take(i)
            return
    if name is not None:
        raise ValueError(f"this machine cannot take the path {name!r}; it can take {', '.join(paths())}")
    groundup_path_take(-1)


def _checked(channels):
    if channels < 1:
        raise ValueError(f"a kernel needs a channel or more, not {channels}")
    return channels


def _window(samples):
    if samples < 1:
        raise ValueError(f"a window has a sample or more, not {samples}")
    return samples


include "kernels/filters.pxi"
include "kernels/windows.pxi"
include "kernels/detectors.pxi"
