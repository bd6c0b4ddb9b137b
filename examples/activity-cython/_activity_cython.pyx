# cython: boundscheck=False, wraparound=False, cdivision=True, freethreading_compatible=True
"""A live processor in Cython, against the installed groundup/processor.pxd: y = a |x| + (1 - a) y."""

from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.math cimport expm1, fabs
from libc.stdint cimport int32_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset, strcmp

from groundup.processor cimport (
    GROUNDUP_GAP_RESET, GROUNDUP_LATENCY, GROUNDUP_PROCESSOR_CAPSULE, GROUNDUP_PROCESSOR_VERSION, groundup_event,
    groundup_latency, groundup_processor)

cdef struct Activity:
    groundup_processor processor
    groundup_latency latency
    double tau_s
    double a
    double* memory      # one a channel


cdef int32_t activate(void* state, double rate, uint32_t max_samples) noexcept:
    cdef Activity* self = <Activity*>state
    self.a = -expm1(-1.0 / (self.tau_s * rate))
    self.memory = <double*>calloc(self.processor.in_channels, sizeof(double))
    return 1 if self.memory == NULL or not rate > 0.0 else 0


cdef int32_t process(void* state, const double* samples, uint32_t n, double* out, uint32_t* out_n,
                     groundup_event* events, uint32_t* event_n) noexcept nogil:
    cdef Activity* self = <Activity*>state
    cdef size_t channels = self.processor.in_channels
    cdef size_t i, c
    for i in range(n):
        for c in range(channels):
            self.memory[c] = self.a * fabs(samples[i * channels + c]) + (1.0 - self.a) * self.memory[c]
            out[i * channels + c] = self.memory[c]
    out_n[0] = n
    event_n[0] = 0
    return 0


cdef void reset(void* state) noexcept nogil:
    cdef Activity* self = <Activity*>state
    memset(self.memory, 0, self.processor.in_channels * sizeof(double))


cdef void destroy(void* state) noexcept:
    free((<Activity*>state).memory)


cdef double seconds(void* state) noexcept:
    return (<Activity*>state).tau_s


cdef const void* extension(void* state, const char* id) noexcept:
    return &(<Activity*>state).latency if strcmp(id, GROUNDUP_LATENCY) == 0 else NULL


cdef void let_go(object capsule) noexcept:
    free((<groundup_processor*>PyCapsule_GetPointer(capsule, GROUNDUP_PROCESSOR_CAPSULE)).state)


def make(uint32_t channels, double tau_s):
    """A processor: a PyCapsule."""
    cdef Activity* self = <Activity*>calloc(1, sizeof(Activity))
    if self == NULL:
        raise MemoryError()
    self.tau_s = tau_s
    self.latency.struct_size = sizeof(groundup_latency)
    self.latency.seconds = seconds
    self.processor = groundup_processor(
        struct_size=sizeof(groundup_processor), version=GROUNDUP_PROCESSOR_VERSION, state=self,
        in_channels=channels, out_channels=channels, up=1, down=1, gap=GROUNDUP_GAP_RESET,
        activate=activate, process=process, reset=reset, destroy=destroy, extension=extension)
    return PyCapsule_New(&self.processor, GROUNDUP_PROCESSOR_CAPSULE, let_go)
