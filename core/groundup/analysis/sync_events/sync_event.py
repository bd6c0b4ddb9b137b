"""Sync events: something that several sensors really share, and the lag between streams that it shows.

Sensors that are held together and tapped on the plate, or a trigger on a spare channel. A shock that travels up a body
is shared by nothing: what it shows is physiology. Nothing is corrected here; the lag is measured and said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from groundup.analysis.sync_events.lags import Pairs, measure_lag
from groundup.analysis.sync_events.transients import Transient, Transients, find_transients
from groundup.model.anatomy import rank
from groundup.model.signals import Signal
from groundup.model.status import NOT_COMPUTABLE, OK, Status

LEAST_RATE = 50.0
_MOST_LAG_S = 0.25  # less than a step takes
_LOOK_S = 1.5  # so far it is looked whether another lag explains more
_OTHER_PAIRS = 3  # at a second lag, and the lag is not constant
_TOLERANCE_S, _TOLERANCE_SAMPLES = 0.004, 1.5
_CHANCE = 0.01
_TRAVELS_S = (0.003, 0.025)  # how long a shock takes from one segment to the next
_OFF_PACE_S = 0.010


@dataclass(frozen=True)
class SyncLag:
    """How far a stream is behind another one.

    Attributes
    ----------
    stream, reference : str
        Ids of the signals; the reference is empty where there is none.
    lag_s : float
        Seconds by which the stream is later than the reference; NaN where `reason` says why it is not computable.
    low_s, high_s : float
        95 % interval of the lag.
    status : {"ok", "not_computable"}
    reason : str
        Why there is no lag; empty where there is one.
    times : tuple of float
        When the shared events were in this stream, in seconds on the lab clock.
    by_trigger : bool
        Whether they are edges of a trigger, not taps.
    """

    stream: str
    reference: str
    lag_s: float
    low_s: float
    high_s: float
    status: Status = OK
    reason: str = ""
    times: tuple[float, ...] = ()
    by_trigger: bool = False


@dataclass(frozen=True)
class _Shared:
    """Events of a stream that the reference has too: pairs of (reference's, stream's)."""

    pairs: tuple[tuple[Transient, Transient], ...] = ()
    by_trigger: bool = False
    reason: str = "no other stream shows what stands out in it"


def find_sync(signals: Sequence[Signal], reference: str = "") -> tuple[SyncLag, ...]:
    """Find the events that sensors share, and every stream's lag behind a reference.

    The reference is the stream that shares an event with most others; of those a force plate, then the fastest.

    Parameters
    ----------
    signals : sequence of Signal
        Raw signals on the lab clock.
    reference : str
        Id of the signal to take as the reference, whatever the others share; empty: as above.

    Returns
    -------
    tuple of SyncLag
        One for each signal. The reference's own lag is zero.
    """
    seen = {signal.id: _transients(signal) for signal in signals}
    shared = {
        a.id: {b.id: _shared(a, seen[a.id], b, seen[b.id]) for b in signals if b.id != a.id}
        for a in signals
        if not seen[a.id].reason
    }
    shared = {id_: _without_travelling(id_, found, signals) for id_, found in shared.items()}
    kinds = {signal.id: (signal.kind == "plate", signal.rate) for signal in signals}
    best = reference or max(
        shared, key=lambda id_: (sum(bool(s.pairs) for s in shared[id_].values()), *kinds[id_]), default=""
    )
    if not any(s.pairs for s in shared.get(best, {}).values()):
        return tuple(_none(signal.id, "", _why(signal.id, seen, shared)) for signal in signals)
    used = [pair[0] for found in shared[best].values() for pair in found.pairs]
    own = tuple(sorted({transient.time for transient in used}))
    return tuple(
        SyncLag(best, best, 0.0, 0.0, 0.0, times=own)
        if signal.id == best
        else _lag(signal.id, best, shared[best][signal.id], seen[signal.id])
        for signal in signals
    )


_TRAVELLING = _Shared(
    reason="what stands out in it may be a shock that travels up the body, which sensors do not share"
)


def _why(id_: str, seen: dict[str, Transients], shared: dict[str, dict[str, _Shared]]) -> str:
    reasons = [s.reason for s in shared.get(id_, {}).values()]
    return seen[id_].reason or max(reasons, key=lambda r: r == _TRAVELLING.reason, default=_Shared.reason)


def _transients(signal: Signal) -> Transients:
    if not signal.rate > 0.0 or len(signal.time) < 2:
        return Transients(reason="it has no regular sampling rate")
    if signal.rate < LEAST_RATE:
        return Transients(reason=f"it has {signal.rate:g} Hz, and an onset needs {LEAST_RATE:g} Hz or more")
    return find_transients(signal)


def _shared(a: Signal, in_a: Transients, b: Signal, in_b: Transients) -> _Shared:
    """What two signals share: trigger edges if both have some, else impacts."""
    if in_b.reason:
        return _Shared()
    tolerance = max(_TOLERANCE_S, _TOLERANCE_SAMPLES / min(a.rate, b.rate))
    together = max(a.time[0], b.time[0]), min(a.time[-1], b.time[-1])
    for from_a, from_b, trigger in ((in_a.edges, in_b.edges, True), (in_a.impacts, in_b.impacts, False)):
        ours, theirs = _within(from_a, *together), _within(from_b, *together)
        pairs = tuple(matched(ours, theirs, _MOST_LAG_S, tolerance))
        if pairs and _not_by_chance(len(pairs), len(ours), len(theirs), together[1] - together[0], tolerance):
            return _Shared(reason=why) if (why := _doubt(pairs, ours, theirs, tolerance)) else _Shared(pairs, trigger)
    return _Shared()


def _doubt(pairs: Pairs, ours: Sequence[Transient], theirs: Sequence[Transient], tolerance: float) -> str:
    """Why events that pair at one lag do not tell it: they pair better at a longer one, or others at a second one."""
    # Events at regular intervals also pair, all but the last, when they are shifted by one.
    if len(matched(ours, theirs, _LOOK_S, tolerance)) > len(pairs):
        return f"more of its events fit when it is more than {_MOST_LAG_S:g} s late or early than at any smaller lag"
    paired = {id(one) for pair in pairs for one in pair}
    left = [[one for one in side if id(one) not in paired] for side in (ours, theirs)]
    others = matched(left[0], left[1], _MOST_LAG_S, tolerance)
    if len(others) >= _OTHER_PAIRS and 2 * len(others) > min(map(len, left)):
        first, second = (1e3 * float(np.mean([b.time - a.time for a, b in found])) for found in (pairs, others))
        return (
            f"its lag is not constant: {len(pairs)} events are {first:.0f} ms late, {len(others)} are {second:.0f} ms"
        )
    return ""


def _within(found: Sequence[Transient], t0: float, t1: float) -> list[Transient]:
    return [s for s in found if t0 - _MOST_LAG_S <= s.time <= t1 + _MOST_LAG_S]


def matched(
    a: Sequence[Transient], b: Sequence[Transient], most_lag: float, tolerance: float
) -> list[tuple[Transient, Transient]]:
    """Pairs of what stands out in two signals, one lag apart: of all lags the one with most pairs, then the smallest.

    Parameters
    ----------
    a, b : sequence of Transient
        In order of time.
    most_lag : float
        Seconds.
    tolerance : float
        How far a pair may be off the lag, in seconds.
    """
    times = np.array([other.time for other in b])
    lags: list[float] = []
    for one in a:
        i, j = np.searchsorted(times, [one.time - most_lag, one.time + most_lag])
        lags += (times[i:j] - one.time).tolist()
    if not lags:
        return []
    ordered = np.sort(lags)
    many = np.searchsorted(ordered, ordered + tolerance) - np.searchsorted(ordered, ordered - tolerance)
    lag = min(ordered[many == many.max()].tolist(), key=abs)
    close: dict[int, Transient] = {}
    for one in a:
        nearest = int(np.argmin(np.abs(times - one.time - lag)))
        if abs(float(times[nearest]) - one.time - lag) <= tolerance:
            close.setdefault(nearest, one)
    return [(one, b[nearest]) for nearest, one in close.items()]


def _not_by_chance(pairs: int, ours: int, theirs: int, seconds: float, tolerance: float) -> bool:
    """Whether this many pairs are most of what there is, or more than luck gives at the best of all lags."""
    if 2 * pairs > max(ours, theirs):
        return True
    hit = min(1.0, 2.0 * tolerance * max(ours, theirs) / max(seconds, tolerance))
    luck = float(stats.binom.sf(pairs - 1, min(ours, theirs), hit)) * _MOST_LAG_S / tolerance
    return luck < _CHANCE


def _without_travelling(reference: str, found: dict[str, _Shared], signals: Sequence[Signal]) -> dict[str, _Shared]:
    """The same without the impacts of worn sensors that may be one shock on its way up the body."""
    worn = {s.id: place for s in signals if (place := _worn(s)) is not None}
    lags = {id_: _mean_lag(s) for id_, s in found.items() if id_ in worn and s.pairs and not s.by_trigger}
    if reference in worn:
        lags[reference] = 0.0
    places = np.array(sorted({worn[id_] for id_ in lags}), np.float64)
    if len(places) < 2:
        return found
    arrival = np.array([np.mean([lag for id_, lag in lags.items() if worn[id_] == place]) for place in places])
    if len(places) == 2:
        # Two sensors alone cannot tell; anything else that shows the same event says that it was no shock in a body.
        travels = all(id_ in lags for id_ in (reference, *(id_ for id_, s in found.items() if s.pairs)))
    else:
        pace, first = np.polyfit(places, arrival, 1)
        off_pace = float(np.abs(arrival - first - pace * places).max())
        travels = _TRAVELS_S[0] < float(pace) < _TRAVELS_S[1] and off_pace < _OFF_PACE_S
    if not travels:
        return found
    alone = reference in worn  # then what the others have of it is the same shock
    return {id_: _TRAVELLING if (alone or id_ in lags) and not s.by_trigger else s for id_, s in found.items()}


def _worn(signal: Signal) -> int | None:
    """Segment rank of an IMU, where the lab says where it sits."""
    if signal.kind != "imu":
        return None
    ranks = {rank(channel.site) for channel in signal.channels if channel.site}
    return ranks.pop() if len(ranks) == 1 else None


def _mean_lag(shared: _Shared) -> float:
    return float(np.mean([theirs.time - ours.time for ours, theirs in shared.pairs]))


def _lag(id_: str, reference: str, shared: _Shared, seen: Transients) -> SyncLag:
    if not shared.pairs:
        return _none(id_, reference, seen.reason or shared.reason)
    found = measure_lag(shared.pairs)
    return SyncLag(
        id_, reference, found.lag_s, found.low_s, found.high_s, times=found.times, by_trigger=shared.by_trigger
    )


def _none(id_: str, reference: str, reason: str) -> SyncLag:
    return SyncLag(id_, reference, np.nan, np.nan, np.nan, NOT_COMPUTABLE, reason)
