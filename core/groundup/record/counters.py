"""How every stream of a running recording does, in figures: for a status, and for the person at the screen."""

import math
from dataclasses import dataclass

from groundup import lsl
from groundup.inlets.stream_monitor import MOST_S
from groundup.record.recorder import Recorder


@dataclass(frozen=True)
class Counters:
    """A stream that is being recorded.

    Attributes
    ----------
    id, name, type : str
    unit : str
        Of its channels; both, where there are two; empty where there are more.
    channels, samples : int
    nominal_hz : float
        0 for an irregular stream.
    measured_hz : float
        By its own time stamps; NaN at first.
    missing : int
        What is owed at the rate that it says it has.
    silent_s : float
        Since the newest sample arrived; NaN before the first.
    lost : bool
        Whether its outlet is no more.
    in_sync : bool
        Whether its stamps are of the clock that is measured, as far as is known.
    health : tuple of (str, str)
        What its driver says of how it and its device do: words and colour.
    """

    id: str
    name: str
    type: str
    unit: str
    channels: int
    samples: int
    nominal_hz: float
    measured_hz: float
    missing: int
    silent_s: float
    lost: bool
    in_sync: bool = True
    health: tuple[tuple[str, str], ...] = ()


def counters(recorder: Recorder) -> list[Counters]:
    """Every stream's, in the order of joining."""
    now = lsl.clock()
    found = []
    away = recorder.out_of_sync()
    for id_, spec, (_, samples, first, last, arrived, lost, *_) in recorder.statuses():
        span = last - first if samples > 1 else 0.0
        # Of stamps that are no times nothing is owed: what came of it is told when it is sealed.
        owed = round(span * spec.rate) + 1 - samples if spec.rate and 0 < abs(span) < MOST_S else 0
        units = list(dict.fromkeys(channel.unit for channel in spec.channels))
        found.append(
            Counters(
                id=id_,
                name=spec.name,
                type=spec.type,
                unit=", ".join(units) if len(units) <= 2 and all(units) else "",
                channels=len(spec.channels),
                samples=samples,
                nominal_hz=spec.rate,
                measured_hz=(samples - 1) / span if 0 < span < MOST_S else math.nan,
                missing=max(0, owed),
                silent_s=now - arrived if arrived else math.nan,
                lost=lost,
                in_sync=id_ not in away,
                health=recorder.health(spec),
            )
        )
    return found
