"""How the zero of a force plate is looked for while it is in use."""

from typing import NamedTuple


class Zero(NamedTuple):
    """Rules by which a plate counts as unloaded; see ``kernels/zero.h``.

    Time is cut into windows, one after the other. One in which the vertical force stays flat and low was unloaded, and
    its mean is the offset. Until the first of them, a force up to `most` is taken for an offset, not for a contact.

    Attributes
    ----------
    window : int
        Length of a window in samples; 20 to 50 ms, to find one in the flight phases of running. 0: no zero is looked
        for.
    flat : float
        From the lowest to the highest force of an unloaded window (N), or 2 % of the greatest load where that is more.
    most : float
        What stands higher (N) is a load, never an offset.
    share : float
        Likewise, as a share of the greatest load so far, from 50 N of load on.
    drift : float
        By which share a later unloaded window moves the offset: 0 keeps the first, 1 takes the newest.
    """

    window: int
    flat: float = 5.0
    most: float = 120.0
    share: float = 0.1
    drift: float = 0.5
