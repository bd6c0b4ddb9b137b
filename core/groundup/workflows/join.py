"""Files that were recorded apart, onto one clock: each becomes a recording, and what they share is found."""

import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from groundup.analysis.joining.choose import FileEvidence, by_hand, find_joint
from groundup.clock.joint import Joint, Method
from groundup.journal import is_xdf
from groundup.lab.tables import Lab
from groundup.model.source import Source
from groundup.model.subject import Subject
from groundup.recording import Recording
from groundup.recording.seal import Joined, seal
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import importer_of, read_file
from groundup.sources.joined_files import JoinedStream, joined_source, on_one_clock, streams_of, times_of
from groundup.sources.several_files import JoinError
from groundup.sources.with_lab import with_lab
from groundup.workflows.join_evidence import evidence_of
from groundup.workflows.seal_journal import seal_journal

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


def join(
    files: Sequence[Path],
    out: Path,
    *,
    lab: Lab | None = None,
    by: Method | None = None,
    offsets: Mapping[Path, float] | None = None,
    progress: Progress = lambda share: None,
) -> list[Joint]:
    """Join files into one recording on the clock of the first.

    Parameters
    ----------
    files : sequence of Path
        Recordings, XDF files, or what an importer reads; two or more.
    out : Path
        Where the recording goes; nothing is there if this raises.
    lab : Lab, optional
        Ids, sites, sides and units for all of them.
    by : {"channel", "trigger", "taps", "gait"}, optional
        The only evidence to go by; by default the best.
    offsets : mapping of Path to float, optional
        What a person says is to be added to the times of a file (s).
    progress : callable

    Returns
    -------
    list of Joint
        One for each file but the first.

    Raises
    ------
    NotJoinedError
        If nothing tells how two clocks lie.
    JoinError
        If the files are of two people, or one has nothing that was sampled.
    FileExistsError, ImportFailedError, LabError, RecordingError, SealError, OSError
    """
    if out.exists():
        raise FileExistsError(17, "exists", str(out))
    names = _names(files)
    with ExitStack() as stack:
        recordings = stack.enter_context(_recordings(files, out.absolute().parent, lab))
        progress(0.3)
        for name, recording in zip(names, recordings, strict=True):
            if not any(len(stream) for stream in recording.streams.values()):
                raise JoinError(f"{name} holds no sample: there is nothing to join")
        streams = streams_of(names, recordings)
        person = Subject() if lab is None else lab.subject
        source = joined_source(names, recordings, streams, str(uuid.uuid4()), person)
        if lab is not None:
            source = with_lab(source, lab)
        streams = [replace(one, id=now.id) for one, now in zip(streams, source.streams, strict=True)]
        joints = _joints(files, names, recordings, streams, source, by, offsets or {})
        progress(0.7)
        source = on_one_clock(source, names, recordings, streams, joints)
        of_file = [(joint, [one.id for one in streams if one.file == place]) for place, joint in joints.items()]
        joined = Joined(times_of(streams, joints), [*_earlier(recordings, streams), *of_file])
        seal(source, out, progress=lambda share: progress(0.7 + 0.3 * share), joined=joined)
    return list(joints.values())


def _earlier(recordings: Sequence[Recording], streams: Sequence[JoinedStream]) -> list[tuple[Joint, list[str]]]:
    """The joints that the files have already, with the ids that their streams have now."""
    now = {(one.file, one.stream.id): one.id for one in streams}
    return [
        (joint, [now[place, name] for name in ids if (place, name) in now])
        for place, recording in enumerate(recordings)
        for joint, ids in recording.joined_streams()
    ]


def _names(files: Sequence[Path]) -> list[str]:
    """What each file is called in sentences: its name, or its path where another has the same."""
    names = [file.name for file in files]
    return [file.name if names.count(file.name) == 1 else str(file) for file in files]


@contextmanager
def _recordings(files: Sequence[Path], folder: Path, lab: Lab | None) -> Iterator[list[Recording]]:
    """Every file as an open recording; what is none is made one for as long as this takes."""
    with ExitStack() as stack:
        there = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".joining-", dir=folder)))
        found = []
        for number, file in enumerate(files):
            path = file
            if file.suffix.lower() not in (".h5", ".hdf5"):
                path = there / f"{number}.h5"
                if is_xdf(file):
                    seal_journal(file, path, keep=True)
                else:
                    importer = importer_of(file)
                    made_by = {f"{importer.origin.distribution}:{importer.item.name}": importer.origin.version}
                    seal(source_from_import(read_file(file, lab), software=made_by), path)
            found.append(stack.enter_context(Recording(path)))
        yield found


def _joints(
    files: Sequence[Path],
    names: Sequence[str],
    recordings: Sequence[Recording],
    streams: Sequence[JoinedStream],
    source: Source,
    by: Method | None,
    offsets: Mapping[Path, float],
) -> dict[int, Joint]:
    """How every file but the first lies to it."""
    first: FileEvidence | None = None
    found = {}
    for place in range(1, len(files)):
        if files[place] in offsets:
            pivot = recordings[place].clock_origin
            found[place] = by_hand(names[place], names[0], offsets[files[place]], pivot)
            continue
        if first is None:
            first = evidence_of(names[0], recordings[0], streams, source, 0)
        found[place] = find_joint(first, evidence_of(names[place], recordings[place], streams, source, place), by)
    return found
