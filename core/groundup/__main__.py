"""The command ``groundup``, also as ``python -m groundup``: nothing is imported from the current folder."""

import os
import sys


def _leave_out_current_folder() -> None:
    """Take the current folder off the path of modules: a folder of data may hold a ``json.py``.

    It stands there first for ``python -m``, and for an empty entry in ``PYTHONPATH``. Who names it by its full path
    means it.
    """
    try:
        here = os.getcwd()
    except OSError:  # it has been deleted
        return
    named = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    entries = named.split(os.pathsep) if named else []
    if not sys.flags.safe_path and sys.path[:1] in ([""], [here]):
        del sys.path[0]
    if any(os.path.normpath(entry) == os.curdir for entry in entries) and here not in entries:
        first = len(entries) + 1
        sys.path[:first] = [folder for folder in sys.path[:first] if os.path.abspath(folder) != here]


_leave_out_current_folder()

from groundup.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
