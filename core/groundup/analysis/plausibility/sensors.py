"""EMG between a preamplifier's noise and its supply; IMUs that feel the earth, and turn as their acceleration says."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from scipy.ndimage import uniform_filter1d

from groundup.analysis.metrics.channel_groups import ChannelGroup, accelerations, angular_velocities
from groundup.analysis.plausibility.finding import Implausible, Mistake, What, likely, unit_key
from groundup.model.mapped import every_row
from groundup.model.signals import Floats, Signal
from groundup.model.units import ACCELERATION, ANGULAR_VELOCITY, VOLTAGE, factor_of

_MOST = 60_000  # samples that are looked at
_AMPLIFIER_V, _NOISE_V = 12.0, 5e-7  # no supply is larger, no electrode quieter in a contraction
_SKIN_V = (5e-6, 2e-2)
_G = 9.80665
_ACCELERATIONS, _TURNINGS = ("m/s^2", "g", "mg", "mm/s^2", "cm/s^2"), ("rad/s", "deg/s")
_NEAR_G, _QUIET_S, _ALIKE = 0.25, 0.2, 2.0
_FASTEST = math.radians(4500.0)  # no gyroscope that is worn goes further
_SMOOTH_S = 0.3
_TURNS_LEAST = 0.15  # rad/s
_TURNS_APART, _DEGREES = 20.0, math.degrees(1.0)
_SPIN = 6.0  # rad/s, RMS


def judge_emg(signals: Sequence[Signal], release: Callable[[], None] = lambda: None) -> Iterator[Implausible]:
    """EMG in volts against what an electrode and an amplifier can give."""
    for signal in signals:
        release()
        peaks = _peaks_v(signal) if signal.kind == "emg" else []
        known = [peak for peak in peaks if math.isfinite(peak) and peak > 0]
        peak = float(np.median(known)) if known else math.nan
        if not (peak > _AMPLIFIER_V or peak < _NOISE_V):
            continue
        stated = next(c.unit for c in signal.channels if factor_of(c.unit, VOLTAGE) is not None)
        worth = factor_of(stated, VOLTAGE) or 1.0
        fitting = [u for u in ("uV", "mV", "V") if _SKIN_V[0] <= peak / worth * VOLTAGE[u.lower()] <= _SKIN_V[1]]
        looks = f" looks like {fitting[0]} told as {stated}" if fitting else " is not in the unit that is told"
        streams = frozenset([signal.id])
        yield Implausible("emg", f"the EMG of {signal.id} goes to {peak:.2g} V:{looks}: {unit_key(streams)}", streams)


def judge_voltages(signals: Sequence[Signal]) -> Iterator[Implausible]:
    """EMG of muscles in a unit that is none of voltage: what its numbers are in volts nobody knows."""
    mistaken: dict[frozenset[str], set[str]] = {}
    for signal in signals:  # live has an envelope without what it is made of, and it keeps a unit that is not known
        if signal.kind in ("emg", "envelope"):
            places = {c.unit for c in signal.channels if c.site and factor_of(c.unit, VOLTAGE) is None}
            mistaken.setdefault(frozenset(signal.inputs or (signal.id,)), set()).update(places)
    for streams, places in mistaken.items():
        if places:
            units = " and ".join(f'"{unit}"' for unit in sorted(places) if unit) or "no unit"
            text = f"the EMG of {min(streams)} is in {units}, and its size in volts is not known: {unit_key(streams)}"
            yield Implausible("emg", text, streams)


def _peaks_v(signal: Signal) -> list[float]:
    some = every_row(signal.samples, max(1, len(signal.samples) // _MOST))
    return [_peak_v(values, channel.unit) for values, channel in zip(some.T, signal.channels, strict=True)]


def _peak_v(values: Floats, unit: str) -> float:
    worth = factor_of(unit, VOLTAGE)
    if worth is None:
        return math.nan
    values = values[np.isfinite(values)]
    return float(np.percentile(np.abs(values - np.median(values)), 99.5)) * worth if len(values) else math.nan


def judge_imus(signals: Sequence[Signal], release: Callable[[], None] = lambda: None) -> Iterator[Implausible]:
    """Accelerations against gravity, angular velocities against how the accelerations say that a sensor turns."""
    forces, turns = accelerations(signals), angular_velocities(signals)
    for force in forces:
        release()
        gravity, stated = _at_rest(force), force.signal.channels[force.columns[0]].unit
        mistake = likely(gravity / _G, _mistakes(stated, _ACCELERATIONS, ACCELERATION), _NEAR_G)
        if mistake is not None and abs(math.log(mistake.factor)) > 1.0:
            yield _of("acceleration", force, f"feels {gravity:.3g} m/s^2 at rest", mistake)
    for turn in turns:
        beside = next(
            (f for f in forces if f.signal is turn.signal and (f.site, f.side) == (turn.site, turn.side)), None
        )
        release()
        found = _turned(turn, beside)
        stated = turn.signal.channels[turn.columns[0]].unit
        mistakes = [m for m in _mistakes(stated, _TURNINGS, ANGULAR_VELOCITY) if (m.factor > 1) == (found[1] > 1)]
        if found[0] and mistakes:
            yield _of("turning", turn, found[0], mistakes[0])


def _mistakes(stated: str, others: Sequence[str], worth: Mapping[str, float]) -> list[Mistake]:
    """Every other unit that the numbers may be in, and how many times too large they then are."""
    mine = worth[stated.strip().lower()]
    return [Mistake(mine / worth[real], stated, real) for real in others if not math.isclose(worth[real], mine)]


def _of(what: What, source: ChannelGroup, found: str, mistake: Mistake) -> Implausible:
    streams = frozenset([source.signal.id])
    text = (
        f"the sensor {source.name} {found}: it looks like {mistake.real} told as {mistake.stated}: {unit_key(streams)}"
    )
    return Implausible(what, text, streams)


def _at_rest(source: ChannelGroup) -> float:
    """Length (m/s²) of the acceleration where it is quietest; NaN where the rest of it is not of that size at all.

    A sensor that gives acceleration without gravity is quiet at nothing, and far from it when it moves.
    """
    values = _finite(source)
    width = max(2, round(_QUIET_S * source.signal.rate))
    pieces = values[: len(values) // width * width].reshape(-1, width, 3)
    if len(pieces) < 5:
        return math.nan
    unrest = pieces.std(axis=1).max(axis=1)
    quiet = pieces[unrest <= np.percentile(unrest, 10)]
    gravity = float(np.median(np.linalg.norm(quiet.mean(axis=1), axis=1)))
    usual = float(np.median(np.linalg.norm(values, axis=1)))
    return gravity if gravity > 0 and 1 / _ALIKE < usual / gravity < _ALIKE else math.nan


def _turned(turn: ChannelGroup, force: ChannelGroup | None) -> tuple[str, float]:
    """What is wrong with an angular velocity, and how many times too large (or small) it seems."""
    fast = np.linalg.norm(_finite(turn), axis=1)
    peak = float(np.percentile(fast, 99.5)) if len(fast) else math.nan
    if peak > _FASTEST:
        return f"turns by up to {math.degrees(peak):.3g} deg/s", math.inf
    if force is None:
        return "", 1.0
    turns, seen = _turns(turn, force)
    apart = turns / seen if seen > 0 else math.inf
    # Who turns about the vertical is not seen to turn by the acceleration, but nobody spins on by a turn a second.
    much = turns > _SPIN and apart > _TURNS_APART
    little = seen > _TURNS_LEAST and 0.3 / _DEGREES < apart < 1 / _TURNS_APART
    if not (much or little):
        return "", 1.0
    return f"turns by {turns:.2g} rad/s where its acceleration turns by {seen:.2g} rad/s", apart


def _turns(turn: ChannelGroup, force: ChannelGroup) -> tuple[float, float]:
    """How fast a sensor turns (rad/s, RMS): by its gyroscope, and by how the slow acceleration goes round in it."""
    rate = turn.signal.rate
    both = turn.signal.samples[:_MOST, [*turn.columns, *force.columns]] * ([turn.factor] * 3 + [force.factor] * 3)
    both = both[np.isfinite(both).all(axis=1)]
    width = max(3, round(_SMOOTH_S * rate))
    if len(both) < 4 * width:
        return 0.0, 0.0
    slow = uniform_filter1d(both, width, axis=0)[width:-width]
    up = slow[:, 3:] / np.maximum(np.linalg.norm(slow[:, 3:], axis=1, keepdims=True), 1e-12)
    seen = np.linalg.norm(np.diff(up, axis=0), axis=1) * rate
    return float(np.sqrt(np.mean(slow[:, :3] ** 2) * 3)), float(np.sqrt(np.mean(seen**2)))


def _finite(source: ChannelGroup) -> Floats:
    values: Floats = source.signal.samples[:_MOST, list(source.columns)] * source.factor
    return values[np.isfinite(values).all(axis=1)]
