"""Trials and markers that a person gives while a recording runs, sent as a control stream."""

import uuid

from groundup import lsl
from groundup.lsl.control import control_spec, trial_control_source
from groundup.lsl.control_messages import marker_json, trial_start_json, trial_stop_json
from groundup.lsl.outlet import Outlet


class TrialControl:
    """An outlet for what a person says; stamped when it is said.

    Attributes
    ----------
    trial : str or None
        Name of the trial that runs; None when none does.
    """

    def __init__(self) -> None:
        self.trial: str | None = None
        self._outlet = Outlet(control_spec(), f"{trial_control_source()}{uuid.uuid4()}")

    def start_trial(self, name: str, condition: str = "") -> None:
        """Begin a trial; one that runs ends."""
        self.trial = name
        self._say(trial_start_json(name, condition))

    def stop_trial(self) -> None:
        """End the trial that runs."""
        self.trial = None
        self._say(trial_stop_json())

    def mark(self, text: str, at: float | None = None) -> None:
        """Something happened, now or `at` a moment of the lab clock (s)."""
        self._say(marker_json(text), at)

    def has_listener(self) -> bool:
        """Whether a recorder listens."""
        return self._outlet.has_consumer()

    def _say(self, text: str, at: float | None = None) -> None:
        self._outlet.push([[text]], [lsl.clock() if at is None else at])
