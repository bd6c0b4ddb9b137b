"""OT Bioelettronica's wireless EMG amplifiers over TCP: Sessantaquattro, Sessantaquattro+, Muovi, Muovi+."""

from groundup_plugins.devices.otb.device import Otb, groundup_devices
from groundup_plugins.devices.otb.settings import OtbElectrode, OtbSettings

__all__ = ["Otb", "OtbElectrode", "OtbSettings", "groundup_devices"]
