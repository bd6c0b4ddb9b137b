"""Exporting: a recording written for another program, whole or not at all, beside whatever is there already."""

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from groundup.lab.errors import LabError, nearest, with_options
from groundup.lab.tables import Lab
from groundup.plugin.chosen import exporter_with, flaws
from groundup.plugin.formats import Exporter, Progress
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.recording.atomic import rename_new
from groundup.workflows.analysis_settings import lab_of


class ExportError(ValueError):
    """A format that no installed exporter writes, or that cannot hold this recording."""


def export_recording(
    path: Path,
    name: str,
    out: Path | None = None,
    progress: Progress = lambda share: None,
    lab: Lab | None = None,
    options: Sequence[str] = (),
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
    lab : Lab, optional
        Its ``[exporters.NAME]`` in place of that of the lab.toml in the recording.
    options : sequence of str
        ``NAME.KEY=VALUE`` each, over those.

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
        If what would be made is there already, or appears meanwhile.
    LabError
        If the exporter has no such settings.
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
    left_out = _write(_chosen(exporter, path, lab, options), path, out, progress)
    return out, left_out


def _write(exporter: Exporter, path: Path, out: Path, progress: Progress) -> list[str]:
    """Make the file or folder whole, or leave nothing behind; gives what the format has no place for."""
    temporary = out.parent / f".groundup-{uuid.uuid4().hex[:12]}.part"
    try:
        with Recording(path) as recording:
            left_out = exporter.write(recording, temporary, progress)
        rename_new(temporary, out)
    except FileExistsError:
        raise
    except OSError as error:
        raise OSError(error.errno or 0, f"{out} could not be written: {error.strerror or error}") from error
    except ValueError as error:
        raise ExportError(f"{path} cannot be exported to {exporter.name}: {error}") from error
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
    return left_out


def _chosen(exporter: type[Exporter], path: Path, lab: Lab | None, options: Sequence[str]) -> Exporter:
    """The exporter with what the recording's lab.toml, another one or the options choose for it."""
    with Recording(path) as recording:
        lab = lab if lab is not None else lab_of(recording)
    tables = with_options(lab.exporters if lab is not None else {}, options)
    if stray := next((option for option in options if not option.startswith(f"{exporter.name}.")), None):
        raise LabError(f"--set {stray}: it exports to {exporter.name}: write {exporter.name}.KEY=VALUE")
    mine = {name: table for name, table in tables.items() if name == exporter.name}
    where = lab.where if lab is not None else "lab.toml"
    if wrong := next(flaws("exporters", mine, [exporter], where, options), None):
        raise LabError(wrong)
    return exporter_with(exporter, mine)
