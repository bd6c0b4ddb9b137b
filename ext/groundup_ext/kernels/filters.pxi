# The classes of the kernels that filter.


cdef class Sos(Kernel):
    """Second-order sections in series, as `scipy.signal.sosfilt`, with their state.

    Parameters
    ----------
    sos : array_like, shape (sections, 6)
        As SciPy designs them.
    channels : int
    steady : bool
        Begin as though a channel's first value had always been there, instead of from rest: no transient from an
        offset.

    Raises
    ------
    ValueError
        If `sos` is none, or `steady` is asked of a filter that has no steady state (a pole at 0 Hz).

    Notes
    -----
    ``delay`` is the group delay at 0 Hz; for a filter that lets no 0 Hz through, the mean group delay, weighted with
    the power that it lets through.
    """

    def __init__(self, sos, size_t channels, bint steady=False):
        sos = _sections(sos, steady)
        _cascade(self, sos, -1, channels, steady)
        self.delay = group_delay.of_filter(sos)


cdef class Envelope(Kernel):
    """Linear envelope: band-pass, rectify, low-pass in one pass over the data, all causal.

    Parameters
    ----------
    band : array_like, shape (sections, 6)
        Before rectifying. A high-pass or a band-pass in it takes off the mean.
    low : array_like, shape (sections, 6)
        After rectifying.
    channels : int
    steady : bool
        As for `Sos`.

    Raises
    ------
    ValueError
        As for `Sos`.

    Notes
    -----
    ``delay`` is that of what modulates a noise: the mean group delay of the band-pass, weighted with the power that it
    lets through, and the group delay of the low-pass at 0 Hz.
    """

    def __init__(self, band, low, size_t channels, bint steady=False):
        band, low = _sections(band, steady), _sections(low, steady)
        _cascade(self, np.concatenate([band, low]), len(band), channels, steady)
        self.delay = group_delay.of_noise(band) + group_delay.of_filter(low)


cdef _cascade(Kernel self, const double[:, ::1] sos, ptrdiff_t rectified, size_t channels, bint steady):
    self.own(groundup_cascade(_checked(channels), &sos[0, 0], sos.shape[0], rectified, steady))


def _sections(sos, bint steady):
    """Second-order sections as float64, checked."""
    sos = np.ascontiguousarray(sos, np.float64)
    if sos.ndim != 2 or sos.shape[0] == 0 or sos.shape[1] != 6:
        raise ValueError(f"second-order sections have the shape (n, 6), not {sos.shape}")
    if not np.isfinite(sos).all() or (sos[:, 3] == 0).any():
        raise ValueError("second-order sections must be numbers, and their a0 not 0")
    if steady and (sos[:, 3:].sum(axis=1) == 0).any():
        raise ValueError("a filter with a pole at 0 Hz has no steady state to begin with")
    return sos
