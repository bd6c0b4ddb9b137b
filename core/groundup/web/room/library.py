"""The recordings of a folder: who, when, trials, sync, quality and faults of each, read once and kept."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundup.lsl.stream_names import SUFFIX
from groundup.system.processes import python_command, python_environment
from groundup.web.room.memory import Memory
from groundup.web.room.recording_facts import NOTHING

TRASH = "trash"
"""Folder below the recordings into which what is deleted goes."""

_ENDINGS = (".h5", ".hdf5")
_MOST = 2000
_DEEPEST = 4
_AT_ONCE_S = 0.5  # what takes longer to read is shown when it is


class LibraryError(ValueError):
    """What cannot be done with a recording: a sentence for the page."""


class Library:
    """The recordings below a folder.

    Parameters
    ----------
    folder : Path
    memory : Memory
        What was read of recordings that have not changed since.
    """

    def __init__(self, folder: Path, memory: Memory) -> None:
        self._folder, self._memory = folder, memory
        self._known: dict[Path, tuple[tuple[float, int], dict[str, Any]]] = {}
        with suppress(TypeError, ValueError, AttributeError):  # of another version
            for path, (key, row) in memory.get("recordings", {}).items():
                self._known[Path(path)] = (key[0], key[1]), {**NOTHING, **row}
        self._reading: threading.Thread | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Every recording, the newest first, and every journal that nobody has sealed, for the browser."""
        paths = list(self._files(_ENDINGS))
        new = [path for path in paths if self._known.get(path, (None,))[0] != _key(path)]
        if new and (self._reading is None or not self._reading.is_alive()):
            self._reading = threading.Thread(target=self._read, args=(new,), name="groundup-library", daemon=True)
            self._reading.start()
            self._reading.join(_AT_ONCE_S)
        found = [self._row(path) for path in paths]
        left = [self._journal(path) for path in self._files((SUFFIX,)) if not _recording_of(path).exists()]
        return sorted([*found, *left], key=lambda row: row["started"] or "", reverse=True)

    def path(self, name: str) -> Path:
        """The file that a page names.

        Raises
        ------
        LibraryError
            If it is none of this folder.
        """
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            raise LibraryError(f"there is no recording {name[:200]} in this folder any more")
        if not path.name.endswith((*_ENDINGS, SUFFIX, ".html")):
            raise LibraryError(f"{name[:200]} is no recording")
        return self._folder / path.relative_to(self._folder.resolve())

    def delete(self, name: str) -> str:
        """Move a recording, with its report, into the trash; where it is now, below the folder."""
        path = self.path(name)
        trash = self._folder / TRASH
        trash.mkdir(exist_ok=True)
        to = _free(trash / path.name)
        shutil.move(path, to)
        page = path.with_suffix(".html")
        if page.is_file():
            shutil.move(page, to.with_suffix(".html"))
        return os.path.relpath(to, self._folder)

    def bring_back(self, name: str) -> str:
        """Move one out of the trash again; where it is now."""
        path = self.path(name)
        if path.parent != self._folder / TRASH:
            raise LibraryError(f"{name[:200]} is not in the trash")
        to = _free(self._folder / path.name)
        shutil.move(path, to)
        return to.name

    def _files(self, endings: tuple[str, ...]) -> Iterator[Path]:
        count = 0
        for folder, folders, files in os.walk(self._folder):
            here = Path(folder)
            deep = len(here.relative_to(self._folder).parts)
            folders[:] = sorted(one for one in folders if not one.startswith(".") and one != TRASH and deep < _DEEPEST)
            for name in sorted(files):
                if name.endswith(endings) and not name.startswith(".") and count < _MOST:
                    count += 1
                    yield here / name

    def _row(self, path: Path) -> dict[str, Any]:
        key, known = self._known.get(path, ((0.0, 0), {**NOTHING, "state": "reading", "started": _changed(path)}))
        page = path.with_suffix(".html").is_file()
        return {"name": os.path.relpath(path, self._folder), "bytes": key[1], "report": page, **known}

    def _read(self, paths: list[Path]) -> None:
        """Have what is new read by a process: a long recording takes its time, and a damaged one its reader with it."""
        begun = {path: _key(path) for path in paths}
        process = subprocess.Popen(
            python_command("groundup.web.room.recording_facts", *map(str, paths)), env=python_environment(),
            cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        unread = list(paths)
        for line in process.stdout:
            path = unread.pop(0)
            found = json.loads(line)
            self._known[path] = begun[path], {**found, "started": found["started"] or _changed(path)}
        process.wait()
        if unread:
            why = "its reader ended before it had read it: the file may be damaged (groundup verify says where)"
            bad = {**NOTHING, "state": "unreadable", "why": why, "started": _changed(unread[0])}
            self._known[unread[0]] = begun[unread[0]], bad
        self._memory.put(recordings={str(path): list(row) for path, row in self._known.items() if path.exists()})

    def _journal(self, path: Path) -> dict[str, Any]:
        why = "a journal that is being written, or that its recorder left when it was killed"
        name = os.path.relpath(path, self._folder)
        return {
            **NOTHING, "name": name, "bytes": _key(path)[1], "report": False, "state": "journal", "why": why,
            "started": _changed(path),
        }  # fmt: skip


def _key(path: Path) -> tuple[float, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0.0, 0
    return stat.st_mtime, stat.st_size


def _changed(path: Path) -> str:
    return datetime.fromtimestamp(_key(path)[0], UTC).isoformat(timespec="seconds")


def _recording_of(journal: Path) -> Path:
    return journal.with_name(journal.name.removesuffix(SUFFIX) + ".h5")


def _free(path: Path) -> Path:
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free
