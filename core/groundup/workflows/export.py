"""Exporting: a recording written for another program, whole or not at all, beside whatever is there already."""

import shutil
import uuid
from pathlib import Path

from groundup.lab.errors import nearest
from groundup.plugin.formats import Progress
from groundup.plugin.manager import plugins
from groundup.recording import Recording


class ExportError(ValueError):
    """A format that no installed exporter writes, or that cannot hold this recording."""


def export_recording(
    path: Path, name: str, out: Path | None = None, progress: Progress = lambda share: None
) -> tuple[Path, list[str]]:
    """Export a recording.

    Parameters
    ----------
    path : Path
        The recording.
    name : str
        Of the exporter.
    out : Path, optional
        File or folder to make; without it, it lies beside the recording and is named after it.
    progress : callable
        Told the share that is done, 0 to 1.

    Returns
    -------
    Path
        What was made.
    list of str
        What the format has no place for.

    Raises
    ------
    ExportError
        If there is no such exporter, or the format cannot hold the recording.
    FileExistsError
        If what would be made is there already.
    OSError
        If it cannot be written; nothing is left behind.
    """
    installed = plugins().exporters
    if name not in installed:
        raise ExportError(f'no installed exporter writes "{name}"{nearest(name, installed)}')
    exporter = installed[name].item
    out = out or path.with_name(path.name.removesuffix(".h5") + (exporter.suffix or f"_{name}"))
    if out.exists():
        raise FileExistsError(f"{out} exists already and is not overwritten; choose another name with -o")
    temporary = out.parent / f".groundup-{uuid.uuid4().hex[:12]}.part"
    try:
        with Recording(path) as recording:
            left_out = exporter().write(recording, temporary, progress)
        temporary.rename(out)
    except OSError as error:
        raise OSError(error.errno or 0, f"{out} could not be written: {error.strerror or error}") from error
    except ValueError as error:
        raise ExportError(f"{path} cannot be exported to {name}: {error}") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
    return out, left_out
