"""Contacts that several sources saw: the best of them speaks, and the others only where it is silent."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from groundup.analysis.gait.strides import MIN_CONFIDENCE, MIN_STRIDE_S, source_order
from groundup.model.events import Event

SAME_STEP_S = MIN_STRIDE_S / 2
"""A sensor on the body may see a contact that much early or late; the two feet never land so close together."""


def fuse_events(events: Sequence[Event]) -> list[Event]:
    """Events without the initial contacts by sensors on the body that a better source saw too.

    A sensor sees a contact some 20 to 80 ms beside a plate, and one at the low back may take the wrong foot for it:
    beside a surer contact neither is news. What a sensor saw and no better source did stays.

    Parameters
    ----------
    events : sequence of Event
        In order of time.

    Returns
    -------
    list of Event
    """
    sure = [
        (e.time, source_order(e.source)) for e in events if e.kind == "IC" and e.side and e.confidence >= MIN_CONFIDENCE
    ]

    def better_saw(event: Event) -> bool:
        first = bisect_left(sure, event.time - SAME_STEP_S, key=_time)
        near = sure[first : bisect_right(sure, event.time + SAME_STEP_S, key=_time)]
        return any(order < source_order(event.source) for _, order in near)

    return [e for e in events if e.kind != "IC" or not e.source.startswith("imu:") or not better_saw(e)]


def _time(contact: tuple[float, int]) -> float:
    return contact[0]
