"""Which streams are opened, and whether it is a fault when one is not there."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundup.lab.tables import Lab
from groundup.lsl.control import trial_control_predicate
from groundup.lsl.predicate import check_predicate
from groundup.lsl.stream_names import LIVE, LIVE_EVENTS, LIVE_METRICS, id_of_source, source_prefix


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
    of_device : bool
        Whether it is for all streams of the device `id`, which say their names themselves.
    companion : bool
        Whether it is for what drivers send beside their streams, which comes and goes with these.
    """

    id: str = ""
    predicate: str = ""
    required: bool | None = None
    of_device: bool = False
    companion: bool = False

    @property
    def words(self) -> str:
        """What is looked for, to a person: a predicate only where the name does not say it."""
        if not self.id:
            return self.predicate
        return self.id if "source_id" in self.predicate else f"{self.id} ({self.predicate})"


TICKS_REQUEST = StreamRequest("ticks", required=False, companion=True)
"""What drivers make their time stamps of: recorded with their streams, whichever these are."""

STATUS_REQUEST = StreamRequest("status", required=False, companion=True)
"""What devices say of themselves: recorded with their streams, too."""

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
        streams = [StreamRequest(id, _predicate(lab, id), stream.required) for id, stream in lab.streams.items()]
        devices = [
            StreamRequest(name, f"starts-with(source_id,'{source_prefix(name)}')", device.required, of_device=True)
            for name, device in lab.devices.items()
        ]
        requests = [*streams, *devices, *requests]
    requests = requests or [StreamRequest()]
    if lab is not None and lab.has_live:
        outlets = (("live_events", LIVE_EVENTS), ("live_metrics", LIVE_METRICS))
        live = [StreamRequest(id, f"source_id='{source_prefix(LIVE)}{name}'", required=False) for id, name in outlets]
        requests = [*live, *requests]
    for request in requests:
        check_predicate(request.predicate)
    return requests


def announced(source: str, required: bool) -> StreamRequest:
    """A stream that a driver of this computer has announced, by its source id."""
    return StreamRequest(id_of_source(source), f"source_id='{source}'", required)


def _predicate(lab: Lab, id: str) -> str:
    """The predicate that finds a stream of lab.toml.

    It is one of a device that is started here; or one of that name, or that a driver elsewhere calls so.
    """
    if lab.streams[id].match:
        return lab.predicate(id)
    device, _, key = id.partition(".")
    if device in lab.devices:
        return f"source_id='{source_prefix(device)}{key}'"
    return f"{lab.predicate(id)} or substring-after(substring-after(source_id,'groundup/'),'/')='{device}/{key}'"
