"""Which streams are opened, and whether it is a fault when one is not there."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundup.lab.tables import Lab
from groundup.lsl.control import trial_control_predicate
from groundup.lsl.predicate import check_predicate
from groundup.lsl.stream_names import LIVE, LIVE_EVENTS, LIVE_METRICS, source_prefix


@dataclass(frozen=True)
class StreamRequest:
    """A stream to open.

    Attributes
    ----------
    id : str
        Key in the recording; empty for "number them as they join".
    predicate : str
        LSL (XPath) predicate; empty matches every stream.
    required : bool, optional
        Whether its absence is a fault. Of a stream that is not required nothing is a fault; where nobody says (None)
        one of markers may end when its program does, but one with a rate may not stop.
    """

    id: str = ""
    predicate: str = ""
    required: bool | None = None


TICKS_REQUEST = StreamRequest("ticks", required=False)
"""What drivers make their time stamps of: recorded with their streams, whichever these are."""

TRIAL_CONTROL = StreamRequest("desk", trial_control_predicate())
"""The trials and markers that a person gives; its id in recordings is "desk"."""


def stream_requests(lab: Lab | None, predicates: Sequence[str]) -> list[StreamRequest]:
    """Which streams a session opens: those of lab.toml by its ids, those of its devices, and those by their predicate.

    Raises
    ------
    ValueError
        If a predicate is none.
    """
    requests = [StreamRequest(predicate=predicate, required=True) for predicate in predicates]
    if lab is not None:
        streams = [StreamRequest(id, lab.predicate(id), stream.required) for id, stream in lab.streams.items()]
        devices = [
            StreamRequest(name, f"starts-with(source_id,'{source_prefix(name)}')", device.required)
            for name, device in lab.devices.items()
        ]
        requests = [*streams, *devices, *requests]
    requests = requests or [StreamRequest()]
    if lab is not None and lab.lives:
        outlets = (("live_events", LIVE_EVENTS), ("live_metrics", LIVE_METRICS))
        live = [StreamRequest(id, f"source_id='{source_prefix(LIVE)}{name}'", required=False) for id, name in outlets]
        requests = [*live, *requests]
    for request in requests:
        check_predicate(request.predicate)
    return requests
