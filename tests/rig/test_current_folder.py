"""A folder of data that holds a ``json.py`` or a ``signal.py``: no command, and no process that one starts, runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundup.lsl import private_session

LAB = """
[devices.emg]
driver = "virtual_lab"
part = "emg"

[live]
metrics = ["contraction_onset"]
"""
OURS = ["groundup_ext", "numpy", "scipy", "h5py", "pandas", "pylsl", "click", "pluggy", "msgspec"]
COMMAND = Path(sys.executable).with_name("groundup")
PATHS = {"unset": None, "empty entries": os.pathsep}


@pytest.fixture
def poisoned(tmp_path: Path) -> Path:
    """A folder with a module of each name of Python's and of what groundup stands on; each says that it was run."""
    poison = (
        f"open({str(tmp_path / 'run.txt')!r}, 'a').write(__name__ + '\\n')\nraise SystemExit('poison ' + __name__)\n"
    )
    for name in {*sys.stdlib_module_names, *OURS}:
        (tmp_path / f"{name}.py").write_text(poison)
    (tmp_path / "lab.toml").write_text(LAB)
    return tmp_path


def run(folder: Path, *command: str, path: str | None = None, environment: dict[str, str] | None = None) -> None:
    """Run a command in a folder, and see that nothing of the folder was run."""
    known = {k: v for k, v in (environment or os.environ).items() if k != "PYTHONPATH"}
    known |= {} if path is None else {"PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=known, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert not (folder / "run.txt").exists(), (folder / "run.txt").read_text() + done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.survives(
    "programs",
    fault="The folder in which `groundup record` runs holds a `json.py`, or a module of any name of Python's.",
    happens="No process that records, drives or analyses runs it.",
    said="nothing",
    lost="Nothing.",
)
def test_a_recording_with_all_its_processes_runs_nothing_of_the_current_folder(poisoned: Path) -> None:
    with private_session("groundup-poisoned") as environment:
        record = ["record", "lab.toml", "--seconds", "1", "-o", "x.h5"]
        run(poisoned, "-P", "-m", "groundup", *record, environment=environment)
    assert (poisoned / "x.h5").exists()


@pytest.mark.survives(
    "programs",
    fault="The folder holds such modules and `groundup` itself begins there, with an empty entry in PYTHONPATH too.",
    happens="It runs nothing of the folder.",
    said="nothing",
    lost="Nothing.",
)
@pytest.mark.skipif(not COMMAND.exists(), reason="the command is not installed beside this Python")
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_command_imports_nothing_of_the_current_folder(poisoned: Path, path: str | None) -> None:
    _leave_to_python(poisoned)
    run(poisoned, str(COMMAND), "metrics", path=path)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_python_m_groundup_imports_nothing_that_python_has_not_imported_before(
    poisoned: Path, path: str | None
) -> None:
    _leave_to_python(poisoned)
    run(poisoned, "-m", "groundup", "metrics", path=path)


def _leave_to_python(folder: Path) -> None:
    """Take away what Python imports to find us, before the first line of ours: only ``-P`` can keep that from it."""
    (folder / "asked").mkdir()
    find = "import sys, runpy, importlib.util; importlib.util.find_spec('groundup'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", find], cwd=folder / "asked", capture_output=True, text=True, check=True
    )
    for name in {*done.stdout.split(), "sitecustomize", "usercustomize"}:
        (folder / f"{name.partition('.')[0]}.py").unlink(missing_ok=True)
