"""Qualisys Track Manager in real time: analog boards, force plates, rigid bodies and events, by its RT protocol."""

from groundup_plugins.devices.qualisys.device import Qualisys, groundup_devices
from groundup_plugins.devices.qualisys.settings import QualisysChannel, QualisysSettings

__all__ = ["Qualisys", "QualisysChannel", "QualisysSettings", "groundup_devices"]
