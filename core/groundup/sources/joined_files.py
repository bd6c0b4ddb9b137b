"""Recordings of one visit as one source on the clock of the first, once it is known how their clocks lie."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundup.clock import Certificate
from groundup.clock.joint import Joint
from groundup.clock.stamps import PIECE
from groundup.lab.stream_tables import safe_id
from groundup.model.ledger import LedgerRow
from groundup.model.signals import Floats
from groundup.model.source import PROBE, Source, SourceStream
from groundup.model.subject import Subject
from groundup.recording import Recording, Stream, hdf, tables
from groundup.sources.open_source import sealed_stream
from groundup.sources.several_files import JoinError, one_person


@dataclass(frozen=True)
class JoinedStream:
    """A stream of one of the files, with its id in the joined recording."""

    id: str
    file: int
    stream: Stream


@dataclass(frozen=True)
class _Moved:
    """The time that a stream has in its own recording, moved onto another clock."""

    stream: Stream
    joint: Joint | None
    certificate: Certificate
    ledger: tuple[LedgerRow, ...] = ()

    @property
    def rate(self) -> float:
        """Hz on the clock of the joined recording."""
        return self.stream.rate / (1.0 + 1e-6 * (self.joint.drift_ppm if self.joint is not None else 0.0))

    def pieces(self, size: int = PIECE) -> Iterator[tuple[slice, Floats, Floats]]:
        """Time and uncertainty, `size` samples at a time."""
        group = self.stream.sync
        for begin in range(0, len(self.stream), size):
            part = slice(begin, min(begin + size, len(self.stream)))
            time, sd = hdf.read(group["time"], part), hdf.read(group["uncertainty"], part)
            if self.joint is None:
                yield part, time, sd
            else:
                yield part, self.joint.onto(time), np.hypot(sd, self.joint.half_width(time) / 2.0)


def streams_of(names: Sequence[str], recordings: Sequence[Recording]) -> list[JoinedStream]:
    """All streams of all files; one whose id an earlier file has already gets the name of its file before it."""
    found: list[JoinedStream] = []
    used: set[str] = set()
    for place, recording in enumerate(recordings):
        prefix = "".join(c if c.isalnum() or c in "_-" else "_" for c in Path(names[place]).stem)[:40]
        for stream in (*recording.streams.values(), *recording.companions.values()):
            name, count = stream.id, 1
            while name in used or not safe_id(name):
                name = f"{prefix}_{stream.id}" if count == 1 else f"{prefix}_{stream.id}_{count}"
                count += 1
            used.add(name)
            found.append(JoinedStream(name, place, stream))
    return found


def joined_source(
    names: Sequence[str],
    recordings: Sequence[Recording],
    streams: Sequence[JoinedStream],
    recording_id: str,
    person: Subject,
) -> Source:
    """Everything of all files in one source, each still on its own clock.

    Parameters
    ----------
    names : sequence of str
        Of the files, as sentences call them.
    recordings : sequence of Recording
    streams : sequence of JoinedStream
    recording_id : str
    person : Subject
        What lab.toml says of the person: in that, files may differ.

    Raises
    ------
    JoinError
        If the files are of two people.
    """
    ids = {recording.participant_id for recording in recordings} - {""}
    if len(ids) > 1:
        raise JoinError(f"one recording is of one person, and these are of {' and '.join(sorted(ids))}")
    people = [(Path(name), recording.participant) for name, recording in zip(names, recordings, strict=True)]
    subject = one_person(people, person)
    labs = [(n, r.lab_toml) for n, r in zip(names, recordings, strict=True) if r.lab_toml]
    left = [n for n, text in labs[1:] if text != labs[0][1]]
    nan = float("nan")
    rows = [
        LedgerRow(nan, "", "joined", "info", 0, f"the lab.toml of {name} is not kept: that of {labs[0][0]} is")
        for name in left
    ]
    first = recordings[0]
    return Source(
        streams=[
            replace(sealed_stream(recordings[one.file], one.stream), id=one.id, ledger=_ledger(one)) for one in streams
        ],
        recording_id=recording_id,
        started_utc=first.started_utc,
        clock_origin=first.clock_origin,
        lab_toml=labs[0][1] if labs else "",
        subject=subject,
        participant_id=next(iter(ids), ""),
        ledger=tuple(rows),
        software={key: version for recording in reversed(recordings) for key, version in recording.software.items()},
    )


def _ledger(one: JoinedStream) -> tuple[LedgerRow, ...]:
    rows = tables.rows_of(hdf.read(one.stream.group["ledger"]))
    return tuple(replace(LedgerRow(*row), stream=one.id) for row in rows)


def on_one_clock(
    source: Source,
    names: Sequence[str],
    recordings: Sequence[Recording],
    streams: Sequence[JoinedStream],
    joints: Mapping[int, Joint],
) -> Source:
    """The same with what tells of times on the clock of the first file: probes, and the ledgers' lines.

    Parameters
    ----------
    joints : mapping of int to Joint
        Of every file but the first, by its place.
    """
    moved = [_moved(now, joints.get(one.file)) for now, one in zip(source.streams, streams, strict=True)]
    rows = [
        replace(row, time=_onto(row.time, joints.get(place)), message=f"{names[place]}: {row.message}")
        for place, recording in enumerate(recordings)
        for row in (LedgerRow(*values) for values in tables.rows_of(hdf.read(recording.hdf5["ledger"])))
    ]
    told = [LedgerRow(source.clock_origin, "", "joined", "info", j.coincidences, j.words) for j in joints.values()]
    by_hand = [replace(row, severity="warning") if joint.method == "hand" else row
               for row, joint in zip(told, joints.values(), strict=True)]  # fmt: skip
    return replace(source, streams=moved, ledger=(*source.ledger, *rows, *by_hand))


def _onto(time: float, joint: Joint | None) -> float:
    return time if joint is None else float(joint.onto(np.array([time]))[0])


def _moved(stream: SourceStream, joint: Joint | None) -> SourceStream:
    if joint is None:
        return stream
    ledger = tuple(replace(row, time=_onto(row.time, joint)) for row in stream.ledger)
    probes = stream.probes if len(stream.probes) else _made_probes(stream)
    probes = probes.copy()
    there = probes["time"] + probes["offset"]
    probes["offset"] = joint.onto(there) - probes["time"]
    probes["collected"] = joint.onto(probes["collected"])
    if not len(stream.probes):
        probes["round_trip"] = 2.0 * joint.half_width(there)
    arrivals = stream.arrivals.copy()
    for name in ("after", "by"):
        arrivals[name] = joint.onto(arrivals[name])
    return replace(stream, ledger=ledger, probes=probes, arrivals=arrivals)


def _made_probes(stream: SourceStream) -> NDArray[np.void]:
    """Measurements of the clock of a file that has none: its first and last stamp, which are its clock's time."""
    low, high = np.inf, -np.inf
    for stamps, _ in stream.blocks():
        known = stamps[np.isfinite(stamps)]
        low, high = min(low, float(known.min(initial=low))), max(high, float(known.max(initial=high)))
    ends = [low, high] if high > low else [low] if np.isfinite(low) else []
    return np.array([(t, 0.0, np.nan, np.nan) for t in ends], PROBE)


def times_of(streams: Sequence[JoinedStream], joints: Mapping[int, Joint]) -> dict[str, _Moved]:
    """The time of every stream on the clock of the first file, with its certificate."""
    found = {}
    for one in streams:
        joint = joints.get(one.file)
        own = one.stream.certificate
        certificate = replace(own, reason=f"{own.reason}; others were joined to its clock") if joint is None else (
            _certificate(own, joint, one.stream)
        )  # fmt: skip
        found[one.id] = _Moved(one.stream, joint, certificate)
    return found


def _certificate(own: Certificate, joint: Joint, stream: Stream) -> Certificate:
    """What is known of a joined stream: what its file knows of it, and what the joint adds where it is known least."""
    ends = [float(part[k]) for part in stream.time_pieces() for k in (0, -1) if len(part) and np.isfinite(part[k])]
    half = 1e3 * float(np.max(joint.half_width(np.array(ends)))) if ends else float("nan")
    offset = 1e3 * (joint.offset_high_s - joint.offset_low_s) / 2.0
    alone = not len(stream.group["probes"])  # its clock was never measured
    bound = half if alone else own.bound_ms + half
    unseen = (0.0 if not np.isfinite(own.asymmetry_ms) else own.asymmetry_ms) + offset
    within = "within its file the times are the file's own" if alone else f"within its file: {own.reason}"
    return Certificate(bound, 0.95, unseen, f"{joint.words}; {within}")
