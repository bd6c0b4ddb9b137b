"""What plugins cost those who do not use them: ``groundup --help`` with 50 more, one slow and one broken."""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rows import Row

_PLUGINS, _RUNS = 50, 7
_SOURCE = """
{head}
from groundup.plugin import Stride, hookimpl, metric

@metric("made_{n}", of=Stride, unit="s", reference="made")
def made(stride):
    'How long it takes.'
    return stride.t1 - stride.t0

@hookimpl
def groundup_metrics():
    return [made]
"""


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_PLUGINS):
            _install(Path(folder), number)
        many = {**os.environ, "PYTHONPATH": folder}
        help_ = ["-m", "groundup", "--help"]
        rows = [
            Row(f"groundup --help, {_PLUGINS} plugins beside those in the box: CPU", _cpu(help_, many), "s",
                "the same without them", _cpu(help_, dict(os.environ)), "under 0.3 s"),
            Row(f"groundup plugins, {_PLUGINS} plugins beside those in the box: CPU",
                _cpu(["-m", "groundup", "plugins"], many), "s", "the same without them",
                _cpu(["-m", "groundup", "plugins"], dict(os.environ))),
        ]  # fmt: skip
    return rows


def _install(folder: Path, number: int) -> None:
    """A distribution as pip would leave it."""
    head = {7: "import time\ntime.sleep(0.5)", 13: "import a_package_that_is_not_there"}.get(number, "")
    name = f"made_plugin_{number}"
    (folder / f"{name}.py").write_text(_SOURCE.format(n=number, head=head), encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[groundup]\n{name} = {name}\n", encoding="utf-8")


def _cpu(arguments: list[str], environment: dict[str, str]) -> float:
    """Median CPU time (user and system) of a command, in s; the first run, which writes bytecode, is left out."""
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )
    command = [sys.executable, "-c", program, *arguments]
    times = [float(subprocess.check_output(command, env=environment)) for _ in range(_RUNS + 1)]
    return statistics.median(times[1:])
