"""The target that a person walks to, as one program tells it to the screens: the stream ``groundup.target``."""

import uuid

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.lsl.stream_names import LIVE, source_prefix
from groundup.model.streams import Channel, StreamSpec

TARGETS = "groundup.target"
"""Name of the stream: one JSON object a sample, ``{}`` when there is no target any more."""


class TargetOutlet:
    """Tells every screen on the network; a screen that comes later hears it again within a second."""

    def __init__(self) -> None:
        spec = StreamSpec(TARGETS, "Markers", 0.0, "string", (Channel("json"),), role="live")
        self._outlet = Outlet(spec, f"{source_prefix(LIVE)}{TARGETS}/{uuid.uuid4()}")

    def tell(self, text: str) -> None:
        """Send what the target is, as JSON."""
        self._outlet.push([[text]], [lsl.clock()])
