"""Delsys Trigno, through the TCP server of the Trigno Control Utility (SDK User Guide MAN-025-3-5)."""

from groundup_plugins.devices.trigno.device import Trigno, groundup_devices
from groundup_plugins.devices.trigno.settings import TrignoSensor, TrignoSettings

__all__ = ["Trigno", "TrignoSensor", "TrignoSettings", "groundup_devices"]
