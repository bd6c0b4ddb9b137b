"""A function that looks at one sample of one channel, as a processor of the C ABI that tells events."""

from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_GetPointer, PyCapsule_New, PyCapsule_SetContext
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.math cimport NAN, fabs
from libc.stdint cimport int32_t, uint32_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, strcmp

from groundup.processor cimport (
    GROUNDUP_GAP_RESET, GROUNDUP_LATENCY, GROUNDUP_OF_CHANNEL, GROUNDUP_PROCESSOR_CAPSULE, GROUNDUP_PROCESSOR_VERSION,
    groundup_detect, groundup_event, groundup_latency, groundup_processor)
from groundup_ext._kernels cimport Kernel, groundup_kernel, groundup_rows

cdef double LARGEST = 1e100        # as of the kernels: what is beyond is a missing value

cdef struct Detecting:
    groundup_processor processor
    groundup_latency latency
    groundup_detect detect
    groundup_kernel* plan           # what comes before it; NULL: nothing
    double* values                  # the kernel's state
    double* filtered                # what the kernel makes of one call's samples
    double delay                    # samples of the input
    double rate
    size_t size                     # bytes of one channel's memory
    char* memory                    # channel after channel
    char* initial                   # what a reset puts there


cdef int32_t _activate(void* state, double rate, uint32_t max_samples) noexcept:
    cdef Detecting* self = <Detecting*>state
    self.rate = rate
    if not rate > 0:
        return 1
    self.filtered = NULL
    if self.plan != NULL:
        self.filtered = <double*>malloc(<size_t>max_samples * self.processor.in_channels * sizeof(double))
        if self.filtered == NULL:
            return 2
    return 0


cdef void _destroy(void* state) noexcept:
    cdef Detecting* self = <Detecting*>state
    free(self.filtered)
    self.filtered = NULL


cdef int32_t _process(void* state, const double* samples, uint32_t n, double* out, uint32_t* out_n,
                      groundup_event* events, uint32_t* event_n) noexcept nogil:
    cdef Detecting* self = <Detecting*>state
    cdef uint32_t channels = self.processor.in_channels
    cdef groundup_rows taken, given
    cdef groundup_event* event
    cdef uint32_t row, channel, found = 0
    cdef int32_t answer
    cdef char* memory
    if self.plan != NULL:
        taken.data, taken.rows, taken.single = <void*>samples, n, 0
        given.data, given.rows, given.single = self.filtered, n, 0
        self.plan.process(self.plan, self.values, &taken, &given)
        samples = self.filtered
    for row in range(n):
        for channel in range(channels):
            memory = self.memory + channel * self.size
            if not fabs(samples[channel]) <= LARGEST:
                memcpy(memory, self.initial + channel * self.size, self.size)
                continue
            event = &events[found]
            event.sample, event.fraction, event.confidence, event.value = row, 0.0, 1.0, NAN
            event.channel, event.kind, event.side = <int32_t>channel, 0, GROUNDUP_OF_CHANNEL
            answer = self.detect(memory, samples[channel], event)
            if answer == 1:
                found += 1
            elif answer != 0:
                return answer
        samples += channels
    out_n[0], event_n[0] = 0, found
    return 0


cdef void _reset(void* state) noexcept nogil:
    cdef Detecting* self = <Detecting*>state
    memcpy(self.memory, self.initial, self.size * self.processor.in_channels)
    if self.plan != NULL:
        self.plan.reset(self.plan, self.values)


cdef double _seconds(void* state) noexcept:
    cdef Detecting* self = <Detecting*>state
    return self.delay / self.rate


cdef const void* _extension(void* state, const char* id) noexcept:
    return &(<Detecting*>state).latency if strcmp(id, GROUNDUP_LATENCY) == 0 else NULL


cdef void _free(object capsule) noexcept:
    cdef Detecting* self = <Detecting*>(<groundup_processor*>PyCapsule_GetPointer(
        capsule, GROUNDUP_PROCESSOR_CAPSULE)).state
    cdef void* kept = PyCapsule_GetContext(capsule)
    if kept != NULL:
        Py_DECREF(<object>kept)
    free(self.memory)
    free(self.initial)
    free(self)


def check_filter(Kernel kernel not None, size_t channels):
    """Refuse a kernel that cannot come before a detector of so many channels.

    Raises
    ------
    ValueError
        If it makes other rows or columns than it takes, or has no delay.
    """
    if kernel.ready().channels != channels or kernel.plan.columns != channels:
        raise ValueError(f"the kernel before a detector must take and give {channels} channels")
    if kernel.plan.up != 1 or kernel.plan.down != 1 or not kernel.delay >= 0.0:
        raise ValueError("the kernel before a detector must give a row for each sample, and tell its delay")


def detector_capsule(uintptr_t detect, memories, *, Kernel kernel=None, keep=None):
    """A capsule ``groundup.processor.v2`` around the address of one ``groundup_detect`` function.

    Parameters
    ----------
    detect : int
        Address of a function with the signature of ``groundup_detect`` in processor.h.
    memories : sequence of bytes
        What each channel's memory begins with; all of one length.
    kernel : Kernel, optional
        What the samples go through first; its delay is the processor's latency.
    keep : object
        Kept alive as long as the capsule: what owns the function.

    Raises
    ------
    ValueError
        If the kernel makes other rows or columns than it takes, or the memories differ in length.
    """
    cdef size_t channels = len(memories)
    cdef bytes every = b"".join(memories)
    cdef const char* bytes_of = every
    if detect == 0 or channels == 0 or len({len(one) for one in memories}) != 1:
        raise ValueError("a detector is a function, and a memory of one length for each channel")
    if kernel is not None:
        check_filter(kernel, channels)
    cdef Detecting* self = <Detecting*>calloc(1, sizeof(Detecting))
    if self == NULL:
        raise MemoryError("no memory for a detector")
    self.size = len(every) // channels
    # A memory may be of no length, and a function may look at its first eight bytes all the same.
    self.memory, self.initial = <char*>calloc(len(every) + 8, 1), <char*>calloc(len(every) + 8, 1)
    if self.memory == NULL or self.initial == NULL:
        free(self.memory)
        free(self.initial)
        free(self)
        raise MemoryError("no memory for a detector")
    memcpy(self.initial, bytes_of, len(every))
    self.detect = <groundup_detect>detect
    if kernel is not None:
        self.plan, self.values, self.delay = kernel.plan, kernel.values, kernel.delay
    self.latency.struct_size = sizeof(groundup_latency)
    self.latency.seconds = _seconds
    self.processor.struct_size = sizeof(groundup_processor)
    self.processor.version = GROUNDUP_PROCESSOR_VERSION
    self.processor.state = self
    self.processor.in_channels = <uint32_t>channels
    self.processor.up = self.processor.down = 1
    self.processor.gap = GROUNDUP_GAP_RESET
    self.processor.activate = _activate
    self.processor.process = _process
    self.processor.reset = _reset
    self.processor.destroy = _destroy
    self.processor.extension = _extension
    capsule = PyCapsule_New(&self.processor, GROUNDUP_PROCESSOR_CAPSULE, _free)
    kept = (kernel, keep)
    Py_INCREF(kept)
    PyCapsule_SetContext(capsule, <void*>kept)
    return capsule
