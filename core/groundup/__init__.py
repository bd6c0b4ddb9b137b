"""groundup: record every device of a gait lab on one clock, and see the movement strategy from the ground up."""

from __future__ import annotations

# Nothing is imported here: the command still has to take the current folder off the path (`groundup.__main__`).
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    import pandas as pd

    from groundup.analysis.profile.strategy_profile import Profile
    from groundup.archives.reader import Archive
    from groundup.lab.settings import Settings
    from groundup.plugin.metric import Metric
    from groundup.recording import Recording

__all__ = ["archive", "get_include", "measure", "open", "profile"]


def open(path: Path | str) -> Recording:
    """Open a sealed recording for reading.

    Parameters
    ----------
    path : path

    Returns
    -------
    Recording
        Lazy, and a context manager: ``with groundup.open("x.h5") as recording: recording.streams["emg"].samples``.

    Raises
    ------
    groundup.recording.RecordingError
        If it is not there, damaged, or no recording; a ``ValueError``.
    """
    # Imported here, so that `import groundup` does not wait for HDF5 and pandas.
    from groundup.recording import open as open_recording

    return open_recording(path)


def archive(path: Path | str) -> Archive:
    """Open an archive: what ``groundup batch`` found in many recordings.

    Parameters
    ----------
    path : path
        Its folder.

    Returns
    -------
    Archive
        Its tables as DataFrames (``recordings``, ``metrics``, ``events``, ``curves``), and ``query(sql)``.

    Raises
    ------
    groundup.archives.manifest.ArchiveError
        If it is no archive, or damaged; a ``ValueError``.
    ImportError
        If pyarrow is not installed; the message says how.
    """
    try:
        from groundup.archives.reader import Archive
    except ModuleNotFoundError as error:
        raise ImportError(f'archives need {error.name}: pip install "groundup[batch]"') from error
    return Archive(path)


def profile(recording: Recording) -> Profile:
    """The strategy profile of the metric values in a recording, by the installed metrics.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    Profile
        Empty before the recording is analysed; in a notebook, a table.
    """
    from groundup.workflows.analyze import stored_profile

    return stored_profile(recording)


def measure(
    recording: Recording, metric: Metric | str, settings: Settings | Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """One metric on a recording; nothing is written.

    Parameters
    ----------
    recording : Recording
    metric : Metric or str
        What the ``@metric`` decorator made, installed or not, or the name of an installed one.
    settings : Settings or mapping, optional
        In place of what ``[metrics.NAME]`` of the recording's lab.toml chooses.

    Returns
    -------
    pandas.DataFrame
        A row each value: ``t0``, ``t1`` (s), ``trial``, ``stride``, ``side``, ``value``, ``unit``, ``status`` and
        ``reason``. What could not be processed is in ``attrs["notes"]``.

    Raises
    ------
    ValueError
        If no installed metric has that name, or the metric has no such setting.
    TypeError
        If an argument is something else; a path is to be opened first.
    """
    from groundup.workflows.measure import measure_recording

    return measure_recording(recording, metric, settings)


def get_include() -> str:
    """The folder with ``groundup/processor.h`` and ``processor.pxd``, for compilers: the C ABI of processors."""
    from pathlib import Path

    import groundup_ext

    return str(Path(groundup_ext.__file__).parent / "include")
