"""What stands out in a signal: impacts, and the edges of a trigger on a spare channel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from groundup.analysis.sync_events.onset import Rise, find_rise, rise_at
from groundup.model.signals import Floats, Signal

_LONG_S = 0.3  # how much of the time before says what is usual
_SHORT_S, _SHORT_LEAST = 0.01, 3  # how long an impact is looked at
_FEWEST = 6  # samples in which something may stand out
_CHANGE_S = 0.002  # an impact is quicker than what a body does, but not quicker than this
_STANDS_OUT = 10.0  # times the usual change
_APART_S = 0.15
_STEP_S = (0.3, 2.5)  # what comes back this often ...
_STEPS = 6  # ... and at least so many times in a row is gait
_STEADY = 0.08  # of the mean period so far
_ALIKE = 3.0  # and no stronger or weaker than this, against the first
_STANDING_N = 250.0  # somebody stands on the plate
_WEAKEST = 0.25  # of the strongest: what is weaker does not stand out beside it
_TRIGGER_LEVEL = 0.05  # share of its step that a trigger's two levels are wide
_TRIGGER_NOISE = 0.01  # of the same


@dataclass(frozen=True)
class Transient:
    """Something that stands out.

    Attributes
    ----------
    time : float
        About when it begins: the middle between its first sample and the one before, in seconds on the lab clock.
    rise : Rise
        Its first samples.
    switched : bool
        The line went from one level to the other between those two samples, and nowhere else.
    """

    time: float
    rise: Rise
    switched: bool = False


@dataclass(frozen=True)
class Transients:
    """What stands out in one signal.

    Attributes
    ----------
    impacts : tuple of Transient
        Those that are no step of a walk.
    edges : tuple of Transient
        Rising and falling edges of trigger channels.
    reason : str
        Why there is nothing, where there is not.
    """

    impacts: tuple[Transient, ...] = ()
    edges: tuple[Transient, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Impact:
    """What stands out, index of a sample near it, and how strong it is, in usual changes."""

    seen: Transient
    place: int
    strength: float


def find_transients(signal: Signal) -> Transients:
    """Find impacts and trigger edges.

    An impact is a change within 2 ms, or from sample to sample, that is ten times what was usual in the 0.3 s before.
    What comes back with the rhythm of steps, and what begins or ends with somebody standing on a plate, is a foot's
    contact and left out.

    Parameters
    ----------
    signal : Signal
        As recorded: nothing has filtered an artefact away.
    """
    trigger = [column for column in range(signal.samples.shape[1]) if is_trigger(signal.samples[:, column])]
    sensed = [column for column in range(signal.samples.shape[1]) if column not in trigger]
    runs = _runs(signal)
    if not runs:
        return Transients(reason=f"no {_FEWEST} samples of it in a row have time stamps that increase")
    edges: list[Transient] = []
    found: list[_Impact] = []
    for run in runs:
        edges += [edge for column in trigger for edge in _edges(signal, run, column)]
        found += _impacts(signal, run, sensed)
    found.sort(key=lambda impact: impact.seen.time)
    gait = in_rhythm(np.array([f.seen.time for f in found]), np.array([f.strength for f in found]))
    gait |= np.array([_stood_on(signal, f.place) for f in found], bool)
    rest = [impact for impact, step in zip(found, gait, strict=True) if not step]
    strongest = max((impact.strength for impact in rest), default=0.0)
    impacts = tuple(impact.seen for impact in rest if impact.strength > _WEAKEST * strongest)
    reason = ""
    if not impacts and not edges:
        reason = "all that stands out in it are the contacts of feet" if found else "nothing stands out in it"
    return Transients(impacts, tuple(sorted(edges, key=lambda edge: edge.time)), reason)


def _runs(signal: Signal) -> list[slice]:
    """Runs of some samples without a gap in which time increases: stamps that nobody could straighten need not."""
    found = []
    for run in signal.segments():
        cuts = np.flatnonzero(~(np.diff(signal.time[run]) > 0.0)) + 1
        edges = run.start + np.concatenate([[0], cuts, [run.stop - run.start]])
        long = np.flatnonzero(np.diff(edges) >= _FEWEST)
        found += [slice(int(edges[i]), int(edges[i + 1])) for i in long]
    return found


def is_trigger(values: Floats) -> bool:
    """Whether a channel switches between two levels, and is at one of them nearly always."""
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return False
    low, high = float(values.min()), float(values.max())
    width = _TRIGGER_LEVEL * (high - low)
    if width <= 0.0:
        return False
    up = values > (low + high) / 2.0
    edges = int(np.count_nonzero(up[1:] != up[:-1]))
    between = int(np.count_nonzero((values > low + width) & (values < high - width)))
    at_top = int(np.count_nonzero(values >= high - width))
    at_bottom = int(np.count_nonzero(values <= low + width))
    # Two levels that are held: a knock only touches its highest value.
    held = min(at_top, at_bottom) >= (3 if between else 1) * max(1, edges // 2)
    return held and between <= edges and 2 * edges < len(values)


def in_rhythm(moments: Floats, strengths: Floats) -> NDArray[np.bool_]:
    """Which of these (increasing) moments belong to a train of six or more alike that come back as steps do."""
    marked = np.zeros(len(moments), bool)
    sizes = np.log(strengths)
    for index in range(len(moments)):
        if marked[index]:
            continue
        later = moments[index + 1 : index + 24] - moments[index]
        for offset, period in enumerate(later.tolist(), index + 1):
            if _STEP_S[0] <= period <= _STEP_S[1]:
                train = _train(moments, sizes, [index, offset])
                if len(train) >= _STEPS:
                    marked[train] = True
    return marked


def _train(moments: Floats, sizes: Floats, train: list[int]) -> list[int]:
    first, most = train[0], float(np.log(_ALIKE))
    if abs(float(sizes[train[1]] - sizes[first])) > most:
        return train[:1]
    while True:
        period = float(moments[train[-1]] - moments[first]) / (len(train) - 1)
        expected = float(moments[train[-1]]) + period
        i, j = np.searchsorted(moments, [expected - _STEADY * period, expected + _STEADY * period])
        near = [k for k in range(i, j) if abs(float(sizes[k] - sizes[first])) <= most]
        if not near:
            return train
        train.append(min(near, key=lambda k: abs(float(moments[k]) - expected)))


def _impacts(signal: Signal, run: slice, columns: Sequence[int]) -> list[_Impact]:
    """Every impact in a run of samples without a gap."""
    samples, time = signal.samples[run][:, columns], signal.time[run]
    short = max(_SHORT_LEAST, round(_SHORT_S * signal.rate))
    # What little is there is taken for usual at the start of a run, but not less than a third.
    long = round(_LONG_S * signal.rate)
    if len(samples) < long // 3 + 2 * short or not columns:
        return []
    energy = _changes(samples, max(1, round(_CHANGE_S * signal.rate)))
    total = np.concatenate([[0.0], np.cumsum(energy)])
    place = np.arange(long // 3 + short, len(samples) - short)
    begin = np.maximum(place - short - long, 0)
    usual = (total[place - short] - total[begin]) / (place - short - begin)
    now = (total[place + short] - total[place]) / short
    ratio = now / np.maximum(usual, np.finfo(float).tiny)
    peaks, _ = find_peaks(
        np.concatenate([[0.0], ratio, [0.0]]), height=_STANDS_OUT**2, distance=max(1, round(_APART_S * signal.rate))
    )
    found = []
    for index in place[peaks - 1].tolist():
        # The window with most change may begin after the onset, where that is gentle.
        seen = _begins(time, samples, index - 2 * short, index + 2 * short)
        if seen is not None:
            found.append(_Impact(seen, run.start + index, float(np.sqrt(now[index - place[0]]))))
    return found


def _changes(samples: Floats, apart: int) -> Floats:
    """How much changes within so many samples, over all channels, each in units of what is usual for it."""
    change = np.zeros_like(samples)
    change[apart:] = samples[apart:] - samples[:-apart]
    change[~np.isfinite(change)] = 0.0
    size = np.abs(change)
    usual = np.median(size, axis=0)
    # A channel that mostly stands still has no usual change: that of all samples together then.
    usual = np.where(usual > 0.0, usual, size.mean(axis=0))
    energy: Floats = ((change / np.where(usual > 0.0, usual, 1.0)) ** 2).mean(axis=1)
    return energy + 1e-3  # a device at rest that repeats its value has no noise to be compared with


def _edges(signal: Signal, run: slice, column: int) -> list[Transient]:
    """Edges of a trigger channel, whose levels need no noise to be known, and may be held for a few samples only."""
    values, time = signal.samples[run, column], signal.time[run]
    every = signal.samples[:, column]
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    level = (values - low) / (high - low)
    up = level > 0.5
    near = max(_SHORT_LEAST, round(_SHORT_S * signal.rate))
    edges = []
    for place in (np.flatnonzero(up[1:] != up[:-1]) + 1).tolist():
        moved = level if up[place] else 1.0 - level
        while place > 0 and moved[place - 1] > _TRIGGER_LEVEL:
            place -= 1
        first, last = max(place - near, 0), place + near
        if place > 0 and np.isfinite(moved[first:last]).all():
            rise = rise_at(time[first:last], moved[first:last, None] / _TRIGGER_NOISE, place - first)
            edges.append(_transient(rise, bool(moved[place] > 1.0 - _TRIGGER_LEVEL)))
    return edges


def _begins(time: Floats, samples: Floats, start: int, stop: int) -> Transient | None:
    rise = find_rise(time, samples, start, stop)
    return None if rise is None else _transient(rise)


def _transient(rise: Rise, switched: bool = False) -> Transient:
    return Transient(rise.time - rise.interval / 2.0, rise, switched)


def _stood_on(signal: Signal, place: int) -> bool:
    """Whether somebody's weight is on the plate just before or after this sample."""
    if signal.kind != "plate":
        return False
    force = [i for i, channel in enumerate(signal.channels) if channel.unit == "N"]
    near, far = round(0.1 * signal.rate), round(0.3 * signal.rate)
    for part in (slice(max(place - far, 0), max(place - near, 0)), slice(place + near, place + far)):
        load = signal.samples[part][:, force]
        if load.size and float(np.abs(np.median(load, axis=0)).sum()) > _STANDING_N:
            return True
    return False
