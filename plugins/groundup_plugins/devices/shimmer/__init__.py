"""Shimmer3 sensors over their Bluetooth serial port: accelerometers, gyroscope, magnetometer and EMG."""

from groundup_plugins.devices.shimmer.device import Shimmer, groundup_devices
from groundup_plugins.devices.shimmer.settings import ShimmerElectrode, ShimmerSettings

__all__ = ["Shimmer", "ShimmerElectrode", "ShimmerSettings", "groundup_devices"]
