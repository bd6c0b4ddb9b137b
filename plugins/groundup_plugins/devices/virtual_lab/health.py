"""What a virtual device says of itself: batteries that empty, electrodes that dry, an amplifier that warms up."""

import math
from collections.abc import Iterable

import numpy as np

from groundup.plugin import About, HealthLevel, StreamSpec
from groundup_plugins.devices.virtual_lab import chance
from groundup_plugins.devices.virtual_lab.settings import VirtualLabSettings

_HOURS = 8.0  # a full battery lasts
_WARM_S = 900.0


def about(settings: VirtualLabSettings) -> About:
    """Which device it is."""
    return About(f"virtual {settings.part}", f"V{settings.seed:05d}", "1.0")


def health(settings: VirtualLabSettings, streams: dict[str, StreamSpec], running_s: float) -> Iterable[HealthLevel]:
    """How it does after running so long.

    Parameters
    ----------
    streams : dict of str to StreamSpec
        Its own, by key.
    """
    charge = max(0.0, settings.battery - running_s / (3600.0 * _HOURS))
    match settings.part:
        case "imu":
            for key in streams:
                yield HealthLevel("battery", charge, "1", 0.25, 0.1, key)
        case "emg":
            yield HealthLevel("battery", charge, "1", 0.25, 0.1)
            (spec,) = streams.values()
            ohm = 8e3 + 8e3 * chance.uniform(settings.seed, "impedance", np.arange(len(spec.channels)))
            for channel, one in zip(spec.channels, ohm, strict=True):
                yield HealthLevel("impedance", round(float(one), -2), "ohm", 20e3, 100e3, channel.label)
        case "plate_left" | "plate_right":
            warm = 24.0 + 9.0 * (1.0 - math.exp(-running_s / _WARM_S))
            yield HealthLevel("temperature", round(warm, 1), "°C", 45.0, 60.0)
        case "mocap" | "markers":
            return
