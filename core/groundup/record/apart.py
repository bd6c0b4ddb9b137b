"""Sealing and analysing in processes of their own.

So the recorder stays as small as its work (it loads neither HDF5 nor SciPy), and a plugin that crashes in the analysis
leaves the sealed file as it was.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.ledger import LedgerRow

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
    command = [sys.executable, "-m", "groundup", *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False
    )


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """The last line it said, without click's own word in front."""
    lines = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
    return lines[-1].removeprefix("Error: ")
