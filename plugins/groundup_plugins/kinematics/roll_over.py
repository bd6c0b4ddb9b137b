"""The roll_over processor: on what arc the leg rolls over its foot, and how fast the load goes forward under it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from groundup.plugin import (
    Channel,
    Floats,
    Gait,
    GaitProcessor,
    Metric,
    NotComputableError,
    Processor,
    Product,
    Settings,
    Side,
    Signal,
    Stance,
    Trace,
    grf,
    hookimpl,
    metric,
    signal,
)
from groundup_plugins.dynamics.marker_sets import Marker, check_parts, find_markers
from groundup_plugins.dynamics.reasons import Flaw, as_quality
from groundup_plugins.dynamics.smoothing import smooth
from groundup_plugins.kinematics.arc import Arc, fit_arc

_SIDES: tuple[Side, Side] = ("L", "R")
_PARTS = ("knee", "ankle", "heel", "toe")
_CORNER_HZ = 20.0
_LONGEST_S = 2.0
_LEAST = 8  # samples of a marker system
_MOST_BESIDE_M = 0.08
_ANKLE_M = (0.03, 0.16)
_SHANK_M = (0.15, 0.65)
_LEAST_TRAVEL_M = 0.03
_MOST_OFF_M = 0.003
_MIDDLE = (0.1, 0.9)
# Site of the channel that each value is in, as metrics ask for it.
_SITES = (("radius", "m", "ankle"), ("arc_length", "m", "foot"), ("cop_velocity", "m/s", "shank"))


class RollOverSettings(Settings, frozen=True):
    """Settings of the roll-over.

    Attributes
    ----------
    markers : mapping of str to str
        Which marker lies where, by its label, where its name does not tell; as of inverse dynamics: ``L_knee``,
        ``L_ankle``, ``L_heel``, ``L_toe``, the same with ``R``.
    """

    markers: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        check_parts(self.markers)


class RollOver(GaitProcessor):
    """The roll-over shape of ankle and foot in every stance on a plate: the centre of pressure as the shank sees it.

    In the vertical plane through the foot's direction the origin is the marker of the ankle, and up is from there to
    that of the knee (Hansen, Childress & Knox 2004, Clin Biomech 19:407). From contact to the contact of the other foot
    the centre of pressure goes along an arc; a circle is fitted to it (algebraic least squares, Kasa 1976). A belt
    that carries the foot changes nothing. Constant through a stance, NaN outside: ``radius``, ``arc_length``, and
    ``cop_velocity``, forwards against the toe, from 10 to 90 % of the stance.
    """

    name = "roll_over"
    accepts = "mocap"
    makes = "roll_over"
    settings_type = RollOverSettings
    settings: RollOverSettings

    def with_steps(self, signal: Signal, gait: Gait) -> Product:
        """Fit the arc of every stance; see the class.

        Raises
        ------
        NotComputableError
            If the markers come too slowly.
        """
        markers = find_markers(signal, self.settings.markers)
        sides = [side for side in _SIDES if all(f"{side}_{part}" in markers for part in _PARTS)]
        if not sides or not gait.stances:
            return Product()
        if not signal.rate > 2 * _CORNER_HZ:
            raise NotComputableError(f"{signal.id} is sampled at {signal.rate:g} Hz, too slowly")
        plates = {one.channels[0].site: one for one in gait.signals if one.kind == "grf" and one.channels}
        samples = np.full((len(signal.time), len(_SIDES) * len(_SITES)), np.nan)
        flaws: list[Flaw] = []
        for stance in gait.stances:
            if stance.side not in sides:
                continue
            first, last = (int(n) for n in np.searchsorted(signal.time, [stance.t0, np.nextafter(stance.t1, np.inf)]))
            mine = slice(len(_SITES) * _SIDES.index(stance.side), len(_SITES) * (_SIDES.index(stance.side) + 1))
            values, reasons = _values_of(signal, markers, plates.get(stance.source), stance, gait)
            samples[first:last, mine] = values
            flaws += [Flaw(stance.t0, stance.t1, text, stance.side, site) for site, text in reasons.items()]
        if not flaws and not np.isfinite(samples).any():
            return Product()
        channels = tuple(Channel(f"{side}_{what}", unit, site, side) for side in _SIDES for what, unit, site in _SITES)
        made = Signal(
            f"{signal.id}.roll_over", "roll_over", signal.time, samples, channels, signal.rate,
            inputs=(signal.id, *(plate.id for plate in plates.values())),
            attrs={"frame": "markers of ankle and knee", "filter": f"markers: low-pass {_CORNER_HZ:g} Hz, zero-lag"},
        )  # fmt: skip
        quality = as_quality(made, flaws)
        return Product(signals=(made,) if quality is None else (made, quality))


def _values_of(
    signal: Signal, markers: Mapping[str, Marker], plate: Signal | None, stance: Stance, gait: Gait
) -> tuple[list[float], dict[str, str]]:
    """Radius, length of the arc and velocity of a stance; and by the site of each that is NaN, why."""
    values = dict.fromkeys([site for _, _, site in _SITES], np.nan)
    reasons: dict[str, str] = {}
    try:
        if plate is None:
            raise NotComputableError("no force plate saw this foot whole and alone")
        if stance.t1 - stance.t0 > _LONGEST_S:
            raise NotComputableError("it is standing, and no step")
        step = _step_of(signal, markers, plate, stance)
    except NotComputableError as reason:
        return list(values.values()), dict.fromkeys(values, str(reason))
    try:
        values["shank"] = _cop_velocity(step, stance)
    except NotComputableError as reason:
        reasons["shank"] = str(reason)
    try:
        arc = _arc_of(step, _other_contact(gait, stance))
        values["ankle"], values["foot"] = arc.radius, arc.length
    except NotComputableError as reason:
        reasons["ankle"] = reasons["foot"] = str(reason)
    return list(values.values()), reasons


@dataclass(frozen=True)
class _Step:
    """One stance in the plane of the foot.

    Attributes
    ----------
    time : ndarray, shape (n,)
    forward, up : ndarray, shape (n,)
        Of the centre of pressure in the frame of the shank, m.
    ahead : ndarray, shape (n,)
        How far forward of the toe the centre of pressure is, m.
    """

    time: Floats
    forward: Floats
    up: Floats
    ahead: Floats


def _step_of(signal: Signal, markers: Mapping[str, Marker], plate: Signal, stance: Stance) -> _Step:
    around = 0.1
    rows = slice(*(int(n) for n in np.searchsorted(signal.time, [stance.t0 - around, stance.t1 + around])))
    time = signal.time[rows]
    step = 1.5 / signal.rate
    if len(time) < _LEAST or np.diff(time).max() > step or time[0] > stance.t0 + step or time[-1] < stance.t1 - step:
        raise NotComputableError("the markers have a gap in the stance")
    at = {}
    for part in _PARTS:
        marker = markers[f"{stance.side}_{part}"]
        position = marker.read(signal, rows)
        if not np.isfinite(position).all():
            raise NotComputableError(f"the marker {marker.label} was not seen for all of the stance")
        at[part] = smooth(position, _CORNER_HZ, signal.rate)
    pressure, height = _centre_of_pressure(plate, stance, time)
    stands = np.isfinite(pressure).all(axis=1)
    if stands.sum() < _LEAST:
        raise NotComputableError("the plate gives no centre of pressure")
    time, pressure = time[stands], pressure[stands]
    knee, ankle, heel, toe = (at[part][stands] for part in _PARTS)
    direction = (toe - heel)[:, :2].mean(axis=0)
    direction = direction / np.linalg.norm(direction)
    to_knee = knee - ankle
    length = float(np.median(np.linalg.norm(to_knee, axis=1)))
    if not _SHANK_M[0] < length < _SHANK_M[1]:
        raise NotComputableError(f"the shank is {length:.3g} m long between its markers: their unit or place is wrong")
    shank = np.column_stack([to_knee[:, :2] @ direction, to_knee[:, 2]])
    shank = shank / np.linalg.norm(shank, axis=1)[:, None]
    from_ankle = np.column_stack([(pressure - ankle[:, :2]) @ direction, height - ankle[:, 2]])
    beside = (pressure - heel[:, :2]) @ np.array([-direction[1], direction[0]])
    _must_be_under_the_foot(beside, from_ankle)
    forward = from_ankle[:, 0] * shank[:, 1] - from_ankle[:, 1] * shank[:, 0]
    up = (from_ankle * shank).sum(axis=1)
    return _Step(time, forward, up, (pressure - toe[:, :2]) @ direction)


def _must_be_under_the_foot(beside: Floats, from_ankle: Floats) -> None:
    off, high = float(np.median(np.abs(beside))), -float(np.median(from_ankle[:, 1]))
    if off > _MOST_BESIDE_M:
        raise NotComputableError(f"the centre of pressure lies {off:.2f} m beside the foot")
    if not _ANKLE_M[0] < high < _ANKLE_M[1]:
        raise NotComputableError(f"the ankle is {high:.2f} m above the plate: markers and plates are not in one frame")


def _centre_of_pressure(plate: Signal, stance: Stance, time: Floats) -> tuple[Floats, float]:
    """Centre of pressure at some times (m), NaN outside the stance, and the height of the plate's surface (m)."""
    labels = [channel.label for channel in plate.channels]
    first, last = np.searchsorted(plate.time, [stance.t0, np.nextafter(stance.t1, np.inf)])
    own = plate.time[first:last]
    centre = np.full((len(time), 2), np.nan)
    if {"CoPx", "CoPy"} <= set(labels) and len(own) > 1:
        both = plate.samples[first:last, [labels.index("CoPx"), labels.index("CoPy")]]
        known = np.isfinite(both).all(axis=1)
        if known.sum() > 1:
            loaded = own[known]
            inside = (time >= loaded[0]) & (time <= loaded[-1])
            for axis in range(2):
                centre[inside, axis] = np.interp(time[inside], loaded, both[known, axis])
    corners = plate.plate.corners_m if plate.plate else ()
    return centre, float(np.mean([corner[2] for corner in corners])) if corners else 0.0


def _other_contact(gait: Gait, stance: Stance) -> float:
    """When the other foot lands in a stance (s)."""
    other = [one.t0 for one in gait.stances if one.side not in ("", stance.side)]
    other += [time for one in gait.strides if one.side != stance.side for time in (one.t0, one.t1)]
    # In walking it lands in the second half; what lands before was on the ground already.
    middle = (stance.t0 + stance.t1) / 2
    landed = [time for time in other if middle < time <= stance.t1]
    if not landed:
        raise NotComputableError("when the other foot landed is not known, or not yet, as live")
    return min(landed)


def _arc_of(step: _Step, until: float) -> Arc:
    """The circle of a stance up to the contact of the other foot."""
    rolls = step.time <= until
    if rolls.sum() < _LEAST:
        raise NotComputableError("the foot is on the plate too shortly before the other lands")
    arc = fit_arc(step.forward[rolls], step.up[rolls])
    travel = float(np.ptp(step.forward[rolls]))
    if travel < _LEAST_TRAVEL_M or step.forward[rolls][-1] < step.forward[rolls][0]:
        raise NotComputableError("the centre of pressure does not go forward under the foot")
    if not arc.off < _MOST_OFF_M or not arc.upward:
        raise NotComputableError(f"the roll-over shape is no arc: it lies {1e3 * arc.off:.0f} mm (RMS) off its circle")
    return arc


def _cop_velocity(step: _Step, stance: Stance) -> float:
    t0, t1 = (stance.t0 + share * (stance.t1 - stance.t0) for share in _MIDDLE)
    if step.time[0] > t0 or step.time[-1] < t1:
        raise NotComputableError("the plate gives no centre of pressure for most of the stance")
    begin, end = np.interp([t0, t1], step.time, step.ahead)
    return float(end - begin) / (t1 - t0)


_HANSEN = "Hansen, Childress & Knox 2004, Clin Biomech 19:407"


@metric(
    "roll_over_radius",
    title="Roll-over radius",
    of=Stance,
    unit="m",
    needs=(signal("roll_over", site="ankle"), grf("v")),
    reference=_HANSEN,
    parameters={"until": "contact of the other foot", "most_off_m": _MOST_OFF_M},
)
def roll_over_radius(stance: Stance, radius: Trace, force: Trace) -> float:
    """Radius of the arc on which the shank rolls over ankle and foot, from contact to the contact of the other foot.

    The path of the centre of pressure in the frame of the shank, and the circle that fits it. About a fifth of the
    body height in walking adults. Not computable where that path is no arc (3 mm RMS off it), and live, where the
    contact of the other foot is told too late.
    """
    return float(radius.values[0])


@metric(
    "roll_over_arc_length",
    title="Roll-over arc length",
    of=Stance,
    unit="m",
    needs=(signal("roll_over", site="foot"), grf("v")),
    reference=_HANSEN,
    parameters={"until": "contact of the other foot", "most_off_m": _MOST_OFF_M},
)
def roll_over_arc_length(stance: Stance, length: Trace, force: Trace) -> float:
    """Length of the arc on which the shank rolls over ankle and foot; see `roll_over_radius`.

    Short where the forefoot does not carry: the effective foot length, along the circle.
    """
    return float(length.values[0])


@metric(
    "cop_velocity",
    title="Velocity of the centre of pressure",
    of=Stance,
    unit="m/s",
    needs=(signal("roll_over", site="shank"), grf("v")),
    reference="after Cornwall & McPoil 2000, J Am Podiatr Med Assoc 90:334",
    parameters={"from": _MIDDLE[0], "to": _MIDDLE[1]},
)
def cop_velocity(stance: Stance, velocity: Trace, force: Trace) -> float:
    """Mean velocity with which the centre of pressure goes forward under the foot, from 10 to 90 % of the stance.

    Against the marker of the toe, so that a belt does not count; along the line from heel to toe.
    """
    return float(velocity.values[0])


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The roll-over."""
    return [RollOver]


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return what is told of the roll-over."""
    return [roll_over_radius, roll_over_arc_length, cop_velocity]
