"""What a command of a plugin (entry-point group ``groundup.commands``) shares with the commands of groundup."""

from pathlib import Path

from groundup.analysis.profile.profile_lines import profile_lines as _lines
from groundup.cli.output import as_json, print_json, progress, say, table
from groundup.lsl import private_session
from groundup.recording import Recording
from groundup.workflows.analyze import stored_profile

__all__ = ["as_json", "print_json", "private_session", "profile_lines", "progress", "say", "table"]


def profile_lines(path: Path, methods: bool = False) -> list[str]:
    """The strategy profile of an analysed recording, as ``groundup analyze --profile`` prints it.

    Parameters
    ----------
    path : Path
    methods : bool
        Whether to say how each value was made.
    """
    with Recording(path) as recording:
        return _lines(stored_profile(recording), methods=methods)
