"""What a lab may say of inverse dynamics: where markers lie, how centres are found, to what the plates are known."""

from typing import Annotated

import msgspec

from groundup.plugin import Settings
from groundup_plugins.dynamics.joint_centres import HipMethod
from groundup_plugins.dynamics.marker_sets import check_parts

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class InverseDynamicsSettings(Settings, frozen=True):
    """Settings of inverse dynamics.

    Attributes
    ----------
    markers : mapping of str to str
        Which marker lies where, by its label, where its name does not tell: ``L_knee = "KneeLat_L"``. Parts are
        ``L_hip``, ``L_knee``, ``L_ankle``, ``L_heel``, ``L_toe``, ``L_asis``, ``L_psis``, ``L_thigh`` and ``L_shank``
        (wands), ``L_knee_medial``, ``L_ankle_medial``, the same with ``R``, and ``sacrum``.
    cut_off_hz : float
        Of the low-pass filter of markers and forces.
    hip_centre : {"harrington", "bell"}
        Regression on the pelvis: Harrington 2007, or Bell 1990.
    knee_width_m, ankle_width_m : float, optional
        Without it 0.24 and 0.17 of the length of the shank.
    marker_radius_m : float
        Of a marker, with its base.
    plate_place_m, plate_time_s, plate_gain : float
        What the plates are known to, as SD: their place among the markers, their time, their scale over the person's
        mass. Half of what would not be refused, where nobody has measured it.
    beside_model : bool
        Compute, and use, them where the mocap system has computed its own, too.
    """

    markers: dict[str, str] = msgspec.field(default_factory=dict)
    cut_off_hz: Positive = 20.0
    hip_centre: HipMethod = "harrington"
    knee_width_m: Positive | None = None
    ankle_width_m: Positive | None = None
    marker_radius_m: NotNegative = 0.007
    plate_place_m: NotNegative = 0.015
    plate_time_s: NotNegative = 0.015
    plate_gain: NotNegative = 0.05
    beside_model: bool = False

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        check_parts(self.markers)
