"""What else is at work where a recording is made: another recorder on the same lab.toml, journals that lie unsealed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundup.lab.tables import Lab
from groundup.lsl.stream_names import SUFFIX
from groundup.model.ledger import Severity
from groundup.record.recorder import Recorder
from groundup.system import file_locks

_sealing: set[Path] = set()  # by this process, which goes on to the next recording meanwhile
_MOST = 5  # journals that are named one by one
_EVERY_S = 3.0


class OtherRecorders:
    """Watches for another recorder on the same lab.toml: each shares the lock of that file while it runs.

    Parameters
    ----------
    lab : Lab or None
    path : Path or None
        Of the lab.toml.
    """

    def __init__(self, lab: Lab | None, path: Path | None) -> None:
        self._path = path
        self._severity: Severity = "fault" if lab is not None and lab.devices else "warning"
        self._lock = file_locks.open_to_lock(path) if path is not None else None
        self._looked = -_EVERY_S
        self._reported = False
        if self._lock is not None:
            file_locks.take(self._lock, shared=True)

    def begin(self, recorder: Recorder) -> None:
        """Say what lies unsealed beside the journal that is begun."""
        left = unsealed(recorder.journal)
        for journal in left[:_MOST]:
            why = "its recorder was killed, or is about to seal it"
            message = f"{journal} lies unsealed: {why}. To seal it: groundup recover {journal}"
            recorder.note("unsealed", "warning", message)
        if len(left) > _MOST:
            message = f"{len(left) - _MOST} more journals lie unsealed in {recorder.journal.parent}"
            recorder.note("unsealed", "warning", message, count=len(left) - _MOST)
        self._reported, self._looked = False, -_EVERY_S
        self.look(recorder)

    def look(self, recorder: Recorder) -> None:
        """Say it once when another recorder runs with the same lab.toml."""
        now = recorder.elapsed()
        if self._lock is None or self._reported or now - self._looked < _EVERY_S:
            return
        self._looked = now
        alone = file_locks.take(self._lock)
        file_locks.take(self._lock, shared=True)
        if alone is False:
            self._reported = True
            what = "both record the same streams, and each starts the devices"
            message = f"another groundup record runs with {self._path}: {what}"
            recorder.note("recorder", self._severity, message)

    def close(self) -> None:
        """Let go of the lock. Safe to call twice."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def unsealed(journal: Path) -> list[Path]:
    """Journals in the folder of this one that nobody writes or seals now, and of which there is no recording."""
    try:
        found = sorted(journal.absolute().parent.glob(f"*{SUFFIX}"))
    except OSError:
        return []
    return [
        other
        for other in found
        if other.name != journal.name
        and other not in _sealing
        and not other.with_name(other.name.removesuffix(SUFFIX) + ".h5").exists()
        and not _in_use(other)
    ]


@contextmanager
def being_sealed(journal: Path) -> Iterator[None]:
    """A journal that this process seals while the block runs lies beside no other."""
    path = journal.absolute()
    _sealing.add(path)
    try:
        yield
    finally:
        _sealing.discard(path)


def _in_use(journal: Path) -> bool:
    descriptor = file_locks.open_to_lock(journal)
    if descriptor is None:
        return False
    try:
        return file_locks.take(descriptor, shared=True) is False
    finally:
        os.close(descriptor)
