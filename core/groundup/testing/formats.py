"""The laws of importers and exporters: nothing is lost or made up, a damaged file is said, nothing else is touched."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from groundup.lab.settings import Settings
from groundup.model.anatomy import is_site
from groundup.model.streams import DTYPES
from groundup.plugin.formats import Exporter, Imported, ImportedStream, Importer, Progress
from groundup.recording import Recording
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.testing.law import Contract, LawBrokenError, NotTried, described, require
from groundup.testing.recordings import awkward_recording

_DAMAGED = 12


class ImporterContract(Contract):
    """Laws of an importer.

    ::

        class TestMyFormat(ImporterContract):
            importer = MyFormat

            def file(self, folder):
                path = folder / "walk.myf"
                path.write_text(...)
                return path

    Attributes
    ----------
    importer : type of Importer
    settings : Settings, optional
        What ``[import.NAME]`` says; without it the defaults.
    """

    importer: ClassVar[type[Importer]]
    settings: ClassVar[Settings | None] = None

    def file(self, folder: Path) -> Path:
        """A file that it reads: written into the folder, or one that is there already."""
        raise NotTried("it was given no file to read: write file(folder) in your contract, or name one with --file")

    def _read(self, path: Path) -> Imported:
        return self.importer(self.settings).read(path)

    def _folder(self, stack: ExitStack) -> tuple[Path, Path]:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return folder, self.file(folder)

    def test_it_says_what_it_is(self) -> None:
        """A name for ``[import.NAME]``, a docstring, and the endings of its files."""
        described(self.importer, getattr(self.importer, "name", None), "importer")
        suffixes = getattr(self.importer, "suffixes", ())
        good = suffixes and all(s.startswith(".") and s == s.lower() for s in suffixes)
        require(good, f"suffixes are {suffixes!r}: endings with their dot, in lower case")

    def test_it_needs_no_settings(self) -> None:
        """A file can be opened with nothing but its name."""
        try:
            self.importer()
        except TypeError as error:
            raise LawBrokenError(f"{self.importer.__name__}() raised {error}: give every key a default") from error

    def test_it_knows_its_own_files_and_no_others(self) -> None:
        """``sniff`` is asked of every file."""
        with ExitStack() as stack:
            folder, path = self._folder(stack)
            require(self.importer.sniff(path) is True, f"sniff() does not know {path.name}: return True for your files")
            other = folder / "other.unheard_of"
            other.write_bytes(b"\x00\xff" * 100)
            require(
                self.importer.sniff(other) is False, "sniff() takes any file for its own: look at the ending or start"
            )

    def test_what_it_reads_fits_together(self) -> None:
        """A row a time, a column a channel, ids that differ, times that go forwards."""
        with ExitStack() as stack:
            imported = self._read(self._folder(stack)[1])
        require(isinstance(imported, Imported), f"read() gives {type(imported).__name__}: return an Imported")
        require(imported.streams, "it reads no stream: return an ImportedStream for each")
        ids = [stream.id for stream in imported.streams]
        require(len(set(ids)) == len(ids), f"two streams have one id ({', '.join(ids)})")
        for stream in imported.streams:
            _fits(stream)

    def test_the_same_file_gives_the_same(self) -> None:
        """And is not changed by reading."""
        with ExitStack() as stack:
            _, path = self._folder(stack)
            before = _sum(path)
            one, other = self._read(path), self._read(path)
            require(_sum(path) == before, "reading changes the file: open it for reading only")
        for a, b in zip(one.streams, other.streams, strict=True):
            require(
                _same(a.samples, b.samples) and _same(a.timestamps, b.timestamps), f"{a.id} is read differently twice"
            )

    def test_what_is_read_is_what_is_recorded(self) -> None:
        """Round trip: sealed and opened again, every sample and time is there to the bit."""
        with ExitStack() as stack:
            folder, path = self._folder(stack)
            imported = self._read(path)
            sealed = folder / "round_trip.h5"
            seal(source_from_import(imported), sealed)
            with Recording(sealed) as recording:
                for stream in imported.streams:
                    found = recording.streams[stream.id]
                    same = _same(np.asarray(found.timestamps), stream.timestamps)
                    require(same, f"{stream.id}: its times do not survive sealing: give float64 seconds")
                    values = found.values()
                    if isinstance(values, np.ndarray) and isinstance(stream.samples, np.ndarray):
                        require(
                            _same(values, stream.samples), f"{stream.id}: its samples are not as {stream.spec.format}"
                        )

    def test_a_damaged_file_is_said(self) -> None:
        """Cut short, or with wrong bytes: a ValueError in words, or what could be read; never another error."""
        with ExitStack() as stack:
            folder, path = self._folder(stack)
            if not path.is_file():
                raise NotTried("it reads folders")
            whole, random = path.read_bytes(), np.random.default_rng(2)
            cuts = [whole[: len(whole) * n // _DAMAGED] for n in range(_DAMAGED)]
            spoilt = []
            for _ in range(_DAMAGED):
                wrong = bytearray(whole)
                for at in random.integers(0, len(wrong), 8):
                    wrong[at] = int(random.integers(0, 256))
                spoilt.append(bytes(wrong))
            damaged = folder / f"damaged{path.suffix}"
            for what, data in [*(("cut short", d) for d in cuts), *(("with wrong bytes", d) for d in spoilt)]:
                damaged.write_bytes(data)
                self._damaged(damaged, what)

    def _damaged(self, path: Path, what: str) -> None:
        try:
            self._read(path)
        except ValueError as error:
            require(str(error), f"a file {what} raises a ValueError without a word: say what and where")
        except Exception as error:
            kind = type(error).__name__
            raise LawBrokenError(
                f"a file {what} raises {kind}: {error}: raise ValueError with what and where"
            ) from error


class ExporterContract(Contract):
    """Laws of an exporter.

    ::

        class TestMyFormat(ExporterContract):
            exporter = MyFormat

    Attributes
    ----------
    exporter : type of Exporter
    importer : type of Importer, optional
        What reads it back: then samples and times are compared.
    """

    exporter: ClassVar[type[Exporter]]
    importer: ClassVar[type[Importer] | None] = None

    def recording(self, folder: Path) -> Path:
        """A recording that it can write; by default one with all that a format may stumble over."""
        return awkward_recording(folder)

    def _written(self, stack: ExitStack) -> tuple[Path, Path, list[str], list[float]]:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = self.recording(folder)
        (folder / "out").mkdir()
        out, shares = folder / "out" / f"made{self.exporter.suffix}", list[float]()
        with Recording(path) as recording:
            left_out = self._write(recording, out, shares.append)
        return path, out, left_out, shares

    def _write(self, recording: Recording, out: Path, progress: Progress) -> list[str]:
        try:
            return self.exporter().write(recording, out, progress)
        except ValueError as error:
            raise NotTried(f"it refuses the recording ({error}): give it one in recording(folder)") from error

    def test_it_says_what_it_is(self) -> None:
        """A name for ``groundup export --to``, a docstring, and the ending of what it makes."""
        described(self.exporter, getattr(self.exporter, "name", None), "exporter")
        suffix = getattr(self.exporter, "suffix", None)
        good = isinstance(suffix, str) and (not suffix or suffix.startswith("."))
        require(good, f"suffix is {suffix!r}: an ending with its dot, or empty if it makes a folder")

    def test_it_makes_what_it_was_asked_for_and_nothing_else(self) -> None:
        """Stream names are data: none of them becomes a path outside."""
        with ExitStack() as stack:
            path, out, _, _ = self._written(stack)
            require(out.exists(), f"write() made no {out.name}: write to the path it is given")
            strays = sorted(
                p.name for p in [*out.parent.iterdir(), *path.parent.iterdir()] if p not in (out, path, out.parent)
            )
            require(not strays, f"it also made {', '.join(strays)}: write below the path it is given, with safe names")
            folder = not self.exporter.suffix
            require(
                out.is_dir() == folder,
                f"suffix is {self.exporter.suffix!r}, and it makes a {'file' if folder else 'folder'}",
            )

    def test_the_recording_stays_as_it_was(self) -> None:
        """To the last byte."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            path = self.recording(folder)
            before = _sum(path)
            with Recording(path) as recording:
                self._write(recording, folder / f"made{self.exporter.suffix}", lambda share: None)
            require(_sum(path) == before, "it changes the recording: read from it only")

    def test_what_is_left_out_is_said(self) -> None:
        """A list of sentences."""
        with ExitStack() as stack:
            left_out = self._written(stack)[2]
        good = isinstance(left_out, list) and all(isinstance(text, str) and text for text in left_out)
        require(
            good, f"write() gives {left_out!r}: return a list of what was left out, a sentence each; empty for nothing"
        )

    def test_it_says_how_far_it_is(self) -> None:
        """Shares from 0 to 1, going up."""
        with ExitStack() as stack:
            shares = self._written(stack)[3]
        require(shares, "progress was never told: call it with the share that is done, at least once a stream")
        good = all(0.0 <= share <= 1.0 + 1e-9 for share in shares) and sorted(shares) == shares
        require(good, f"progress was told {shares[:5]} ...: shares from 0 to 1, going up")

    def test_what_is_written_reads_back(self) -> None:
        """The same number of samples, with the same values, of every regular stream."""
        if self.importer is None:
            raise NotTried("no importer was named that reads it back")
        if self.exporter.rearranges:
            raise NotTried("it says that streams do not come back one by one")
        with ExitStack() as stack:
            path, out, _, _ = self._written(stack)
            if not self.importer.sniff(out):
                raise NotTried(f"{self.importer.__name__} does not read what it makes as a whole")
            back = {stream.spec.name: stream for stream in self.importer().read(out).streams}
            with Recording(path) as recording:
                for stream in recording.streams.values():
                    values = stream.values()
                    if not isinstance(values, np.ndarray) or not len(values):
                        continue
                    found = back.get(stream.spec.name) or back.get(stream.id)
                    if found is None:
                        raise LawBrokenError(f"stream {stream.id} ({stream.spec.name!r}) does not come back")
                    same = len(found.samples) == len(values) and np.allclose(
                        np.asarray(found.samples, np.float64), values.astype(np.float64), rtol=1e-6, equal_nan=True
                    )
                    require(same, f"stream {stream.id} comes back with other samples")


def _fits(stream: ImportedStream) -> None:
    spec, count = stream.spec, len(stream.timestamps)
    require(len(stream.samples) == count, f"{stream.id}: {len(stream.samples)} samples for {count} times")
    times = np.asarray(stream.timestamps)
    require(times.dtype == np.float64, f"{stream.id}: times are {times.dtype}: give float64, in seconds")
    require((np.diff(times[np.isfinite(times)]) >= 0).all(), f"{stream.id}: its times go back")
    if isinstance(stream.samples, np.ndarray) and spec.format != "string":
        shape = (count, len(spec.channels))
        require(stream.samples.shape == shape, f"{stream.id}: samples {stream.samples.shape} for {shape[1]} channels")
        good = stream.samples.dtype == DTYPES[spec.format]
        require(good, f"{stream.id}: samples are {stream.samples.dtype}, and its format is {spec.format}")
    require(np.isfinite(spec.rate) and spec.rate >= 0, f"{stream.id}: rate is {spec.rate}; 0 is for irregular")
    if spec.rate > 0 and count > 20:
        rate = (count - 1) / (times[-1] - times[0]) if times[-1] > times[0] else np.inf
        require(
            rate < 1.5 * spec.rate,
            f"{stream.id}: times lie at {rate:.4g} Hz, and its rate is {spec.rate:g}: in seconds?",
        )
    for c in spec.channels:
        require(c.label, f"{stream.id}: every channel needs a label")
        require(
            not c.site or is_site(c.site),
            f"{stream.id}: {c.label} is at {c.site!r}, which groundup.model.anatomy does not know",
        )
    probes = np.asarray(stream.probes)
    require(
        probes.ndim == 2 and probes.shape[1] in (2, 3), f"{stream.id}: probes have the shape {probes.shape}, not (P, 3)"
    )


def _same(one: Any, other: Sequence[Any] | np.ndarray[Any, Any]) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype.kind not in "OUS":
        return one.shape == other.shape and one.tobytes() == np.ascontiguousarray(other, one.dtype).tobytes()
    return [list(row) for row in one] == [list(row) for row in other]


def _sum(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return "".join(_sum(part) for part in sorted(path.rglob("*")) if part.is_file())
