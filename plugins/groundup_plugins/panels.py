"""The panels that ship: a lab's usual streams, and the metrics that people walk by."""

from collections.abc import Iterable

from groundup.plugin import Panel, hookimpl


@hookimpl
def groundup_panels() -> Iterable[Panel]:
    """Signals by kind, and a metric for biofeedback."""
    return [
        Panel("plates", "Force plates", kinds=("plate",)),
        Panel("emg", "Muscles", kinds=("emg",)),
        Panel("imu", "Inertial sensors", kinds=("imu",)),
        Panel("mocap", "Motion capture", kinds=("mocap",)),
        Panel("strides", "Stride time", "trend", metrics=("stride_time",)),
        Panel("path", "Shock lost from shank to pelvis", "trend", metrics=("shock_loss_shank_pelvis",)),
        Panel("role", "Gluteal activity while braking", "trend", metrics=("glute_braking_share",)),
    ]
