# The classes of the kernels that know what they look at: detectors of activity and contacts, and the force plate.
#
# A detector gives a row for each event: when (in samples since the reset, with a fraction), channel, kind (1: begins,
# -1: ends) and value.


cdef class Threshold(Kernel):
    """Where channels go up through a level, and down through a lower one.

    Rows: when (interpolated between the samples around the crossing), channel, kind, value of the sample behind it.

    Parameters
    ----------
    channels : int
    on : array_like
        Level, one or one a channel.
    off : array_like, optional
        Likewise; `on` if not given.
    refractory : int
        For so many samples after an event a channel has no other. What was missed is told when they are over.

    Raises
    ------
    ValueError
        If `off` is above `on`, or the number of levels is not that of the channels.
    """

    def __init__(self, size_t channels, on, off=None, size_t refractory=0):
        on = _levels(on, channels)
        off = on if off is None else _levels(off, channels)
        if (off > on).any():
            raise ValueError("the level that ends activity must not be above the one that begins it")
        cdef const double[:, ::1] levels = np.column_stack([on, off])
        self.own(groundup_threshold(channels, &levels[0, 0], refractory))


cdef class DoubleThreshold(Kernel):
    """Activity: a level, reached by enough of the last values (Lidierth 1986; Bonato 1998).

    On when `least` of the last `window` values reach the level, told with the place of the first of them; off when none
    of the last `window` does, told with the place behind the last one that did. Rows: when, channel, kind, the value at
    which it was found.

    Parameters
    ----------
    channels : int
    level : array_like
        One or one a channel.
    least, window : int
        Samples.

    Raises
    ------
    ValueError
        If `least` is not within the window.
    """

    def __init__(self, size_t channels, level, size_t least, size_t window):
        if not 1 <= least <= window:
            raise ValueError(f"{least} of {window} values cannot reach the level")
        cdef const double[::1] levels = _levels(level, channels)
        self.own(groundup_double_threshold(channels, &levels[0], least, window))


cdef class Contact(Kernel):
    """Initial contacts and foot offs from vertical forces (N), one plate a channel.

    A contact runs from where the force rises through `threshold` to where it falls through it, interpolated. It counts
    when it reaches `sure` (hysteresis) and lasts `least` samples; two less than `refractory` samples apart are one: a
    foot that bounces as it lands. A foot off is told when the refractory time is over. A missing value cuts a contact.

    Rows: when, channel, kind (1: contact, -1: foot off), and 1, or 0 where the beginning of the contact was not seen.

    Parameters
    ----------
    channels : int
    threshold, sure : float
        N.
    least, refractory : int
        Samples.
    sign : float
        -1 where the load points down.
    zero : Zero, optional
        Follows the offset and drift of the unloaded plate.

    Raises
    ------
    ValueError
        If `sure` is below `threshold`.
    """

    def __init__(self, size_t channels, double threshold=20.0, double sure=50.0, size_t least=0, size_t refractory=0,
                 double sign=1.0, zero=None):
        if not sure >= threshold:
            raise ValueError(f"a contact that is sure at {sure} N does not go through {threshold} N")
        cdef const double[::1] rules = np.array(zero or Zero(0), np.float64)
        self.own(groundup_contact(_checked(channels), threshold, sure, sign, least, refractory, &rules[0]))


cdef class Plate(Kernel):
    """From a plate's channels to ground reaction force, centre of pressure and free moment in the lab frame.

    Columns: Fx, Fy, Fz (N), CoPx, CoPy (m), free moment about the vertical through the centre of pressure (N·m).
    ``x = -My / Fz``, ``y = Mx / Fz`` about the middle of the top surface (Kistler, about the sensors:
    ``x = -(My - Fx az0) / Fz``, ``y = (Mx + Fy az0) / Fz``). A row with a missing value is NaN.

    Parameters
    ----------
    matrix : array_like, shape (6, channels)
        Calibration: to Fx, Fy, Fz (N), Mx, My, Mz (N·m) about `origin`, in plate axes.
    axes : array_like, shape (3, 3), optional
        Columns are the plate's x, y and z in a lab frame whose z is up; by default its own axes are the lab's.
    middle : array_like, shape (3,)
        Middle of the top surface in the lab frame (m).
    origin : array_like, shape (3,)
        From where the moments are about to the middle of the top surface, in plate axes (m), as C3D's ORIGIN: (0, 0,
        az0) with Kistler's az0 < 0 where z points down; above 0 where it points up.
    sign : float
        1 where the channels give the reaction on the body, -1 where they give the load on the plate.
    threshold : float
        Below this vertical force (N) centre of pressure and free moment are NaN.
    zero : Zero, optional
        Follows the offset and drift of the unloaded plate, and takes it off.

    Raises
    ------
    ValueError
        If a shape does not fit.
    """

    def __init__(self, matrix, axes=None, middle=(0.0, 0.0, 0.0), origin=(0.0, 0.0, 0.0), double sign=1.0,
                 double threshold=20.0, zero=None):
        matrix = np.array(matrix, np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != 6 or matrix.shape[1] == 0:
            raise ValueError(f"a plate's matrix has the shape (6, channels), not {matrix.shape}")
        # To the middle of the top surface: M + F x origin, which is linear too.
        matrix[3:] += np.cross(matrix[:3], np.broadcast_to(np.asarray(origin, np.float64)[:, None], matrix[:3].shape),
                               axis=0)
        cdef const double[:, ::1] to_wrench = np.ascontiguousarray(matrix)
        cdef const double[:, ::1] turned = np.ascontiguousarray(np.eye(3) if axes is None else axes, np.float64)
        cdef const double[::1] place = np.ascontiguousarray(middle, np.float64)
        cdef const double[::1] rules = np.array(zero or Zero(0), np.float64)
        if turned.shape[0] != 3 or turned.shape[1] != 3 or place.shape[0] != 3:
            raise ValueError("axes have the shape (3, 3), and the middle (3,)")
        self.own(groundup_plate(to_wrench.shape[1], &to_wrench[0, 0], &turned[0, 0], &place[0], sign, threshold,
                                &rules[0]))


def _levels(level, size_t channels):
    level = np.asarray(level, np.float64)
    if level.ndim > 1 or level.size not in (1, _checked(channels)):
        raise ValueError(f"{level.size} levels do not fit {channels} channels")
    return np.ascontiguousarray(np.broadcast_to(level.reshape(-1), (channels,)))
