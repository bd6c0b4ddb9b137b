"""The kernels for Cython: the C interface of kernels.h, and the Python objects that own a plan and a state."""

cdef extern from "kernels/kernels.h" nogil:
    ctypedef struct groundup_rows:
        void* data
        size_t rows
        int single

    ctypedef struct groundup_kernel:
        size_t channels
        size_t columns
        size_t state
        double delay
        size_t up
        size_t down
        void (*reset)(const groundup_kernel* self, double* state) noexcept nogil
        size_t (*process)(const groundup_kernel* self, double* state, const groundup_rows* rows_in,
                          const groundup_rows* out) noexcept nogil

    size_t groundup_most_rows(const groundup_kernel* self, size_t n)
    void groundup_kernel_free(groundup_kernel* self)

    int groundup_path_count()
    const char* groundup_path_name(int path)
    int groundup_path_usable(int path)
    int groundup_path_taken()
    void groundup_path_take(int path)

    groundup_kernel* groundup_cascade(size_t channels, const double* sections, size_t count, ptrdiff_t rectified,
                                      int steady)
    groundup_kernel* groundup_rectify(size_t channels)
    groundup_kernel* groundup_demean(size_t channels, size_t window)
    groundup_kernel* groundup_moving_rms(size_t channels, size_t window)
    groundup_kernel* groundup_tkeo(size_t channels)
    groundup_kernel* groundup_magnitude(size_t channels, size_t axes)
    groundup_kernel* groundup_resampler(size_t channels, size_t up, size_t down, const double* taps, size_t count,
                                        int steady)
    groundup_kernel* groundup_phase(size_t channels, size_t window)
    groundup_kernel* groundup_relative_phase(size_t channels, const size_t* pairs, size_t count)
    groundup_kernel* groundup_threshold(size_t channels, const double* levels, size_t refractory)
    groundup_kernel* groundup_double_threshold(size_t channels, const double* levels, size_t least, size_t window)
    groundup_kernel* groundup_contact(size_t channels, double threshold, double sure, double sign, size_t least,
                                      size_t refractory, const double* zero)
    groundup_kernel* groundup_plate(size_t channels, const double* matrix, const double* axes, const double* middle,
                                    double sign, double threshold, const double* zero)


cdef class Kernel:
    cdef groundup_kernel* plan
    cdef double* values             # the state
    cdef readonly double delay      # in samples of the input; NaN where there is none to tell
    cdef int own(self, groundup_kernel* plan) except -1
    cdef void disown(self) noexcept
    cdef groundup_kernel* ready(self) except NULL
