"""The virtual lab: a walker whose truth is known, and the devices that record it.

All devices are functions of the LSL clock and a seed. Run one process for each part (`settings.VirtualLabSettings`),
and they record the same walk; ``truth_of(Walker(strategy, seed), t0, t1)`` tells what it was.
"""

from groundup_plugins.devices.virtual_lab.device import VirtualLab, groundup_devices
from groundup_plugins.devices.virtual_lab.settings import VirtualLabSettings
from groundup_plugins.devices.virtual_lab.taps import Taps
from groundup_plugins.devices.virtual_lab.walker import Walker

__all__ = ["Taps", "VirtualLab", "VirtualLabSettings", "Walker", "groundup_devices"]
