"""What a model of the body computed of a joint: angles, moments, powers, found by site, side and unit."""

from collections.abc import Sequence
from dataclasses import replace

from groundup.analysis.gait.foot_forces import SIDE_NAME, FootForces
from groundup.analysis.metrics.channel_groups import ChannelGroup, cut
from groundup.model.anatomy import Side
from groundup.model.events import SitToStand, Stance, Stride, Trial
from groundup.model.signals import Signal, Trace
from groundup.model.subject import Subject
from groundup.plugin.need import Need
from groundup.plugin.not_computable import NotComputableError

_UNITS = {"angle": ("rad",), "moment": ("N·m/kg", "N·m"), "power": ("W/kg", "W")}


def joint_output(
    signals: Sequence[Signal],
    ground: FootForces,
    subject: Subject,
    need: Need,
    stretch: Stance | Stride | SitToStand | Trial,
    side: Side,
) -> Trace:
    """One quantity of one joint in a stance or stride, in the form that `groundup.plugin.joint` says.

    Raises
    ------
    NotComputableError
        If it was not recorded, has a gap or NaN there, is for a person of unknown mass, or no plate saw the foot.
    """
    (joint,) = need.sites
    source = _group(signals, joint, need.component, side)
    if source is None:
        raise NotComputableError(
            f"no {need.component} of the {SIDE_NAME[side]} {joint} was recorded: it is computed by the mocap system, "
            "and is in a stream of type Model"
        )
    if need.component != "angle":
        _stood_on_a_plate(ground, stretch, side)
    trace = cut(source, stretch.t0, stretch.t1)
    # Powers are summed over the axes: some models give only their sum, in one of three. Moments are sagittal.
    values = trace.values.sum(axis=1) if need.component == "power" else trace.values[:, 0]
    if need.component != "angle" and not source.unit.endswith("/kg"):
        if not subject.mass_kg > 0:
            raise NotComputableError("the person's mass is not known: give participant.mass_kg in lab.toml")
        return replace(trace, values=values / subject.mass_kg, unit=f"{source.unit}/kg")
    return replace(trace, values=values)


def _group(signals: Sequence[Signal], joint: str, quantity: str, side: Side) -> ChannelGroup | None:
    """The three axes of an output, in the order of the file."""
    for signal in signals:
        if signal.kind == "model":
            for unit in _UNITS[quantity]:
                columns = tuple(
                    i for i, c in enumerate(signal.channels) if (c.site, c.side, c.unit) == (joint, side, unit)
                )
                if len(columns) >= 3:
                    return ChannelGroup(signal, columns[:3], joint, side, unit)
    return None


def _stood_on_a_plate(ground: FootForces, stretch: Stance | Stride | SitToStand | Trial, side: Side) -> None:
    if isinstance(stretch, SitToStand | Trial) or stretch.side != side:
        raise NotComputableError("moments and powers are known of the foot that a stance or stride is of")
    stance = ground.stance_at(stretch.side, stretch.t0) if isinstance(stretch, Stride) else stretch
    if not isinstance(stance, Stance) or not ground.on_plate(stance):
        raise NotComputableError(
            "no force plate saw this foot whole and alone: moments and powers of a model miss what is beside the plates"
        )
