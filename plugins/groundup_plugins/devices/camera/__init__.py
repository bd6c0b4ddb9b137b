"""A camera: its frames into a video file, and the number and time of each as a stream."""

from groundup_plugins.devices.camera.device import Camera, groundup_devices
from groundup_plugins.devices.camera.settings import CameraSettings

__all__ = ["Camera", "CameraSettings", "groundup_devices"]
