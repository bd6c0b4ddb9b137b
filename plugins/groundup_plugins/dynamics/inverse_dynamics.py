"""The inverse_dynamics processor: angles, moments and powers of ankle, knee and hip, of markers and force plates."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from groundup.plugin import (
    Floats,
    Gait,
    GaitProcessor,
    NotComputableError,
    Processor,
    Product,
    Side,
    Signal,
    hookimpl,
)
from groundup_plugins.dynamics.force_and_body import Body
from groundup_plugins.dynamics.force_and_foot import FootAndHip
from groundup_plugins.dynamics.inverse_dynamics_settings import InverseDynamicsSettings
from groundup_plugins.dynamics.joint_angles import angles, outward_signs
from groundup_plugins.dynamics.joint_centres import HIP_SOURCE
from groundup_plugins.dynamics.leg import CentreRules, Leg, leg_of
from groundup_plugins.dynamics.marker_places import knee_must_be_on_its_axis, places_must_be_alike
from groundup_plugins.dynamics.marker_sets import Marker, find_markers
from groundup_plugins.dynamics.model_signals import ERRORS, JOINTS, OUTPUTS, SIDES, error_signal, model_signal
from groundup_plugins.dynamics.needed_markers import LEG, needed_markers
from groundup_plugins.dynamics.newton_euler import JointLoad, components, joint_loads
from groundup_plugins.dynamics.own_force import OwnForce, Standing, own_force
from groundup_plugins.dynamics.power_errors import (
    ANKLE_M,
    HIP_M,
    KNEE_M,
    Ground,
    PlateErrors,
    power_errors,
)
from groundup_plugins.dynamics.reasons import Flaw, Reasons, as_quality
from groundup_plugins.dynamics.segments import TABLE
from groundup_plugins.dynamics.smoothing import ORDER, edge_s, jumps, smooth
from groundup_plugins.processors.runs import finite_runs

_OTHER: dict[Side, Side] = {"L": "R", "R": "L"}
_LEAST_S = 0.2
_PIECE_S = 60.0
_NO_PELVIS = "no markers of the pelvis were recorded: against what the thigh turns is not known"
_STRETCHED = "a marker is where it cannot be: a segment is suddenly longer or shorter"
_NO_MASS = "the person's mass is not known: give participant.mass_kg in lab.toml"


class InverseDynamics(GaitProcessor):
    """Angles (rad), moments (N·m/kg) and powers (W/kg) of ankle, knee and hip of both legs, three-dimensional.

    Each output has three channels. Angles: flexion (dorsiflexion), adduction, internal rotation. Moments, which the
    muscles exert: extensor (plantar flexor), abductor, external. Powers by the same axes, those of the proximal
    segment; their sum is the joint's power.

    Rods of the table of Winter 1990; the hip by a regression on the pelvis, unless a marker is named; knee and ankle
    midway between two markers or, as the conventional gait model has them, beside one. Markers and forces pass the same
    filter. Moments and powers are NaN where the force under the foot is not known.
    """

    name = "inverse_dynamics"
    accepts = "mocap"
    makes = "model"
    settings_type = InverseDynamicsSettings
    settings: InverseDynamicsSettings

    def with_steps(self, signal: Signal, gait: Gait) -> Product:
        """Compute both legs; see the class.

        Raises
        ------
        NotComputableError
            If neither leg has the markers, or they cannot be where they are named.
        """
        modelled = any(s.kind == "model" and not s.inputs and any(c.site for c in s.channels) for s in gait.signals)
        if modelled and not self.settings.beside_model:
            return Product()
        markers = find_markers(signal, self.settings.markers)
        if not any(f"{side}_{part}" in markers for side in SIDES for part in ("knee", "ankle")):
            return Product()  # markers of something else
        if len(signal.time) < 2:
            raise NotComputableError(f"{signal.id} has no samples")
        if not signal.rate > 2 * self.settings.cut_off_hz:
            raise NotComputableError(
                f"{signal.id} is sampled at {signal.rate:g} Hz, too slowly for a filter of "
                f"{self.settings.cut_off_hz:g} Hz"
            )
        samples, flaws, refused = [], list[Flaw](), list[str]()
        for side in SIDES:
            why = Reasons(side)
            try:
                samples.append(self._leg(signal, gait, markers, side, why))
            except NotComputableError as reason:
                samples.append(np.full((len(signal.time), OUTPUTS + ERRORS), np.nan))
                why.everything(*_all_of(signal.time), str(reason))
                refused.append(str(reason))
            flaws += why.flaws
        if len(refused) == len(SIDES):
            raise NotComputableError(refused[0])
        return self._product(signal, gait, samples, flaws, refused)

    def _product(
        self, signal: Signal, gait: Gait, legs: list[Floats], flaws: list[Flaw], refused: list[str]
    ) -> Product:
        attrs: dict[str, float | str] = {
            "segments": TABLE,
            "hip_centre": f"{HIP_SOURCE[self.settings.hip_centre]}, unless a marker is named for it",
            "filter": f"low-pass {self.settings.cut_off_hz:g} Hz (Butterworth, order {ORDER}, forwards and backwards), "
            "markers and forces",
        }
        if refused:
            attrs["remark"] = refused[0]
        plates = tuple(s.id for s in gait.signals if s.kind == "grf")
        outputs = [leg[:, :OUTPUTS] for leg in legs]
        model = model_signal(signal, np.hstack(outputs), plates, attrs)
        made = [model]
        if any(np.isfinite(leg[:, OUTPUTS:]).any() for leg in legs):
            made.append(error_signal(model, np.hstack([leg[:, OUTPUTS:] for leg in legs]), self._known_to()))
        quality = as_quality(model, flaws)
        return Product(signals=tuple(made) if quality is None else (*made, quality))

    def _known_to(self) -> dict[str, float | str]:
        s = self.settings
        return {
            "plate_place_m": s.plate_place_m, "plate_time_s": s.plate_time_s, "plate_gain": s.plate_gain,
            "hip_m": HIP_M, "knee_m": KNEE_M, "ankle_m": ANKLE_M,
        }  # fmt: skip

    def _leg(self, signal: Signal, gait: Gait, markers: Mapping[str, Marker], side: Side, why: Reasons) -> Floats:
        """All outputs of one leg and their errors, shape (n, OUTPUTS + ERRORS)."""
        required = needed_markers(markers, side)
        time = signal.time
        whole = np.zeros(len(time))
        for part in required:
            lost = np.asarray(~np.isfinite(markers[part].read(signal)).all(axis=1))
            if lost.all():
                raise NotComputableError(f"the marker {markers[part].label} was never seen")
            why.where(time, lost, f"the marker {markers[part].label} was not seen")
            whole[lost] = np.nan
        if not gait.subject.mass_kg > 0:
            why.kinetics(*_all_of(time), _NO_MASS)
        result = np.full((len(time), OUTPUTS + ERRORS), np.nan)
        edge = int(np.ceil(edge_s(self.settings.cut_off_hz) * signal.rate))
        refused, computed = None, False
        for run in signal.segments():
            for seen in finite_runs(whole[run]):
                if seen.stop - seen.start <= 2 * edge + int(_LEAST_S * signal.rate):
                    continue
                for piece in _pieces(run.start + seen.start, run.start + seen.stop, edge, signal.rate):
                    try:
                        found = self._piece(signal, gait, (markers, required), side, piece, why)
                    except NotComputableError as reason:
                        why.everything(*_all_of(time[piece]), str(reason))
                        refused = reason
                        continue
                    computed = True
                    result[piece.start + edge : piece.stop - edge] = found[edge : len(found) - edge]
        if refused is not None and not computed:
            raise refused
        return result

    def _piece(
        self, signal: Signal, gait: Gait, every_marker: tuple[Mapping[str, Marker], Sequence[str]], side: Side,
        piece: slice, why: Reasons,
    ) -> Floats:  # fmt: skip
        """The outputs of one leg over a piece in which all markers that it needs were seen."""
        there, required = every_marker
        markers = {part: there[part] for part in required}
        # One call: a filter's beginning costs most.
        every = np.hstack([marker.read(signal, piece) for marker in markers.values()])
        together = smooth(every, self.settings.cut_off_hz, signal.rate)
        columns = {part: slice(3 * n, 3 * n + 3) for n, part in enumerate(markers)}
        smoothed = {part: together[:, own] for part, own in columns.items()}
        still = np.ones(len(every), bool)
        for part, own in columns.items():
            jumped = jumps(every[:, own], together[:, own], self.settings.cut_off_hz, signal.rate)
            still &= ~jumped
            why.where(signal.time[piece], jumped, f"the marker {markers[part].label} jumps: another was taken for it")
        leg = leg_of(smoothed, side, signal.rate, self._rules())
        why.where(signal.time[piece], leg.stretched, _STRETCHED)
        mine = {part[2:]: position for part, position in smoothed.items() if part.startswith(side)}
        other = {part: there[name].read(signal, piece) for part in LEG if (name := f"{_OTHER[side]}_{part}") in there}
        places_must_be_alike(mine, other, leg.pelvis, side)
        _, shank, thigh = leg.segments
        still &= ~leg.stretched
        bends = angles(thigh.axes, shank.axes, "knee", side)
        knee_must_be_on_its_axis(mine["knee"][still], mine["ankle"][still], bends[still], side)
        foot = FootAndHip(mine["heel"], mine["toe"], leg.centres["hip"])
        centre = None if leg.pelvis is None else leg.pelvis.centre
        body = Body(gait.subject.mass_kg, centre, other.get("heel"), other.get("toe"))
        standing = Standing(signal.time[piece], foot, leg.segments[0].turning, body)
        return self._outputs(leg, gait, side, standing, signal.rate, why)

    def _outputs(self, leg: Leg, gait: Gait, side: Side, standing: Standing, rate: float, why: Reasons) -> Floats:
        mass, time = gait.subject.mass_kg, standing.time
        ground = own_force(gait, side, standing, self.settings.cut_off_hz, why)
        _, shank, thigh = leg.segments
        loads = joint_loads(leg.segments, ground.force / mass, ground.moment / mass)
        proximal = (shank.axes, thigh.axes, None if leg.pelvis is None else leg.pelvis.axes)
        turnings = (shank.turning, thigh.turning, leg.pelvis_turning)
        columns = []
        for joint, segment, load, axes, turning in zip(JOINTS, leg.segments, loads, proximal, turnings, strict=True):
            if axes is None or turning is None:
                why.joint(*_all_of(time), _NO_PELVIS, joint, ("rad", "W/kg"))
                nothing = np.full((len(time), 3), np.nan)
                columns += [nothing, _known(_moment(load.moment, segment.axes, joint, side), ground), nothing]
                continue
            columns += [
                angles(axes, segment.axes, joint, side),
                _known(_moment(load.moment, axes, joint, side), ground),
                _known(_by_axis(load.moment, segment.turning - turning, axes), ground),
            ]
        return np.hstack([*columns, self._errors(leg, loads, ground, mass, rate)])

    def _errors(self, leg: Leg, loads: Sequence[JointLoad], ground: OwnForce, mass: float, rate: float) -> Floats:
        """What is not known exactly changes of the powers, shape (n, ERRORS); NaN where there are none."""
        if leg.pelvis is None:
            return np.full((len(ground.force), ERRORS), np.nan)
        plates = PlateErrors(self.settings.plate_place_m, self.settings.plate_time_s, self.settings.plate_gain)
        errors = power_errors(leg, loads, Ground(ground.force / mass, ground.moment / mass), plates, rate)
        return _known(errors.reshape(len(errors), ERRORS), ground)

    def _rules(self) -> CentreRules:
        s = self.settings
        return CentreRules(s.knee_width_m or np.nan, s.ankle_width_m or np.nan, s.marker_radius_m, s.hip_centre)


def _pieces(first: int, last: int, edge: int, rate: float) -> Iterator[slice]:
    """A long run in pieces that overlap by the edges that are not used: an hour at once would fill the memory."""
    step = int(_PIECE_S * rate)
    while last - first > step + 2 * edge + step // 2:
        yield slice(first, first + step + 2 * edge)
        first += step
    yield slice(first, last)


def _all_of(time: Floats) -> tuple[float, float]:
    return float(time[0]), float(np.nextafter(time[-1], np.inf))


def _moment(moment: Floats, axes: Floats, joint: str, side: Side) -> Floats:
    """Extensor, abductor and external moment."""
    signed = components(moment, axes) * outward_signs(joint, side)
    return np.asarray(signed[:, [1, 0, 2]])


def _by_axis(moment: Floats, turning: Floats, axes: Floats) -> Floats:
    """Power about each of the axes: sagittal, frontal, transverse."""
    return np.asarray((components(moment, axes) * components(turning, axes))[:, [1, 0, 2]])


def _known(values: Floats, ground: OwnForce) -> Floats:
    return np.where(ground.known[:, None], values, np.nan)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Inverse dynamics."""
    return [InverseDynamics]
