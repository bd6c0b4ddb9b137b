"""What a model of the body computed of a joint: angles, moments, powers, found by site, side and unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundup.analysis.gait.foot_forces import SIDE_NAME, FootForces
from groundup.analysis.metrics.channel_groups import ChannelGroup, Quality, cut, flaw, quality_of
from groundup.model.anatomy import Side
from groundup.model.events import SitToStand, Stance, Stride, Trial
from groundup.model.signals import Floats, Signal, Trace
from groundup.model.subject import Subject
from groundup.plugin.need import Need
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.stage import SignalForm

_UNITS = {"angle": ("rad",), "excursion": ("rad",), "moment": ("N·m/kg", "N·m"), "power": ("W/kg", "W")}
_NOBODY = "it is computed by the mocap system, in a stream of type Model, or by inverse_dynamics of markers and plates"
_BY_IMUS = "; or by imu_joint_angles of IMUs on thigh, shank and foot, once lab.toml asks for their orientation"
_IN_A_PLANE = ("angle", "excursion")


def is_sagittal(signal: Signal | SignalForm) -> bool:
    """Whether a model says that it has sagittal angles alone, a channel a joint: its attribute ``plane``."""
    return signal.attrs.get("plane") == "sagittal"


@dataclass
class JointOutputs:
    """The models of a recording: what lab.toml asks to be computed before what the mocap system computed.

    Attributes
    ----------
    signals : sequence of Signal
    ground : FootForces
    subject : Subject
    missing : str
        Why no processor could compute them; empty where none was asked.
    """

    signals: Sequence[Signal]
    ground: FootForces
    subject: Subject
    missing: str = ""

    def __post_init__(self) -> None:
        models = [signal for signal in self.signals if signal.kind == "model"]
        # What sees the sagittal plane alone comes after what sees all three.
        self._models = sorted(models, key=lambda signal: (is_sagittal(signal), not signal.inputs))
        self._qualities = [Quality.of(signal) for signal in self.signals if signal.kind == "quality"]

    def output(self, need: Need, stretch: Stance | Stride | SitToStand | Trial, side: Side) -> Trace:
        """One quantity of one joint in a stance or stride, in the form that `groundup.plugin.joint` says.

        Raises
        ------
        NotComputableError
            If it was not computed, has a gap or NaN there, is for a person of unknown mass, or no plate saw the foot.
        """
        if not side:
            raise NotComputableError("which foot it is of is not known")
        (joint,) = need.sites
        source = self._group(joint, need.component, side)
        if source is None:
            what = f"there is no {need.component} of the {SIDE_NAME[side]} {joint}"
            worn = _BY_IMUS if need.component in _IN_A_PLANE and joint != "hip" else ""
            raise NotComputableError(f"{what}: {self.missing or _NOBODY + worn}")
        if need.component not in _IN_A_PLANE:
            _stood_on_a_plate(self.ground, stretch, side)
        found = flaw(source, stretch.t0, stretch.t1)
        if found is not None:
            raise NotComputableError.of(found)
        unknown = source.signal.attrs.get(f"no_zero_{side}_{joint}")
        if need.component == "angle" and unknown:
            raise NotComputableError(f"the angle of the {SIDE_NAME[side]} {joint}: {unknown}")
        trace = cut(source, stretch.t0, stretch.t1)
        # Powers are summed over the axes: some models give only their sum, in one of three. Moments are sagittal.
        values = (
            trace.values.sum(axis=1) if need.component == "power" else trace.values.reshape(len(trace.time), -1)[:, 0]
        )
        if need.component not in _IN_A_PLANE and not source.unit.endswith("/kg"):
            if not self.subject.mass_kg > 0:
                raise NotComputableError("the person's mass is not known: give participant.mass_kg in lab.toml")
            return replace(trace, values=values / self.subject.mass_kg, unit=f"{source.unit}/kg")
        return replace(trace, values=values, errors=self._errors(source, need.component, stretch.t0, stretch.t1))

    def _errors(self, source: ChannelGroup, quantity: str, t0: float, t1: float) -> Floats | None:
        """What a processor tells of how far its output may be off: a channel for each thing that is not known."""
        for signal in self.signals:
            if signal.kind != "model_error" or source.signal.id not in signal.inputs:
                continue
            columns = tuple(
                i
                for i, c in enumerate(signal.channels)
                if (c.site, c.side) == (source.site, source.side) and c.unit in _UNITS[quantity]
            )
            if columns:
                errors = cut(ChannelGroup(signal, columns, source.site, source.side, source.unit), t0, t1).values
                return errors.reshape(len(errors), len(columns))
        return None

    def _group(self, joint: str, quantity: str, side: Side) -> ChannelGroup | None:
        """The three axes of an output, in the order of the file; of a model of the sagittal plane that one."""
        for signal in self._models:
            for unit in _UNITS[quantity]:
                columns = tuple(
                    i for i, c in enumerate(signal.channels) if (c.site, c.side, c.unit) == (joint, side, unit)
                )
                if len(columns) >= 3 or (columns and is_sagittal(signal)):
                    quality = quality_of(signal, self._qualities)
                    return ChannelGroup(
                        signal, columns[:1] if is_sagittal(signal) else columns[:3], joint, side, unit, quality=quality
                    )
        return None


def _stood_on_a_plate(ground: FootForces, stretch: Stance | Stride | SitToStand | Trial, side: Side) -> None:
    if isinstance(stretch, SitToStand | Trial) or stretch.side != side:
        raise NotComputableError("moments and powers are known of the foot that a stance or stride is of")
    stance = ground.stance_at(stretch.side, stretch.t0) if isinstance(stretch, Stride) else stretch
    if not isinstance(stance, Stance) or not ground.on_plate(stance):
        raise NotComputableError(
            "no force plate saw this foot whole and alone: moments and powers of a model miss what is beside the plates"
        )
