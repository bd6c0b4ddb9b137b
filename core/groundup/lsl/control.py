"""Control: what senders say of themselves in the marker stream ``groundup.control``, one JSON object a sample."""

import json
import socket
from collections.abc import Sequence

from groundup.model.streams import Channel, StreamSpec

CONTROL = "groundup.control"
"""Name of the stream."""

ENDED = "ended"
"""The ``event`` of a sender that is done; ``source_ids`` names its streams."""


def control_spec() -> StreamSpec:
    """Describe the control stream."""
    return StreamSpec(CONTROL, "Markers", 0.0, "string", (Channel("json"),))


def ended_json(source_ids: Sequence[str]) -> str:
    """What a sender says when it is done."""
    return json.dumps({"event": ENDED, "source_ids": list(source_ids)})


def trial_control_source() -> str:
    """What the source id of every trial control on this computer begins with; see `groundup.lsl.trial_control`."""
    return f"groundup/desk/{socket.gethostname()}/"


def trial_control_predicate() -> str:
    """LSL predicate of the trial controls of this computer: every recorder on it hears them."""
    return f"name='{CONTROL}' and starts-with(source_id,'{trial_control_source()}')"
