"""Xsens MVN (Movella): what its network streamer sends of joints, segments, trackers and the centre of mass."""

from groundup_plugins.devices.xsens_mvn.device import XsensMvn, groundup_devices
from groundup_plugins.devices.xsens_mvn.settings import XsensMvnSettings

__all__ = ["XsensMvn", "XsensMvnSettings", "groundup_devices"]
