"""Errors at the terminal: a sentence that says what, where and what to do, and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from groundup.cli.output import printable


@contextmanager
def sentences() -> Iterator[None]:
    """Turn errors that users can mend into `click.ClickException`; bugs keep their traceback."""
    try:
        yield
    except BrokenPipeError:
        raise  # who reads has seen enough (| head): click ends quietly
    except FileExistsError as error:
        what = f"{error.filename} exists and is not overwritten" if error.filename else str(error)
        raise click.ClickException(what) from error
    except FileNotFoundError as error:
        raise click.ClickException(_missing(Path(error.filename)) if error.filename else _plain(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(printable(f"{where}{_plain(error)}")) from error
    except (ValueError, RuntimeError) as error:
        if not type(error).__module__.startswith("groundup"):
            raise
        raise click.ClickException(printable(str(error))) from error
    except MemoryError as error:
        raise click.ClickException(f"there is not enough memory for this: {error or 'close other programs'}") from error


def _missing(path: Path) -> str:
    """What is not there: the file, or the folder that it is in."""
    if path.parent.is_dir():
        return f"there is no file {path}"
    return f"there is no folder {path.parent}, so {path} can be neither read nor written"


def _plain(error: OSError) -> str:
    """What the system or we said, without its number."""
    return error.strerror or str(error)
