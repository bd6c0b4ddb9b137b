"""Whether the best of many offsets stands out among the others, or is only the luckiest of them."""

import math
from collections.abc import Sequence

import numpy as np

CHANCE = 1e-4
"""An offset is believed where the best of unrelated offsets would stand out as far in fewer cases than this."""
_OTHERS = 20  # so many of the next best say how far one is usually ahead of the next
_FEWEST = 5  # fewer say nothing of that
_CLEAR = math.log(1.0 / CHANCE)


def stands_out(
    best: float, others: Sequence[float], tried: int = 1, scale: float = 1.0, near: Sequence[float] = ()
) -> bool:
    """Whether the best is further ahead of the second than chance would have it.

    Of many independent values with a tail that falls as that of nearly all laws does, the gaps between the largest,
    each times its place, are alike exponential (Renyi 1953). The gaps of the others thus tell how large the first would
    be by chance, whatever the evidence is of: waveforms that return with every stride are near to each other, and so
    are the shifts of a regular train.

    Parameters
    ----------
    best : float
        Evidence of the best offset.
    others : sequence of float
        Of all other offsets.
    tried : int
        How many pairs of channels or of trains were tried: so many had a chance.
    scale : float
        The least gap that counts as one, whatever the others do.
    near : sequence of float
        Of offsets beside the best, that see the same coincidence from its edge: it has to be ahead of them, too, but
        they say nothing of chance.
    """
    if near and best - max(near) < scale * _CLEAR:
        return False
    ordered = np.sort(np.asarray(others, np.float64))[::-1][: _OTHERS + 1]
    chance = CHANCE / max(tried, 1)
    if not len(ordered):
        return True
    gap = best - float(ordered[0])
    if gap < scale * _CLEAR:
        return False
    count = len(ordered) - 1
    if count < _FEWEST:
        return True
    usual = float(np.mean(np.arange(2, count + 2) * -np.diff(ordered)))
    # An exponential over the mean of so many.
    return (1.0 + gap / (count * max(usual, 1e-12))) ** -count < chance
