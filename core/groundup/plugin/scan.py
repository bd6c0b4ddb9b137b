"""What a driver finds when it is asked which of its devices are connected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ScanResult:
    """A device that is connected.

    Attributes
    ----------
    shown : str
        What a person knows it by: ``COM3 (Arduino Uno)``.
    settings : mapping
        The keys of ``[devices.NAME]`` under which the driver finds this one: ``{"port": "COM3"}``. ``groundup init
        --scan`` writes them.
    """

    shown: str
    settings: Mapping[str, Any] = field(default_factory=dict)
