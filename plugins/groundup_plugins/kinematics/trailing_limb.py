"""The trailing_limb processor: how far the leg points backwards in stance, from the hip to the toe, by markers."""

from collections.abc import Iterable, Mapping

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
    hookimpl,
    metric,
    signal,
)
from groundup_plugins.dynamics.joint_centres import hip_centre, pelvis_of
from groundup_plugins.dynamics.marker_sets import Marker, check_parts, find_markers
from groundup_plugins.dynamics.reasons import Flaw, as_quality
from groundup_plugins.dynamics.smoothing import smooth

_SIDES: tuple[Side, Side] = ("L", "R")
_CORNER_HZ = 20.0
_AROUND_S = 0.1
_LONGEST_S = 2.0
_LEG_M = (0.3, 1.3)
_PELVIS_M = (0.10, 0.45)


class TrailingLimbSettings(Settings, frozen=True):
    """Settings of the trailing limb.

    Attributes
    ----------
    markers : mapping of str to str
        Which marker lies where, by its label, where its name does not tell; as of inverse dynamics: ``L_hip``, or
        ``L_asis``, ``R_asis`` and ``sacrum`` (or ``L_psis`` and ``R_psis``); ``L_heel``, ``L_toe``.
    """

    markers: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        check_parts(self.markers)


class TrailingLimb(GaitProcessor):
    """Angle (rad) of the line from hip to toe against the vertical in every stance, the toe behind the hip positive.

    In the vertical plane of the foot's direction (mean from heel to toe). The hip is a marker on the trochanter where
    one is named, else its centre by a regression on the pelvis (Harrington 2007).
    """

    name = "trailing_limb"
    accepts = "mocap"
    makes = "trailing_limb"
    settings_type = TrailingLimbSettings
    settings: TrailingLimbSettings

    def with_steps(self, signal: Signal, gait: Gait) -> Product:
        """Compute it in every stance; see the class.

        Raises
        ------
        NotComputableError
            If the markers come too slowly.
        """
        markers = find_markers(signal, self.settings.markers)
        parts = {side: found for side in _SIDES if (found := _parts_of(markers, side))}
        if not parts or not gait.stances:
            return Product()
        if not signal.rate > 2 * _CORNER_HZ:
            raise NotComputableError(f"{signal.id} is sampled at {signal.rate:g} Hz, too slowly")
        samples = np.full((len(signal.time), len(_SIDES)), np.nan)
        flaws = []
        for stance in gait.stances:
            if stance.side not in parts:
                continue
            first, last = (int(n) for n in np.searchsorted(signal.time, [stance.t0, np.nextafter(stance.t1, np.inf)]))
            try:
                samples[first:last, _SIDES.index(stance.side)] = _angle(signal, markers, parts[stance.side], stance)
            except NotComputableError as reason:
                flaws.append(Flaw(stance.t0, stance.t1, str(reason), stance.side))
        if not flaws and not np.isfinite(samples).any():
            return Product()
        channels = tuple(Channel(f"{side}_trailing", "rad", "hip", side) for side in _SIDES)
        hip = "marker" if all("L_hip" in found or "R_hip" in found for found in parts.values()) else "Harrington 2007"
        made = Signal(
            f"{signal.id}.trailing_limb", "trailing_limb", signal.time, samples, channels, signal.rate,
            inputs=(signal.id,), attrs={"hip": hip, "filter": f"low-pass {_CORNER_HZ:g} Hz, zero-lag"},
        )  # fmt: skip
        quality = as_quality(made, flaws)
        return Product(signals=(made,) if quality is None else (made, quality))


def _parts_of(markers: Mapping[str, Marker], side: Side) -> list[str]:
    """The markers that one side is computed of; empty where one is missing."""
    foot = [f"{side}_heel", f"{side}_toe"]
    back = ["sacrum"] if "sacrum" in markers else ["L_psis", "R_psis"]
    for hip in ([f"{side}_hip"], ["L_asis", "R_asis", *back]):
        if all(part in markers for part in (*foot, *hip)):
            return [*foot, *hip]
    return []


def _angle(signal: Signal, markers: Mapping[str, Marker], parts: list[str], stance: Stance) -> Floats:
    """The angle at the samples of a stance, rad."""
    if stance.t1 - stance.t0 > _LONGEST_S:
        raise NotComputableError("it is standing, and no step")
    first, last = np.searchsorted(signal.time, [stance.t0 - _AROUND_S, stance.t1 + _AROUND_S])
    rows = slice(int(first), int(last))
    time, step = signal.time[rows], 1.5 / signal.rate
    if len(time) < 3 or np.diff(time).max() > step or time[0] > stance.t0 + step or time[-1] < stance.t1 - step:
        raise NotComputableError("the markers have a gap in the stance")
    at = {}
    for part in parts:
        position = markers[part].read(signal, rows)
        if not np.isfinite(position).all():
            raise NotComputableError(f"the marker {markers[part].label} was not seen for all of the stance")
        at[part] = smooth(position, _CORNER_HZ, signal.rate)
    side: Side = "L" if parts[0].startswith("L") else "R"
    stands = (time >= stance.t0) & (time <= stance.t1)
    to_hip = (_hip(at, side) - at[f"{side}_toe"])[stands]
    length = float(np.median(np.linalg.norm(to_hip, axis=1)))
    if not _LEG_M[0] < length < _LEG_M[1] or float(np.median(to_hip[:, 2])) < 0:
        raise NotComputableError(
            f"the hip is {length:.3g} m from the toe, or below it: markers or their unit are wrong"
        )
    direction = (at[f"{side}_toe"] - at[f"{side}_heel"])[stands, :2].mean(axis=0)
    direction = direction / np.linalg.norm(direction)
    return np.asarray(np.arctan2(to_hip[:, :2] @ direction, to_hip[:, 2]))


def _hip(at: Mapping[str, Floats], side: Side) -> Floats:
    if f"{side}_hip" in at:
        return at[f"{side}_hip"]
    back = at["sacrum"] if "sacrum" in at else (at["L_psis"] + at["R_psis"]) / 2
    pelvis = pelvis_of(at["L_asis"], at["R_asis"], back)
    if float(np.median(pelvis.axes[:, 2, 2])) < 0:
        raise NotComputableError("the pelvis stands on its head: its markers are taken for each other")
    if not _PELVIS_M[0] < pelvis.width < _PELVIS_M[1]:
        raise NotComputableError(f"the pelvis is {pelvis.width:.3g} m wide between its markers: their unit is wrong")
    return hip_centre(pelvis, 1.0 if side == "L" else -1.0)


@metric(
    "trailing_limb_angle",
    title="Trailing limb angle",
    of=Stance,
    unit="deg",
    needs=(signal("trailing_limb", site="hip"),),
    reference="Hsiao, Knarr, Higginson & Binder-Macleod 2015, Hum Mov Sci 39:212",
    parameters={"of": "greatest in stance", "foot": "marker of the toe"},
)
def trailing_limb_angle(stance: Stance, angle: Trace) -> float:
    """Greatest angle of the line from hip to toe against the vertical in a stance, the foot behind the body.

    What pushes along a leg that trails pushes forwards: with the ankle's moment it makes the propulsive force.
    """
    return float(np.degrees(angle.values.max()))


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The trailing limb."""
    return [TrailingLimb]


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the trailing limb angle."""
    return [trailing_limb_angle]
