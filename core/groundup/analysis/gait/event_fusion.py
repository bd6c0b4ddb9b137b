"""Contacts that several sources saw: the best of them speaks, and the others only where it is silent."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from groundup.analysis.gait.strides import MIN_CONFIDENCE, MIN_STRIDE_S, source_order
from groundup.model.events import Event

SAME_STEP_S = MIN_STRIDE_S / 2
"""A sensor on the body may see a contact that much early or late; the two feet never land so close together."""
NEIGHBOUR_STEPS = 4
"""So many of the steps that a better source saw too, nearest in time, must be of the foot that a sensor says."""


def fuse_events(events: Sequence[Event]) -> list[Event]:
    """Events without the initial contacts by sensors on the body that a better source saw too.

    A sensor sees a contact some 20 to 80 ms beside a plate, and one at the low back may take the wrong foot for it:
    beside a surer contact neither is news. What a sensor saw and no better source did stays, unless in one of the steps
    nearest to it that both saw the sensor took the wrong foot: then nobody knows which foot it means here.

    Parameters
    ----------
    events : sequence of Event
        In order of time.

    Returns
    -------
    list of Event
    """
    sure = [e for e in events if e.kind == "IC" and e.side and e.confidence >= MIN_CONFIDENCE]

    def better(event: Event) -> Event | None:
        first = bisect_left(sure, event.time - SAME_STEP_S, key=_time)
        near = sure[first : bisect_right(sure, event.time + SAME_STEP_S, key=_time)]
        of_better = [e for e in near if source_order(e.source) < source_order(event.source)]
        return min(of_better, key=lambda e: abs(e.time - event.time), default=None)

    worn = [e for e in events if e.kind == "IC" and e.source.startswith("imu:")]
    confirmed = {e: seen for e in worn if (seen := better(e))}
    shared: dict[str, list[tuple[float, bool]]] = {}
    for e, seen in confirmed.items():
        if e.side and e.confidence >= MIN_CONFIDENCE:
            shared.setdefault(e.source, []).append((e.time, e.side == seen.side))

    def other_foot(event: Event) -> bool:
        steps = shared.get(event.source, [])
        here = bisect_left(steps, (event.time, False))
        near = steps[max(here - NEIGHBOUR_STEPS, 0) : here + NEIGHBOUR_STEPS]
        near.sort(key=lambda step: abs(step[0] - event.time))
        return not all(same for _, same in near[:NEIGHBOUR_STEPS])

    alone = {e for e in worn if e not in confirmed and not other_foot(e)}
    return [e for e in events if e.kind != "IC" or not e.source.startswith("imu:") or e in alone]


def _time(event: Event) -> float:
    return event.time
