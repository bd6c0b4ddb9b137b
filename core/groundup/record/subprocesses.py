"""Checking lab.toml, sealing and analysing in processes of their own.

So the recorder stays as small as its work (no plugin, neither HDF5 nor SciPy), and a plugin that crashes in analysis
leaves the sealed file as it was.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.lab.errors import LabError
from groundup.lab.tables import Lab
from groundup.model.account import Account
from groundup.model.ledger import LedgerRow
from groundup.model.messages import Say
from groundup.system.processes import python_command, python_environment

_CHECK_S = 60.0  # a plugin that hangs while it loads does not keep a person from being recorded


DIFFERS, NO_DISK = 3, 4
"""Exit status of `groundup seal`: sealed, with a fault or not all of it; not sealed, because of the disk."""


class SealFailedError(Exception):
    """A journal that could not be sealed; the text says why.

    Attributes
    ----------
    disk : bool
        Whether it is the disk that is full or fails.
    """

    def __init__(self, why: str, *, disk: bool) -> None:
        super().__init__(why)
        self.disk = disk


@dataclass(frozen=True)
class SealedInSubprocess:
    """What the sealing process reports.

    Attributes
    ----------
    journal_kept : bool
    differs : list of str
        What was recorded and is not in the recording; empty when everything is.
    left : str
        Why a journal of which everything is sealed could not be deleted, or empty.
    ledger : list of LedgerRow
        The whole recording's, with what showed only when it was sealed.
    """

    journal_kept: bool
    differs: list[str]
    left: str
    ledger: list[LedgerRow]


def check_in_subprocess(lab: Lab | None, path: Path | None, say: Say) -> None:
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
        say("the plugins that lab.toml names could not be checked (see: groundup plugins)", "warning")
        return
    if found["devices"]:
        raise LabError("\n".join(found["devices"]))
    for sentence in found["analysis"]:
        say(sentence, "warning")


def seal_in_subprocess(journal: Path, recording: Path, account: Account) -> SealedInSubprocess:
    """Seal a journal, held against what its recorder counted.

    Raises
    ------
    SealFailedError
        The journal is then as it was.
    """
    arguments = ["seal", str(journal), "-o", str(recording), "--json", "--account"]
    try:
        done = _run(arguments, account.to_json())
    except OSError as error:
        raise SealFailedError(f"sealing could not be started: {error.strerror or error}", disk=False) from error
    try:
        if done.returncode in (0, DIFFERS):
            facts = json.loads(done.stdout)
            ledger = [LedgerRow(**row) for row in facts["ledger"]]
            return SealedInSubprocess(facts["journal_kept"], facts["differs"], facts["left"], ledger)
    except ValueError as error:
        raise SealFailedError(f"what came of it is not known ({error})", disk=False) from error
    raise SealFailedError(_reason(done), disk=done.returncode == NO_DISK)


def analyze_in_subprocess(recording: Path, say: Say) -> None:
    """Analyse a recording; a failure is said and changes nothing."""
    say("analysing")
    done = _run(["analyze", str(recording), "--quiet"])
    if done.returncode != 0:
        say(f"the analysis failed; the recording is sealed as it was: {_reason(done)}", "fault")
    for note in done.stdout.splitlines():
        say(f" {note}")


def _run(arguments: Sequence[str], given: str = "") -> "subprocess.CompletedProcess[str]":
    return _run_module("groundup", arguments, given=given)


def _run_module(
    module: str, arguments: Sequence[str], timeout: float | None = None, given: str = ""
) -> "subprocess.CompletedProcess[str]":
    # In a session of its own: a second Ctrl-C, or the terminal that closes, does not end the sealing half done.
    return subprocess.run(
        python_command(module, *arguments), input=given, capture_output=True, text=True, encoding="utf-8",
        check=False, timeout=timeout, env=python_environment(), start_new_session=True,
    )  # fmt: skip


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """The last line it said, without click's own word in front."""
    lines = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
    return lines[-1].removeprefix("Error: ")
