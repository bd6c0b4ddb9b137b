"""A recording held against the source it was sealed from, to the bit."""

from collections.abc import Callable, Iterator

import h5py
import numpy as np

from groundup.model.source import ARRIVAL, PROBE, Block, Samples, Source, SourceStream
from groundup.recording import hdf, tables
from groundup.recording.blocks import CheckedBlocks, read_rows, same
from groundup.recording.checksums import Checksums
from groundup.recording.chunks import Chunks, spans
from groundup.recording.damage import damaged_rows
from groundup.recording.structure import Problem, RecordingError


def compare_with_source(
    file: h5py.File, source: Source, sums: Checksums, compared: Callable[[int], None]
) -> Iterator[Problem]:
    """Find what differs from the source; `compared` is told the samples."""
    sealed, given = set(file["streams"]), {stream.id for stream in source.streams}
    for name in sorted(sealed ^ given):
        where = "journal" if name in sealed else "recording"
        yield Problem(f"/streams/{name}", f"this stream is missing in the {where}")
    if hdf.get_text(file["lab/lab_toml"]) != source.lab_toml:
        yield Problem("/lab/lab_toml", "differs from the journal")
    if hdf.attr_text(file, "recording_id") != source.recording_id:
        yield Problem("/", "the recording id differs from the journal's")
    comparing: dict[int, _Comparison] = {}
    for index, stream in enumerate(source.streams):
        if stream.id in sealed:
            yield from _equal_description(file["streams"][stream.id], stream)
            comparing[index] = _Comparison(file["streams"][stream.id], stream, sums, compared)
    for index, block in source.blocks():
        if index in comparing:
            comparing[index].add(block)
    for comparison in comparing.values():
        comparison.close()
        if comparison.problem is not None:
            yield comparison.problem


def _equal_description(group: h5py.Group, stream: SourceStream) -> Iterator[Problem]:
    if hdf.get_text(group["header"]) != stream.header:
        yield Problem(f"{group.name}/header", "differs from the journal")
    if not same(group["probes"][...], np.asarray(stream.probes, PROBE)):
        yield Problem(f"{group.name}/probes", "differ from the journal")
    if "arrivals" in group and not same(group["arrivals"][...], np.asarray(stream.arrivals, ARRIVAL)):
        yield Problem(f"{group.name}/arrivals", "differ from the journal")
    expected = tables.rows_of(tables.channels_table(stream.spec.channels))
    if tables.rows_of(group["channels"][...]) != expected:
        yield Problem(f"{group.name}/channels", "differ from the journal")
    sealed = set(tables.rows_of(group["ledger"][...]))
    if {r[2:] for r in tables.rows_of(tables.ledger_table(stream.ledger))} - {r[2:] for r in sealed}:
        yield Problem(f"{group.name}/ledger", "lacks lines of the journal")


class _Comparison:
    """A sealed stream's samples and time stamps against those of its source, as these come.

    Attributes
    ----------
    problem : Problem or None
        The first difference; what comes after it is not looked at.
    """

    def __init__(
        self, group: h5py.Group, stream: SourceStream, sums: Checksums, compared: Callable[[int], None]
    ) -> None:
        self._group, self._compared, self._begin = group, compared, 0
        self._samples, self._stamps = (
            Chunks(group[name], sums.pieces.get(f"{group.name}/{name}", ())) for name in ("samples", "timestamps")
        )
        self._given = CheckedBlocks(stream)
        self.problem: Problem | None = None
        if len(self._samples) != stream.count:
            what = f"has {len(self._samples)} samples; the journal has {stream.count}"
            self.problem = Problem(self._samples.dataset.name, what)

    def add(self, block: Block) -> None:
        """Compare a block."""
        stamps, samples = self._given.add(block)
        if self.problem is None:
            self.problem = self._difference(self._samples, samples) or self._difference(self._stamps, stamps)
            self._begin += len(stamps)
            self._compared(len(stamps))

    def close(self) -> None:
        """Take it that there is no more."""
        self._given.end()

    def _difference(self, chunks: Chunks, values: Samples) -> Problem | None:
        for index, mine, theirs in spans(self._begin, len(values), len(chunks.rows)):
            begin = self._begin + theirs.start
            try:
                if isinstance(values, list):
                    sealed = read_rows(self._group, slice(begin, begin + theirs.stop - theirs.start))
                else:
                    chunks.read(index)
                    sealed = chunks.rows[mine]
            except (OSError, RecordingError):
                return damaged_rows(chunks.dataset, chunks.part(index))
            if not same(sealed, values[theirs]):
                return Problem(chunks.dataset.name, f"differs from the journal in the samples from {begin}")
        return None
