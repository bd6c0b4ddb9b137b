"""The load on the plates against the weight of the person: over whole gait cycles its mean is m·g, in any gait.

Newton's second law: a body that comes back to the same height and speed after each stride has been carried by a mean
force of its own weight. A mass in pounds, or a force in kilonewtons, shows in it whatever the person does.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.ndimage import uniform_filter1d

from groundup.analysis.gait.progression import source_of
from groundup.analysis.plausibility.finding import Implausible, Mistake, likely, unit_key
from groundup.model.events import Stance, Stride
from groundup.model.signals import Floats, Signal
from groundup.model.subject import Subject

GRAVITY = 9.80665
_POUND = 0.45359237
_STEP_S = (0.15, 1.5)
_LONGEST_S = 2.0
_CARRIED_S = 3.0
_GRID_HZ = 50.0
_RISES = 1.5
_ALIKE = 2.0  # plates that are no further apart have one unit
_SHARE = 0.15  # of the greatest load: less, and the plates carry nobody
_NEAR_STEPS, _NEAR_CARRIED = 0.12, 0.06  # one leg may carry more than the other; who stands weighs what they weigh
_ANYBODY = (0.35, 2.6)  # outside of these shares of the weight nobody walks, on crutches or with a load
_USUAL = (0.85, 1.15)
_PERSON_N = (30.0, 2500.0)
_ADULT_N = (150.0, 2000.0)
_PEAK_BW = (0.2, 0.05, 20.0)  # where no step was seen at all, where some were, and the most
_PEAK_N = (20.0, 20_000.0)
_IN_PART_N = 200.0
"""Four times the threshold of contacts on a belt: under it only a part of a contact is seen, which tells nothing."""

FORCES = (
    Mistake(1000.0, "kN", "N"), Mistake(1e-3, "N", "kN"), Mistake(4.4482216, "lbf", "N"),
    Mistake(1 / 4.4482216, "N", "lbf"), Mistake(GRAVITY, "kgf", "N"), Mistake(1 / GRAVITY, "N", "kgf"),
)  # fmt: skip
_MASSES = (
    Mistake(_POUND, "kg", "pounds"),
    Mistake(1 / _POUND, "kg", "twice converted"),
    Mistake(6.35029, "kg", "stones"),
)


def judge_load(
    signals: Sequence[Signal], stances: Sequence[Stance], strides: Sequence[Stride], subject: Subject
) -> Iterator[Implausible]:
    """Hold what the plates carry against the weight of the person, or against anybody's where that is not known.

    Parameters
    ----------
    signals : sequence of Signal
        Ground reaction forces (kind ``grf``; a channel Fz in N) among them.
    stances, strides : sequences
    subject : Subject
    """
    found = list(judge_steps(signals, stances, strides, subject))
    plates = _plates(signals)
    if found or any(supports(plates, stances, strides).values()):
        yield from found
        return
    least, most = carried_load(list(plates.values()))
    weight = subject.mass_kg * GRAVITY
    one = _judge(most, weight, _streams(plates.values()), _NEAR_CARRIED) if math.isfinite(most) else None
    if one is None or (one.what == "mass" and most < _ANYBODY[0] * weight):
        return  # a foot of who sits, or a bag
    # Who only sits has a fifth of the weight on the feet, as who is weighed in the wrong unit; who rises has not.
    if most > _RISES * least or not 0.1 < most / weight < _ANYBODY[0]:
        yield one


def judge_steps(
    signals: Sequence[Signal], stances: Sequence[Stance], strides: Sequence[Stride], subject: Subject
) -> Iterator[Implausible]:
    """Only what steps show: all that a part of a recording, as live has it, can tell; parameters as `judge_load`."""
    plates, weight = _plates(signals), subject.mass_kg * GRAVITY
    by_step = {source: values for source, values in supports(plates, stances, strides).items() if values}
    beyond = _judge_peak(list(plates.values()), weight, bool(by_step))
    if beyond is not None:
        yield beyond
        return
    means = {source: float(np.median(values)) for source, values in by_step.items()}
    if means and max(means.values()) < _ALIKE * min(means.values()):
        every = float(np.median([value for values in by_step.values() for value in values]))
        found = _judge(every, weight, _streams(plates.values()), _NEAR_STEPS)
        yield from [found] if found is not None else []
        return
    for source, mean in means.items():  # one amplifier has another unit than the others
        one = _judge(mean, weight, _streams([plates[source]]), _NEAR_STEPS)
        if one is not None and one.what == "force":
            yield one


def _plates(signals: Sequence[Signal]) -> dict[str, Signal]:
    return {source_of(s): s for s in signals if s.kind == "grf" and _vertical(s) is not None and s.rate > 0}


def _streams(plates: Iterable[Signal]) -> frozenset[str]:
    return frozenset(stream for plate in plates for stream in plate.inputs or (plate.id,))


def supports(plates: dict[str, Signal], stances: Sequence[Stance], strides: Sequence[Stride]) -> dict[str, list[float]]:
    """Mean force (N) that each stance would carry a body with: its impulse over the time of a step, by plate.

    A stance carries the body for half a stride; without that time (a lone stance) it is left out.
    """
    ordered = sorted(stances, key=lambda s: s.t0)
    starts = [s.t0 for s in ordered]
    lasts = {stride.number: stride.t1 - stride.t0 for stride in strides}
    found: dict[str, list[float]] = {source: [] for source in plates}
    for stance in ordered:
        plate = plates.get(stance.source)
        if plate is None or stance.t1 - stance.t0 > _LONGEST_S:
            continue
        step_s = lasts[stance.number] / 2 if stance.number in lasts else _step(stance, ordered, starts)
        part = plate.between(stance.t0, stance.t1)
        force = _vertical(part)
        if math.isfinite(step_s) and force is not None and len(force) > 3 and np.isfinite(force).all():
            found[stance.source].append(float(np.trapezoid(force, part.time)) / step_s)
    return found


def _step(stance: Stance, ordered: Sequence[Stance], starts: Sequence[float]) -> float:
    """Time from this contact to the next, or from the one before (s); NaN where neither was seen."""
    index = bisect_right(starts, stance.t0)
    after = ordered[index].t0 - stance.t0 if index < len(ordered) else math.nan
    steps = [step for step in (after, stance.t0 - stance.other_contact) if _STEP_S[0] < step < _STEP_S[1]]
    return steps[0] if steps else math.nan


def carried_load(plates: Sequence[Signal]) -> tuple[float, float]:
    """Least and greatest mean load (N) over three seconds in which the plates carry somebody all the time, or NaN."""
    spans = [(float(p.time[0]), float(p.time[-1])) for p in plates if len(p.time) > 1]
    if not spans:
        return math.nan, math.nan
    grid = np.arange(max(a for a, _ in spans), min(b for _, b in spans), 1 / _GRID_HZ)
    width = round(_CARRIED_S * _GRID_HZ)
    if len(grid) < width:
        return math.nan, math.nan
    total = np.sum([np.interp(grid, p.time, _smooth(p)) for p in plates], axis=0)
    least = _SHARE * float(np.percentile(total, 95))
    always = uniform_filter1d((total > max(least, 0.0)).astype(np.float64), width)[width // 2 : -(width // 2) or None]
    means = uniform_filter1d(total, width)[width // 2 : -(width // 2) or None]
    whole = means[always > 1 - 0.5 / width]
    return (float(whole.min()), float(whole.max())) if len(whole) else (math.nan, math.nan)


def _judge(load: float, weight: float, streams: frozenset[str], near: float) -> Implausible | None:
    """What is wrong with a mean load (N) under a person of some weight (N), if anything is."""
    if not math.isfinite(weight):
        if _PERSON_N[0] <= load <= _PERSON_N[1]:
            return None
        fitting = [m for m in FORCES if _ADULT_N[0] <= load / m.factor <= _ADULT_N[1]]
        return _force(f"the plates carry {load:.3g} N in the mean, as no person weighs", fitting, streams)
    ratio = load / weight
    if _USUAL[0] <= ratio <= _USUAL[1]:
        return None
    carried = f"the plates carry {ratio:.3g} times what {weight / GRAVITY:.4g} kg weigh"
    mass = likely(ratio, _MASSES, near)
    if mass is not None:
        return Implausible("mass", f"{carried}: {_mass(mass, weight / GRAVITY)}: set [participant] mass_kg in lab.toml")
    force = likely(ratio, FORCES, near)
    if force is not None:
        return _force(carried, [force], streams)
    if not _ANYBODY[0] <= ratio <= _ANYBODY[1]:
        asks = "is [participant] mass_kg right, are the units of the plates, and was every foot on a plate"
        return Implausible("mass", f"{carried}: {asks}?")
    return None


def _judge_peak(plates: Sequence[Signal], weight: float, steps: bool) -> Implausible | None:
    """Forces beyond all measure, or steps of next to no force: the threshold of contacts then finds noise, or none."""
    peak = max((float(np.nanmax(_smooth(p))) for p in plates if len(p.time) > 1), default=math.nan)
    known = math.isfinite(weight)
    steps = steps and peak > _IN_PART_N
    least, most = (_PEAK_BW[steps] * weight, _PEAK_BW[2] * weight) if known else _PEAK_N
    if not (peak > most or (peak < least and max(_stepped(p) for p in plates) > peak / 2)):
        return None
    lowest, highest = (0.3 * weight, 5 * weight) if known else (100.0, 5000.0)
    fitting = [m for m in FORCES if lowest <= peak / m.factor <= highest]
    if peak < least and not fitting:
        return None
    found = f"the greatest force of all plates is {peak:.3g} N, as of no person's step"
    return _force(found, fitting, _streams(plates))


def _stepped(plate: Signal) -> float:
    """How far the vertical force goes up and down as under steps, whatever its scale; 0 where it does not."""
    force = _smooth(plate)
    low, high = (float(v) for v in np.percentile(force, [1, 99])) if len(force) else (0.0, 0.0)
    if not high > low:
        return 0.0
    share = (force - low) / (high - low)
    if min((share < 0.1).mean(), (share > 0.5).mean()) < 0.05:
        return 0.0
    state, rises = 0, 0
    for level in share[:: max(1, round(plate.rate / _GRID_HZ))].tolist():
        if state == 0 and level > 0.5:
            state, rises = 1, rises + 1
        elif state == 1 and level < 0.1:
            state = 0
    return high - low if 0.05 < rises / (len(force) / plate.rate) < 4.0 else 0.0


def _force(found: str, mistakes: Sequence[Mistake], streams: frozenset[str]) -> Implausible:
    if not mistakes:
        return Implausible("force", f"{found}: their unit is not the one that is told: {unit_key(streams)}", streams)
    looks = " or ".join(f"{one.real} told as {one.stated}" for one in mistakes)
    return Implausible("force", f"{found}: their forces look like {looks}: {unit_key(streams)}", streams)


def _mass(mistake: Mistake, stated_kg: float) -> str:
    true = stated_kg * mistake.factor
    if mistake.real == "twice converted":
        return f"mass_kg = {stated_kg:.4g} looks like pounds turned into kg twice ({true:.4g} kg)"
    return f"mass_kg = {stated_kg:.4g} looks like {mistake.real} ({true:.4g} kg)"


def _vertical(plate: Signal) -> Floats | None:
    labels = [channel.label for channel in plate.channels]
    return plate.samples[:, labels.index("Fz")] if "Fz" in labels else None


def _smooth(plate: Signal) -> Floats:
    """Vertical force without gaps, a moving mean of 20 ms."""
    force = _vertical(plate)
    values: Floats = np.nan_to_num(np.zeros(0) if force is None else force)
    smooth: Floats = uniform_filter1d(values, max(1, round(0.02 * plate.rate)))
    return smooth
