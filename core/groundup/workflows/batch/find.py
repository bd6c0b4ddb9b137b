"""Which files a batch is of: those that are named, those of folders, and those that a pattern or a list names."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from groundup.plugin.manager import plugins

_OURS = (".h5", ".xdf", ".xdf.gz", ".xdfz")


class NoFilesError(ValueError):
    """A pattern or a list that names nothing; the message says which."""


@dataclass
class Files:
    """What was found.

    Attributes
    ----------
    paths : list of str
        In order, none twice.
    left_out : Counter
        Ending to the number of files in folders that no importer reads.
    closed : list of str
        Folders that could not be read, each in a sentence.
    """

    paths: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    closed: list[str] = field(default_factory=list)


def find_files(named: Sequence[str], lists: Iterable[Path] = (), leave: Sequence[Path] = ()) -> Files:
    """Find the files of a batch.

    Parameters
    ----------
    named : sequence of str
        Files, folders (with all below them), and patterns such as ``data/**/*.c3d``.
    lists : iterable of Path
        Text files with a path a line.
    leave : sequence of Path
        Folders that are not looked into: the archive.

    Raises
    ------
    NoFilesError
        If a pattern fits nothing. A file that is named and is not there is a row of the archive, and no error.
    OSError
        If a list cannot be read.
    """
    found, paths = Files(), dict[str, None]()
    suffixes = known_suffixes()
    left = [folder.resolve() for folder in leave]
    for name in [*named, *(line for one in lists for line in _lines(one))]:
        if os.path.isdir(name):
            paths.update(dict.fromkeys(_below(Path(name), suffixes, left, found)))
        elif glob.has_magic(name) and not os.path.lexists(name):
            fitting = sorted(path for path in glob.iglob(name, recursive=True) if not os.path.isdir(path))
            if not fitting:
                raise NoFilesError(f"no file fits {name!r}")
            paths.update(dict.fromkeys(fitting))
        else:
            paths[name] = None
    found.paths = list(paths)
    return found


def known_suffixes() -> tuple[str, ...]:
    """Endings of the files that are recordings, or that an installed importer reads."""
    mine = (suffix.lower() for loaded in plugins().importers.values() for suffix in loaded.item.suffixes)
    return tuple(dict.fromkeys([*_OURS, *mine]))


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        yield from (text for line in file if (text := line.rstrip("\r\n")))


def _below(folder: Path, suffixes: tuple[str, ...], left: Sequence[Path], found: Files) -> Iterator[str]:
    """Files of a folder and of those in it, that are not hidden and that somebody reads."""

    def closed(error: OSError) -> None:
        found.closed.append(f"{error.filename} cannot be read: {error.strerror}")

    for where, folders, names in os.walk(folder, onerror=closed):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (Path(where) / name).resolve() not in left
        )
        for name in sorted(names):
            if name.startswith("."):
                continue
            if name.lower().endswith(suffixes):
                yield os.path.join(where, name)
            else:
                found.left_out[os.path.splitext(name)[1].lower() or "no ending"] += 1
