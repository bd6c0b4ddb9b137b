"""Time: every stream mapped onto the lab clock, with a statement of how well that is known.

`synchronise` is the whole interface: streams with their device time stamps and probes in, lab time with its
uncertainty and a certificate out. `follow` is the same for streams longer than memory: their stamps are read, and
their time is given, in pieces. `groundup.clock.live` has the causal forms.
"""

from collections.abc import Sequence

from groundup.clock.certificate import COVERAGE, IN_SYNC_MS, Certificate, sync_words, within
from groundup.clock.clock_input import ClockInput
from groundup.clock.clock_offsets import examine_probes, pool_probes
from groundup.clock.device_clock import Piece, fit_clock
from groundup.clock.device_stream import DeviceStream
from groundup.clock.lab_time import LabTime
from groundup.clock.other_clock import OtherClock, other_clock
from groundup.clock.probes import Probes
from groundup.clock.shared_clock import same_clock
from groundup.clock.stamps import Stamps
from groundup.clock.stream_synchronisation import synchronise_stream
from groundup.clock.synced_time import LazySyncedTime, SyncedTime, TimeSource

__all__ = [
    "COVERAGE",
    "IN_SYNC_MS",
    "Certificate",
    "ClockInput",
    "LabTime",
    "LazySyncedTime",
    "SyncedTime",
    "TimeSource",
    "follow",
    "sync_words",
    "synchronise",
    "within",
]


def synchronise(streams: Sequence[ClockInput]) -> list[SyncedTime]:
    """Map streams onto the lab clock.

    Parameters
    ----------
    streams : sequence of ClockInput

    Returns
    -------
    list of SyncedTime
        In the same order.
    """
    return [followed.synced() for followed in follow(streams)]


def follow(streams: Sequence[ClockInput]) -> list[LazySyncedTime]:
    """Map streams onto the lab clock with memory that does not grow with their length.

    Parameters
    ----------
    streams : sequence of ClockInput

    Returns
    -------
    list of LazySyncedTime
        In the same order. Regular streams' stamps are no longer needed; others' are read again with their times.
    """
    looks = [examine_probes(stream.probes, Stamps(stream.timestamps)) for stream in streams]
    pieces: dict[int, list[Piece]] = {}
    for seed, (together, members) in enumerate(_clocks(streams, looks)):
        fitted = fit_clock(together, 1000 * seed)
        pieces.update(dict.fromkeys(members, fitted))
    found: list[LazySyncedTime] = []
    for i, (stream, mine) in enumerate(zip(streams, looks, strict=True)):
        other = other_clock(stream, mine, pieces[i])
        if other is None:
            found.append(synchronise_stream(DeviceStream(stream, mine, pieces[i], 1_000_000 + i)))
        else:
            found.append(_by_arrival(*other, 1_000_000 + i))
    return found


def _by_arrival(stream: ClockInput, other: OtherClock, seed: int) -> LazySyncedTime:
    """A stream whose stamps are of another clock than the measured one: its arrivals are the measurements."""
    mine = examine_probes(stream.probes)
    return synchronise_stream(DeviceStream(stream, mine, fit_clock(mine, seed), seed, other))


def _clocks(streams: Sequence[ClockInput], looks: Sequence[Probes]) -> list[tuple[Probes, list[int]]]:
    """Probes of each clock, and the streams that run on it: of one host, and only while they agree."""
    groups: list[list[int]] = []
    for index, (stream, mine) in enumerate(zip(streams, looks, strict=True)):
        for group in groups:
            first = group[0]
            if stream.host and stream.host == streams[first].host and same_clock(looks[first], mine):
                group.append(index)
                break
        else:
            groups.append([index])
    clocks: list[tuple[Probes, list[int]]] = []
    for group in groups:
        together = pool_probes([looks[i] for i in group]) if len(group) > 1 else looks[group[0]]
        if len(together.steps) != len(looks[group[0]].steps):
            clocks += [(looks[i], [i]) for i in group]
        else:
            clocks.append((together, group))
    return clocks
