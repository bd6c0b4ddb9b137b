"""Live analysis for a control room: a process that starts anew when the lab or the person is another."""

import time
from pathlib import Path
from typing import Any

from groundup.lab.participants import person_json
from groundup.lab.tables import Lab
from groundup.system.processes import Child

_AGAIN_S = 5.0


class LiveChild:
    """Keeps one live analysis running.

    Parameters
    ----------
    path : Path
        The lab.toml.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._child: Child | None = None
        self._of: tuple[str, str] | None = None
        self._not_before = 0.0
        self._why = self._says = ""
        self._reasons: dict[str, str] = {}

    def keep(self, lab: Lab, who: Lab) -> None:
        """Have one run, of this lab and this person; never waits for long."""
        wanted = (lab.text, person_json(who))
        if self._child is not None and self._of != wanted:
            self.stop()
        if self._child is not None:
            for report in self._child.reports():
                if report.kind == "metric":
                    self._reasons[report.source] = report.message
            self._says = self._child.last_words()
            if self._child.ended is not None:
                self._why = self._child.last_words() or "it ended"
                self._child, self._not_before = None, time.monotonic() + _AGAIN_S
        if self._child is None and time.monotonic() >= self._not_before:
            self._of, self._reasons, self._says = wanted, {}, ""
            self._child = Child(["live", str(self._path), "--quiet", "--usual", "--reasons", "--person", wanted[1]])
            self._not_before = time.monotonic() + _AGAIN_S

    def shown(self) -> dict[str, Any]:
        """For the browser: whether it runs, why not, and why metrics have no value."""
        return {"runs": self._child is not None, "why": self._why, "says": self._says, "reasons": self._reasons}

    def stop(self) -> None:
        """Let it end. Safe to call twice."""
        if self._child is not None:
            self._child.ask_to_stop()
            self._child.wait()
            self._child = None
