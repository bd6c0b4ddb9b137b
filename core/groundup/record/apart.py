"""Checking lab.toml, sealing and analysing in processes of their own.

So the recorder stays as small as its work (no plugin, neither HDF5 nor SciPy), and a plugin that crashes in analysis
leaves the sealed file as it was.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.explain import LabError
from groundup.lab import Lab
from groundup.ledger import LedgerRow
from groundup.processes import python_command, python_environment

_CHECK_S = 60.0  # a plugin that hangs while it loads does not keep a person from being recorded

Say = Callable[[str], None]


class NotSealed(Exception):  # noqa: N818  (reads as what it says)
    """A journal that could not be sealed; the text says why."""


@dataclass(frozen=True)
class SealedApart:
    """What the sealing process reports.

    Attributes
    ----------
    journal_kept : bool
    ledger : list of LedgerRow
        The whole recording's, with what showed only when it was sealed.
    """

    journal_kept: bool
    ledger: list[LedgerRow]


def check_apart(lab: Lab | None, path: Path | None, say: Say) -> None:
    """Hold what a lab.toml names against the plugins that are installed, before anything is recorded.

    What cannot be analysed is said, and recorded all the same.

    Raises
    ------
    LabError
        If a device cannot be started as it stands.
    """
    if lab is None or path is None or not (lab.devices or lab.process or lab.live.metrics):
        return
    try:
        done = _run_module("groundup.plugin.lab_check", [str(path)], timeout=_CHECK_S)
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        say(" ! the plugins that lab.toml names could not be checked (see: groundup plugins)")
        return
    if found["devices"]:
        raise LabError("\n".join(found["devices"]))
    for sentence in found["analysis"]:
        say(f" ! {sentence}")


def seal_apart(journal: Path, recording: Path) -> SealedApart:
    """Seal a journal.

    Raises
    ------
    NotSealed
        The journal is then as it was.
    """
    done = _run(["seal", str(journal), "-o", str(recording), "--json"])
    if done.returncode != 0:
        raise NotSealed(_reason(done))
    facts = json.loads(done.stdout)
    return SealedApart(facts["journal_kept"], [LedgerRow(**row) for row in facts["ledger"]])


def analyse_apart(recording: Path, say: Say) -> None:
    """Analyse a recording; a failure is said and changes nothing."""
    say("analysing")
    done = _run(["analyze", str(recording), "--quiet"])
    if done.returncode != 0:
        say(f"!! the analysis failed; the recording is sealed as it was: {_reason(done)}")
    for note in done.stdout.splitlines():
        say(f" {note}")


def _run(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return _run_module("groundup", arguments)


def _run_module(
    module: str, arguments: Sequence[str], timeout: float | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        python_command(module, *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        encoding="utf-8", check=False, timeout=timeout, env=python_environment(),
    )  # fmt: skip


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """The last line it said, without click's own word in front."""
    lines = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
    return lines[-1].removeprefix("Error: ")
