"""A kernel as a processor of the C ABI: it runs in a chain, without the GIL and without Python."""

from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_GetPointer, PyCapsule_New, PyCapsule_SetContext
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.math cimport NAN
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport strcmp

from groundup.processor cimport (
    GROUNDUP_GAP_BRIDGE, GROUNDUP_GAP_RESET, GROUNDUP_LATENCY, GROUNDUP_PROCESSOR_CAPSULE, GROUNDUP_PROCESSOR_VERSION,
    groundup_event, groundup_latency, groundup_processor)
from groundup_ext._kernels cimport Kernel, groundup_kernel, groundup_rows

cdef struct Bound:
    groundup_processor processor
    groundup_latency latency
    groundup_kernel* plan
    double* values                  # the kernel's state
    double* gains                   # one for each column
    double delay                    # samples of the input
    double rate
    double least
    uint64_t settling               # output samples after a reset that are NaN
    uint64_t made


cdef int32_t _activate(void* state, double rate, uint32_t max_samples) noexcept:
    cdef Bound* bound = <Bound*>state
    bound.rate = rate
    return 0 if rate > 0 else 1


cdef int32_t _process(void* state, const double* samples, uint32_t n, double* out, uint32_t* out_n,
                      groundup_event* events, uint32_t* event_n) noexcept nogil:
    cdef Bound* bound = <Bound*>state
    cdef groundup_rows taken, given
    cdef size_t columns = bound.plan.columns
    cdef size_t made, row, column
    cdef double value
    taken.data, taken.rows, taken.single = <void*>samples, n, 0
    given.data, given.rows, given.single = out, out_n[0], 0
    made = bound.plan.process(bound.plan, bound.values, &taken, &given)
    for row in range(made):
        for column in range(columns):
            value = out[row * columns + column] * bound.gains[column]
            out[row * columns + column] = bound.least if value < bound.least else value
    row = 0
    while bound.made < bound.settling and row < made:
        for column in range(columns):
            out[row * columns + column] = NAN
        bound.made += 1
        row += 1
    out_n[0] = <uint32_t>made
    event_n[0] = 0
    return 0


cdef void _reset(void* state) noexcept nogil:
    cdef Bound* bound = <Bound*>state
    bound.made = 0
    bound.plan.reset(bound.plan, bound.values)


cdef void _destroy(void* state) noexcept:
    pass


cdef double _seconds(void* state) noexcept:
    cdef Bound* bound = <Bound*>state
    return bound.delay / bound.rate


cdef const void* _extension(void* state, const char* id) noexcept:
    return &(<Bound*>state).latency if strcmp(id, GROUNDUP_LATENCY) == 0 else NULL


cdef void _free(object capsule) noexcept:
    cdef Bound* bound = <Bound*>PyCapsule_GetPointer(capsule, GROUNDUP_PROCESSOR_CAPSULE)
    cdef void* kernel = PyCapsule_GetContext(capsule)
    if kernel != NULL:
        Py_DECREF(<object>kernel)
    free(bound.gains)
    free(bound)


def kernel_capsule(Kernel kernel not None, *, gains=None, double least=float("-inf"), uint64_t settling=0,
                   bint bridges=False):
    """A capsule ``groundup.processor.v2`` of a kernel, whose state it uses.

    Parameters
    ----------
    kernel : Kernel
        From groundup_ext._kernels; its delay is the processor's latency.
    gains : sequence of float, optional
        What each column that comes out is multiplied with.
    least : float
        What comes out lower (after the gain) is set to this.
    settling : int
        How many output samples after a reset are NaN, because a filter has yet to settle.
    bridges : bool
        Whether it goes on over a gap.
    """
    cdef size_t columns = kernel.plan.columns
    cdef size_t column
    factors = [1.0] * columns if gains is None else [float(gain) for gain in gains]
    if len(factors) != columns:
        raise ValueError(f"{len(factors)} gains do not fit {columns} columns")
    if not kernel.delay >= 0.0:
        raise ValueError("a kernel without a delay cannot run in a chain")
    cdef Bound* bound = <Bound*>calloc(1, sizeof(Bound))
    if bound == NULL:
        raise MemoryError("no memory for a processor")
    bound.gains = <double*>malloc(columns * sizeof(double))
    if bound.gains == NULL:
        free(bound)
        raise MemoryError("no memory for a processor")
    for column in range(columns):
        bound.gains[column] = factors[column]
    bound.plan, bound.values, bound.delay = kernel.plan, kernel.values, kernel.delay
    bound.least, bound.settling = least, settling
    bound.latency.struct_size = sizeof(groundup_latency)
    bound.latency.seconds = _seconds
    bound.processor.struct_size = sizeof(groundup_processor)
    bound.processor.version = GROUNDUP_PROCESSOR_VERSION
    bound.processor.state = bound
    bound.processor.in_channels = <uint32_t>kernel.plan.channels
    bound.processor.out_channels = <uint32_t>columns
    bound.processor.up, bound.processor.down = <uint32_t>kernel.plan.up, <uint32_t>kernel.plan.down
    bound.processor.gap = GROUNDUP_GAP_BRIDGE if bridges else GROUNDUP_GAP_RESET
    bound.processor.activate = _activate
    bound.processor.process = _process
    bound.processor.reset = _reset
    bound.processor.destroy = _destroy
    bound.processor.extension = _extension
    capsule = PyCapsule_New(&bound.processor, GROUNDUP_PROCESSOR_CAPSULE, _free)
    Py_INCREF(kernel)
    PyCapsule_SetContext(capsule, <void*>kernel)
    return capsule
