# The classes of the kernels that need a window, or the row alone.


cdef class Rectify(Kernel):
    """Absolute value.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, size_t channels):
        self.own(groundup_rectify(_checked(channels)))


cdef class Demean(Kernel):
    """What is left without the mean, and without a slow drift of it.

    ``m += (x - m) / min(number of values, window)``, ``y = x - m``: without the mean of all values so far, and from
    `window` values on a high-pass of that time constant. No transient from an offset.

    Parameters
    ----------
    channels : int
    window : int
        Time constant in samples.
    """

    def __init__(self, size_t channels, size_t window):
        self.own(groundup_demean(_checked(channels), _window(window)))


cdef class MovingRms(Kernel):
    """Root of the mean square of the last `window` values; at first of as many as there are.

    Missing values in the window are left out of the mean. A burst leaves no rounding error behind.

    Parameters
    ----------
    channels : int
    window : int
        Samples.
    """

    def __init__(self, size_t channels, size_t window):
        self.own(groundup_moving_rms(_checked(channels), _window(window)))


cdef class Tkeo(Kernel):
    """Teager-Kaiser energy ``x[n-1]**2 - x[n-2] * x[n]`` of the sample before (Kaiser 1990; Solnik 2010 for EMG).

    NaN for the first two samples, and where one of the three is missing.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, size_t channels):
        self.own(groundup_tkeo(_checked(channels)))


cdef class Magnitude(Kernel):
    """Length of vectors whose components lie in neighbouring channels: one column a vector.

    Parameters
    ----------
    channels : int
    axes : int
        Components of a vector.

    Raises
    ------
    ValueError
        If the channels are not whole vectors.
    """

    def __init__(self, size_t channels, size_t axes=3):
        if axes < 1 or channels % axes != 0:
            raise ValueError(f"{channels} channels are not vectors of {axes}")
        self.own(groundup_magnitude(_checked(channels), axes))


cdef class Phase(Kernel):
    """Phase angle (rad) of each channel's rhythm, one sample ago.

    ``atan2(v / max |v|, (x - middle) / half range)``, with the extremes of the last `window` samples and the velocity
    of the central difference (normalised as in Hamill 1999). NaN while a channel has not moved.

    Parameters
    ----------
    channels : int
    window : int
        Samples; a cycle or more.
    """

    def __init__(self, size_t channels, size_t window):
        self.own(groundup_phase(_checked(channels), _window(window)))


cdef class RelativePhase(Kernel):
    """Continuous relative phase: the difference between the phases of pairs of channels, in (-pi, pi].

    Parameters
    ----------
    channels : int
        Phases that go in, as `Phase` gives them.
    pairs : array_like of int, shape (columns, 2)
        First channel less second.

    Raises
    ------
    ValueError
        If a pair names a channel that is not there.
    """

    def __init__(self, size_t channels, pairs):
        pairs = np.asarray(pairs, dtype=np.intp)
        if pairs.ndim != 2 or pairs.shape[0] == 0 or pairs.shape[1] != 2:
            raise ValueError(f"pairs have the shape (n, 2), not {pairs.shape}")
        if (pairs < 0).any() or (pairs >= _checked(channels)).any():
            raise ValueError(f"pairs name channels from 0 to {channels - 1}")
        cdef const size_t[:, ::1] places = np.ascontiguousarray(pairs, np.uintp)
        self.own(groundup_relative_phase(channels, &places[0, 0], places.shape[0]))


cdef class Resampler(Kernel):
    """Resampling by up / down without aliases: `scipy.signal.resample_poly`, `delay` samples late.

    Row k out is row ``k - delay * up / down`` of `resample_poly`, a whole number. NaN where one of the two inputs
    around its moment is missing.

    Parameters
    ----------
    channels : int
    up, down : int
        The rate is multiplied by up / down; decimation is up = 1.
    taps : array_like, optional
        A symmetric low-pass at the rate in between, of an odd number of taps and gain 1, as `resample_poly` takes for
        its window. By default its own: Kaiser (beta 5), 10 samples of the slower rate to each side.
    steady : bool
        Begin as though the first value had always been there, instead of from 0.

    Raises
    ------
    ValueError
        If a rate is not positive, or the filter not symmetric.
    """

    def __init__(self, size_t channels, size_t up, size_t down, taps=None, bint steady=False):
        if up < 1 or down < 1:
            raise ValueError(f"a rate cannot be multiplied by {up}/{down}")
        common = np.gcd(up, down)
        up, down = up // common, down // common
        cdef const double[::1] padded = _low_pass(up, down, taps)
        self.own(groundup_resampler(_checked(channels), up, down, &padded[0], padded.shape[0], steady))

    @property
    def up(self):
        """By what the rate is multiplied."""
        return self.plan.up

    @property
    def down(self):
        """By what the rate is divided."""
        return self.plan.down


def _low_pass(up, down, taps):
    """The filter at the rate in between, padded so that its delay is a whole number of rows out."""
    if taps is None:
        from scipy.signal import firwin

        taps = firwin(20 * max(up, down) + 1, 1 / max(up, down), window=("kaiser", 5.0)) if max(up, down) > 1 else [1.0]
    taps = np.ascontiguousarray(taps, np.float64)
    if taps.ndim != 1 or len(taps) % 2 == 0 or not np.allclose(taps, taps[::-1], rtol=1e-9, atol=0):
        raise ValueError("a resampler needs a symmetric filter with an odd number of taps")
    return np.pad(taps * up, -(len(taps) // 2) % down)
