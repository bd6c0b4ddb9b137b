"""The margin_of_stability processor: how far inside the foot the extrapolated centre of mass is, to the side."""

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
from groundup_plugins.dynamics.joint_centres import pelvis_of
from groundup_plugins.dynamics.marker_sets import check_parts, find_markers, named_like
from groundup_plugins.dynamics.segments import rate_of_change
from groundup_plugins.dynamics.smoothing import edge_s, jumps, smooth
from groundup_plugins.metrics.ground_reaction import GRAVITY
from groundup_plugins.processors.runs import finite_runs

_CORNER_HZ = 20.0
_SIDES: tuple[Side, Side] = ("L", "R")
_LEAST_S = 0.2


class MarginOfStabilitySettings(Settings, frozen=True):
    """Settings of the margin of stability.

    Attributes
    ----------
    markers : mapping of str to str
        Which marker lies where, by its label, where its name does not tell; as of inverse dynamics: ``L_asis``,
        ``sacrum`` (or ``L_psis``), ``L_ankle``, the same with ``R``.
    """

    markers: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        check_parts(self.markers)


class MarginOfStability(GaitProcessor):
    """Sideways distance (m) of the extrapolated centre of mass from the ankle of the standing foot, inwards positive.

    Extrapolated: where the body would come to rest as an inverted pendulum, its position and its velocity times the
    root of pendulum length over gravity (Hof, Gazendam & Sinke 2005, J Biomech 38:1). The centre of mass is the middle
    of the pelvis, the pendulum from there to the ankle at contact, sideways is across the pelvis in the mean of the
    stance.
    """

    name = "margin_of_stability"
    accepts = "mocap"
    makes = "stability"
    settings_type = MarginOfStabilitySettings
    settings: MarginOfStabilitySettings

    def with_steps(self, signal: Signal, gait: Gait) -> Product:
        """Compute it in every stance; see the class.

        Raises
        ------
        NotComputableError
            If markers are missing, are not where they are named, or come too slowly.
        """
        markers = find_markers(signal, self.settings.markers)
        back = ["sacrum"] if "sacrum" in markers else ["L_psis", "R_psis"]
        parts = ["L_asis", "R_asis", *back, "L_ankle", "R_ankle"]
        missing = [part for part in parts if part not in markers]
        if not {"L_asis", "R_asis"} & markers.keys():
            return Product()  # markers of something else
        if missing:
            named = ", ".join(f"{part} ({named_like(part)})" for part in missing)
            raise NotComputableError(f"the margin of stability has no marker for {named}")
        if not signal.rate > 2 * _CORNER_HZ:
            raise NotComputableError(f"{signal.id} is sampled at {signal.rate:g} Hz, too slowly")
        every = np.hstack([markers[part].read(signal) for part in parts])
        samples = np.full((len(signal.time), len(_SIDES)), np.nan)
        edge = int(np.ceil(edge_s(_CORNER_HZ) * signal.rate))
        for run in signal.segments():
            for seen in finite_runs(every[run].sum(axis=1)):
                part = slice(run.start + seen.start, run.start + seen.stop)
                if part.stop - part.start <= 2 * edge + int(_LEAST_S * signal.rate):
                    continue
                smoothed = smooth(every[part], _CORNER_HZ, signal.rate)
                at = {name: smoothed[:, 3 * n : 3 * n + 3] for n, name in enumerate(parts)}
                found = _margins(at, gait, signal.time[part], signal.rate)
                for n in range(len(parts)):
                    own = slice(3 * n, 3 * n + 3)
                    found[jumps(every[part, own], smoothed[:, own], _CORNER_HZ, signal.rate)] = np.nan
                samples[part.start + edge : part.stop - edge] = found[edge:-edge]
        if not np.isfinite(samples).any():
            return Product()
        channels = tuple(Channel(f"margin_{side}", "m", "foot", side) for side in _SIDES)
        attrs: dict[str, float | str] = {
            "centre_of_mass": "middle of the pelvis", "filter": f"low-pass {_CORNER_HZ:g} Hz, zero-lag",
        }  # fmt: skip
        made = Signal(
            f"{signal.id}.stability", "stability", signal.time, samples, channels, signal.rate,
            inputs=(signal.id,), attrs=attrs,
        )  # fmt: skip
        return Product(signals=(made,))


def _margins(at: Mapping[str, Floats], gait: Gait, time: Floats, rate: float) -> Floats:
    """Margins of both feet while they stand, shape (n, 2); else NaN."""
    back = at["sacrum"] if "sacrum" in at else (at["L_psis"] + at["R_psis"]) / 2
    pelvis = pelvis_of(at["L_asis"], at["R_asis"], back)
    if float(np.median(pelvis.axes[:, 2, 2])) < 0:
        raise NotComputableError("the pelvis stands on its head: its markers are taken for each other")
    if not 0.1 < pelvis.width < 0.45:
        raise NotComputableError(f"the pelvis is {pelvis.width:.3g} m wide between its markers: their unit is wrong")
    body = (pelvis.middle + back) / 2
    velocity = rate_of_change(body, rate)
    margins = np.full((len(time), len(_SIDES)), np.nan)
    for stance in gait.stances:
        if stance.side not in _SIDES:
            continue
        i, j = (int(n) for n in np.searchsorted(time, [stance.t0, stance.t1]))
        if j - i < 3 or i == 0:  # its contact lies before
            continue
        ankle, left = at[f"{stance.side}_ankle"], pelvis.axes[i:j, :2, 1].mean(axis=0)
        left = left / np.linalg.norm(left)
        length = float(np.linalg.norm(body[i] - ankle[i]))
        extrapolated = body[i:j, :2] + velocity[i:j, :2] * np.sqrt(length / GRAVITY)
        outwards = 1.0 if stance.side == "L" else -1.0
        margins[i:j, _SIDES.index(stance.side)] = outwards * ((ankle[i:j, :2] - extrapolated) @ left)
    return margins


@metric(
    "margin_of_stability_ml",
    of=Stance,
    unit="m",
    needs=(signal("stability", site="foot"),),
    reference="Hof, Gazendam & Sinke 2005, J Biomech 38:1",
    parameters={"edge": "ankle", "centre_of_mass": "middle of the pelvis", "gravity_m_s2": GRAVITY},
)
def margin_of_stability_ml(stance: Stance, margin: Trace) -> float:
    """How far inside the ankle of a foot the extrapolated centre of mass is, sideways, when the foot lands.

    Negative where it is outside: without another step the body would fall to that side. By the middle of the pelvis;
    against a centre of mass of all segments its extrapolated place is off by 2 cm and less, sideways (SD, six walks).
    Forwards it would be by 5 cm, and so is not given.

    o · (ankle - (x + v √(l / g))), at contact: x and v of the middle of the pelvis across it, l from there to the
    ankle, g 9.80665 m/s², o 1 to the left for the left foot and -1 for the right. Inside is positive, m.

    Not computable where a marker of the pelvis or an ankle was not seen within 0.05 s, or nothing saw the foot land.

    It cannot see where the edge of the foot is, which lies some cm outside of the ankle; what arms and trunk do apart
    from the pelvis; and whether somebody can do in time what the next step asks for.
    """
    return float(margin.values[0])


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The margin of stability."""
    return [MarginOfStability]


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the margin of stability."""
    return [margin_of_stability_ml]
