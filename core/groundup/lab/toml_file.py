"""TOML files that are written whole or not at all, and read with a sentence where they cannot be."""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import tomlkit

from groundup.lab.errors import LabError


def write_toml(path: Path, document: Mapping[str, Any], comment: str) -> None:
    """Write a document beside its place, then put it there.

    Parameters
    ----------
    path : Path
    document : mapping
    comment : str
        Of its first line.
    """
    made = tomlkit.document()
    made.add(tomlkit.comment(comment))
    for key, value in document.items():
        made[key] = value
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(tomlkit.dumps(made))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_toml(path: Path | Traversable) -> dict[str, Any]:
    """Read a file, or one of an installed package.

    Raises
    ------
    LabError
        If it is not there, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8").removeprefix("\ufeff"))
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError(f"{path} is not valid TOML: {error}") from error
