"""What the arrival of samples says against their stamps where these seem sound: events that jump, all late, all early.

Nothing is moved here: it is said, so that nobody takes such times for sure.
"""

import numpy as np

from groundup.clock.arrival_bounds import ArrivalBounds
from groundup.clock.smoother import Floats
from groundup.clock.stamps import Stamps

_EARLY_S, _LATE_S = 1.0, 10.0  # no event is stamped so long after it arrived, nor so long before
_BACK_S = 1.0
_ALL_LATE_S, _ALL_EARLY_S = 0.5, 0.25
_FEWEST, _MOST = 5, 0.9
_WINDOW_S, _WINDOWS = 10.0, 12  # in which the soonest arrival counts; so many tell whether that changes
_RUNS_OFF_S, _SCATTERS = 0.02, 6.0


def jumping_events(stamps: Stamps, late: ArrivalBounds, name: str) -> tuple[int, str] | None:
    """How many stamps of an irregular stream cannot be right, as far as that shows, and a sentence about them.

    Parameters
    ----------
    stamps : Stamps, shape (N,)
        Finite, as if their clock had never stepped.
    late : ArrivalBounds
        Of the same stamps.
    name : str
    """
    early, old = late.by - late.stamp, late.after - late.stamp
    # Where only one side is known, a program put the file together, perhaps with all events in one place.
    wrong = np.isfinite(early) & np.isfinite(old) & ((early < -_EARLY_S) | (old > _LATE_S))
    if wrong.any():
        off = np.where(early < -_EARLY_S, early, old)[wrong]
        worst = float(off[np.argmax(np.abs(off))])
        how = f"arrived up to {abs(worst):.6g} s {'before' if worst < 0.0 else 'after'} their stamps"
        count = int(np.count_nonzero(wrong))
        return (
            count,
            f"{count} of {len(wrong)} samples of {name} whose arrival is known {how}; they are kept as sent",
        )
    back, most = 0, 0.0
    for _, some in stamps.pieces(overlap=1):
        falls = -np.diff(some)
        back += int(np.count_nonzero(falls > _BACK_S))
        most = max(most, float(falls.max(initial=0.0)))
    if back == 0:
        return None
    return back, f"the stamps of {name} go back in {back} places, by up to {most:.6g} s; they are kept as sent"


def constant_delay(late: ArrivalBounds, name: str) -> str | None:
    """A sentence if all samples arrive long after their stamps, or most before; else None."""
    old, early = _known(late.after - late.stamp), _known(late.by - late.stamp)
    cannot = "a clock that is off by this and a slow device look alike; only an event that both see tells"
    if len(old) >= _FEWEST and float(old.min()) > _ALL_LATE_S:
        return f"every sample of {name} arrives {float(old.min()):.2g} s or more after its stamp: {cannot}"
    if len(early) >= _FEWEST and float(np.mean(early < -_ALL_EARLY_S)) > _MOST:
        ahead = -float(np.median(early))
        return f"the samples of {name} are stamped {ahead:.2g} s after they arrived: all are late by that or more"
    return None


def growing_delay(late: ArrivalBounds) -> float:
    """By how much arrivals are later against their stamps at the end than at first, in s; 0 where it is nothing.

    A measured clock that drifts as the true one does not, or a queue that grows: which of them, nothing tells.
    """
    known = np.isfinite(late.after) & np.isfinite(late.by)
    stamp, least = late.stamp[known], (late.by - late.stamp)[known]
    if len(stamp) < _WINDOWS or not stamp[-1] - stamp[0] >= _WINDOWS * _WINDOW_S:
        return 0.0
    edges = np.searchsorted(stamp, np.arange(stamp[0], stamp[-1], _WINDOW_S))
    edges = edges[np.append(True, np.diff(edges) >= _FEWEST)]
    if len(edges) < _WINDOWS:
        return 0.0
    level, at = np.minimum.reduceat(least, edges), stamp[edges]
    a, b = np.triu_indices(len(level), 1)
    slope = float(np.median((level[b] - level[a]) / (at[b] - at[a])))
    rest = level - slope * at
    scatter = 1.48 * float(np.median(np.abs(rest - np.median(rest))))
    change = slope * float(stamp[-1] - stamp[0])
    return change if abs(change) > max(_RUNS_OFF_S, _SCATTERS * scatter) else 0.0


def _known(values: Floats) -> Floats:
    return np.asarray(values[np.isfinite(values)])
