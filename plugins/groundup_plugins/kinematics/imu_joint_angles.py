"""The imu_joint_angles processor: sagittal angles of knee and ankle, by IMUs on thigh, shank and foot."""

from collections.abc import Iterable

import numpy as np

from groundup.plugin import (
    Channel,
    Floats,
    Gait,
    GaitProcessor,
    Processor,
    Product,
    Side,
    Signal,
    hookimpl,
)
from groundup_plugins.dynamics.reasons import Flaw, as_quality
from groundup_plugins.kinematics.alignment import SITES
from groundup_plugins.kinematics.leg_sensors import LegSensor, doubts_of, sensor_of

_SIDES: tuple[Side, Side] = ("L", "R")
_JOINTS = (("knee", "thigh", "shank", 1.0), ("ankle", "shank", "foot", -1.0))
_TOGETHER_S = 3.0
NO_STANDING = "nobody was seen to stand still before or after the walking: where 0 lies is not known"
_APART = "the sensors were not still at the same time: where 0 lies is not known"
_SEATED = (
    "where 0 lies is not known: whether somebody stands or sits when foot and shank are still is told by a sensor on "
    "the thigh only"
)


class ImuJointAngles(GaitProcessor):
    """Flexion of the knee and dorsiflexion of the ankle (rad) where thigh, shank and foot wear aligned IMUs.

    The difference of the inclinations of both segments, each in its own plane of walking (`SegmentAngle`), so no
    heading is needed. 0 is the person's own quiet standing, which hides a knee that is bent, or an ankle that is stiff,
    in standing; where nobody stood still, angles are from any zero, and the range of motion is all they tell. Sensors
    that are exchanged or have slipped are refused; a slip of less than 8 degrees (foot: 10) is not seen, and shifts the
    angles by as much. Live, a stance is measured before its stride can show a slip.
    """

    name = "imu_joint_angles"
    accepts = "segment_angle"
    makes = "model"

    def with_steps(self, signal: Signal, gait: Gait) -> Product:
        """Angles of the joints whose distal segment is in the signal.

        Raises
        ------
        NotComputableError
            If two sensors are on one segment.
        """
        columns: list[Floats] = []
        channels: list[Channel] = []
        flaws: list[Flaw] = []
        inputs = [signal.id]
        attrs: dict[str, float | str] = {
            "plane": "sagittal",
            "zero": "the person's own quiet standing",
            "method": "difference of the inclinations of two segments, each about its own axis of walking (vqf)",
        }
        for side in _SIDES:
            found = {site: sensor_of(gait.signals, site, side) for site in SITES}
            sensors = {site: sensor for site, sensor in found.items() if sensor is not None}
            doubts = doubts_of(sensors, gait, side)
            for joint, upper, lower, sign in _JOINTS:
                if upper not in sensors or lower not in sensors or sensors[lower].signal != signal.id:
                    continue
                distal = sensors[lower]
                proximal = sensors[upper].at(distal.time)
                zero, why = _zero(proximal, distal, sensors.get("thigh"))
                columns.append(sign * (distal.angle - proximal.angle - zero))
                channels.append(Channel(f"{side}{joint.capitalize()}Angles.x", "rad", joint, side))
                flaws += [
                    Flaw(doubt.t0, doubt.t1, doubt.text, side, joint)
                    for doubt in doubts
                    if {upper, lower} & set(doubt.sites)
                ]
                if why:
                    attrs[f"no_zero_{side}_{joint}"] = why
                inputs += [proximal.signal] if proximal.signal not in inputs else []
        if not columns:
            return Product()
        model = Signal(
            f"{signal.id}.joints", "model", signal.time, np.column_stack(columns), tuple(channels), signal.rate,
            inputs=tuple(inputs), attrs=attrs,
        )  # fmt: skip
        quality = as_quality(model, flaws)
        return Product(signals=(model,) if quality is None else (model, quality))


def _zero(proximal: LegSensor, distal: LegSensor, thigh: LegSensor | None) -> tuple[float, str]:
    """The difference in quiet standing (rad), or 0 and why it is not known."""
    stood = [proximal.stood_at, distal.stood_at, thigh.stood_at if thigh is not None else np.nan]
    if thigh is None:
        return 0.0, _SEATED
    if not np.isfinite(stood).all():
        return 0.0, NO_STANDING
    if max(stood) - min(stood) > _TOGETHER_S:
        return 0.0, _APART
    return distal.standing - proximal.standing, ""


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Joint angles by IMUs."""
    return [ImuJointAngles]
