"""Several files of one visit as one recording: on one clock where files or people tell it, else one after the other.

A usual lab has MVIC, rest and walking in a file each. What no file tells is how long it was between them: then each is
a trial of its own, named after its file, and the ledger says that times between files mean nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundup.lab.stream_tables import safe_id
from groundup.lsl.control import CONTROL, control_spec
from groundup.lsl.control_messages import trial_start_json, trial_stop_json
from groundup.model.subject import Subject
from groundup.plugin.formats import Imported, ImportedStream

BETWEEN_S = 10.0
"""Put between files whose distance in time nobody knows: longer than any stride, so that nothing is cut across."""
_SAME_RATE = 1e-3
_TOGETHER = 0.9  # of the shorter file, that both cover
_SAME_PERSON = 0.05  # mass on two days, height in shoes


class JoinError(ValueError):
    """Files that cannot be one recording; the sentence says why."""


def joined(
    files: Sequence[tuple[Path, Imported]], offsets: Mapping[Path, float], person: Subject | None = None
) -> Imported:
    """Put files together.

    Parameters
    ----------
    files : sequence of (Path, Imported)
        In the order in which they were recorded.
    offsets : mapping of Path to float
        What to add to the times of a file (s) so that they are on the clock of the first; the first has 0. A file
        without one comes after all that were before.
    person : Subject, optional
        What lab.toml says of the person: in that, files may differ.

    Returns
    -------
    Imported
        Streams of the same type, labels, units and rate, that do not overlap, are one stream: EMG of MVIC and of
        walking are then of one channel. A file that is not on the first one's clock is a trial with its name.

    Raises
    ------
    JoinError
        If a file has no sample with a time, or the files are of people of different mass, height or age.
    """
    subject = one_person([(path, imported.subject) for path, imported in files], person or Subject())
    streams: list[ImportedStream] = []
    notes: list[str] = []
    messages: list[tuple[float, str]] = []
    known = {**_of_one_clock(files, notes), **offsets}
    apart = [path for path, _ in files[1:] if path not in known]
    end = -math.inf
    for path, imported in files:
        first, last = _span(path, imported)
        shift = known.get(path, 0.0) if path not in apart else end + BETWEEN_S - first
        end = max(end, last + shift)
        for stream in imported.streams:
            _add(streams, _later(stream, shift), path)
        if apart and (path in apart or path == files[0][0]):
            t0, t1 = _covered(imported, (first, last))
            messages += [(t0 + shift, trial_start_json(path.stem, path.stem)), (t1 + shift, trial_stop_json())]
        notes += [_of(path, note) for note in imported.notes]
    if apart:
        names = ", ".join(path.name for path in apart)
        notes.append(
            f"how long it was between the files is not known: each of {names} is put {BETWEEN_S:g} s after what was "
            "before; no time across files means anything (import --offset FILE=SECONDS tells it; `groundup join` "
            "finds it in what both have measured)"
        )
        times = np.array([time for time, _ in messages])
        streams.append(ImportedStream("files", control_spec(), [[text] for _, text in messages], times))
    faults = tuple(_of(path, fault) for path, imported in files for fault in imported.faults)
    return Imported(tuple(streams), subject, tuple(notes), faults)


def _of(path: Path, note: str) -> str:
    return note if note.startswith(path.name) else f"{path.name}: {note}"


def _of_one_clock(files: Sequence[tuple[Path, Imported]], notes: list[str]) -> dict[Path, float]:
    """The files whose own times are those of the first, with nothing to add to them.

    They say so themselves (`Imported.clock`), and were recorded at the same time: a clock may have begun anew since.
    """
    first, clock = files[0][0], files[0][1].clock
    same = [path for path, imported in files[1:] if clock and imported.clock == clock]
    if not same:
        return {}
    spans = {path: _span(path, imported) for path, imported in files if path == first or path in same}
    begin, end = spans[first]
    found = {}
    for path in same:
        start, stop = spans[path]
        if min(end, stop) - max(begin, start) >= _TOGETHER * min(end - begin, stop - start):
            found[path] = 0.0
    if found:
        names = ", ".join(path.name for path in found)
        notes.append(f"{names}: taken as they are, since by their own times they are on the clock of {first.name}")
    return found


def one_person(files: Sequence[tuple[Path, Subject]], person: Subject) -> Subject:
    """The person of all files: a value per kilogram of somebody else is wrong, and nothing would show it.

    Raises
    ------
    JoinError
        If they are of two people.
    """
    first: dict[str, tuple[Path, float]] = {}
    subject = Subject()
    for path, told in files:
        for key, value in told.numbers.items():
            if math.isnan(value) or not math.isnan(person.numbers[key]):
                continue
            other, known = first.setdefault(key, (path, value))
            if not math.isclose(value, known, rel_tol=_SAME_PERSON):
                raise JoinError(
                    f"one recording is of one person, and {key} is {value:g} in {path.name} and {known:g} in "
                    f"{other.name}: import what is of one person, or give {key} under [participant] in --lab"
                )
        subject = subject.over(told)
    return subject


def _span(path: Path, imported: Imported) -> tuple[float, float]:
    """First and last time of what was sampled in a file; of its events only where there is nothing else."""
    numeric = [s for s in imported.streams if s.spec.format != "string"] or list(imported.streams)
    times = [np.asarray(stream.timestamps, np.float64) for stream in numeric]
    finite = [part[np.isfinite(part)] for part in times]
    if not any(len(part) for part in finite):
        raise JoinError(f"{path} holds no sample with a time")
    return min(float(p.min()) for p in finite if len(p)), max(float(p.max()) for p in finite if len(p))


def _covered(imported: Imported, span: tuple[float, float]) -> tuple[float, float]:
    """The time that all sampled streams of a file cover, a sample less at both ends: what lies outside is a gap."""
    numeric = [s for s in imported.streams if s.spec.format != "string" and s.spec.rate > 0 and len(s.timestamps) > 2]
    step = max((1 / s.spec.rate for s in numeric), default=0.0)
    t0 = max((float(np.nanmin(s.timestamps)) for s in numeric), default=span[0]) + step
    t1 = min((float(np.nanmax(s.timestamps)) for s in numeric), default=span[1]) - step
    return (t0, t1) if t1 > t0 else span


def _later(stream: ImportedStream, shift: float) -> ImportedStream:
    times = np.asarray(stream.timestamps, np.float64) + shift
    return replace(stream, timestamps=times, pauses=tuple(t + shift for t in stream.pauses))


def _add(streams: list[ImportedStream], new: ImportedStream, path: Path) -> None:
    """Lengthen the stream that this is more of, or add it under an id of its own."""
    for index, old in enumerate(streams):
        if _is_more_of(old, new):
            streams[index] = replace(
                old,
                samples=np.concatenate([np.asarray(old.samples), np.asarray(new.samples)]),
                timestamps=np.concatenate([old.timestamps, new.timestamps]),
                pauses=(*old.pauses, float(np.nanmax(old.timestamps)), *new.pauses),
            )
            return
    used = {stream.id for stream in streams} | {"files"}
    prefix = "".join(c if c.isalnum() or c in "_-" else "_" for c in path.stem)[:40]
    name, count = new.id, 1
    while name in used or not safe_id(name):
        name = f"{prefix}_{new.id}" if count == 1 else f"{prefix}_{new.id}_{count}"
        count += 1
    streams.append(replace(new, id=name))


def _is_more_of(old: ImportedStream, new: ImportedStream) -> bool:
    a, b = old.spec, new.spec
    alike = (a.type, a.format, a.plate, a.channels) == (b.type, b.format, b.plate, b.channels) and a.name != CONTROL
    if not alike or a.format == "string" or not math.isclose(a.rate, b.rate, rel_tol=_SAME_RATE):
        return False
    if not len(old.timestamps) or not len(new.timestamps) or len(old.probes) or len(new.probes):
        return False
    return float(np.nanmax(old.timestamps)) < float(np.nanmin(new.timestamps))
