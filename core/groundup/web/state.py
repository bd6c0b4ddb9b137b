"""What the dashboard knows beside the signals: panels, metrics, norms, the trial; as messages for the browser."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundup.analysis.profile.axes import AXIS_DESCRIPTIONS, DESCRIBES
from groundup.analysis.profile.norms import NO_NORM, Compared
from groundup.analysis.profile.strategy_profile import AXES
from groundup.lsl import clock
from groundup.lsl.trial_control import TrialControl
from groundup.plugin.metric import Metric
from groundup.plugin.panel import Panel
from groundup.trials.session import RecipeSession

_LONGEST = 200


class DashboardState:
    """The state that all viewers share.

    Parameters
    ----------
    panels : sequence of Panel
    metrics : sequence of Metric
        The installed ones.
    trial_control : TrialControl
    norms : mapping of metric name to Compared, optional
        What live values may be held against.
    recipe : RecipeSession, optional
        What the operator may have a person walk, block by block.
    """

    def __init__(
        self,
        panels: Sequence[Panel],
        metrics: Sequence[Metric],
        trial_control: TrialControl,
        norms: Mapping[str, Compared] | None = None,
        recipe: RecipeSession | None = None,
    ) -> None:
        self._recipe = recipe
        self._norms = norms or {}
        self._panels = panels
        self._metrics = metrics
        self._trial_control = trial_control

    def hello(self) -> dict[str, Any]:
        """What a new viewer is told first."""
        return {
            "type": "hello",
            "panels": [
                {
                    "name": p.name, "title": p.title, "shows": p.shows, "kinds": p.kinds, "streams": p.streams,
                    "metrics": p.metrics, "band": p.band,
                }
                for p in self._panels
            ],
            "metrics": {
                m.name: {
                    "title": m.title, "usual": m.usual, "of": m.describes,
                    "unit": "" if m.unit == "1" else m.unit, "axis": m.axis, "definition": m.definition,
                    "circular": m.circular,
                }
                | self._norm(m.name)
                for m in self._metrics
            },
            "axes": [{"axis": axis, "words": AXIS_DESCRIPTIONS[axis]} for axis in AXES],
            "bound": DESCRIBES,
            **self.trial(),
        }  # fmt: skip

    def _norm(self, metric: str) -> dict[str, Any]:
        norm = self._norms.get(metric, Compared())
        if norm.name == NO_NORM:
            return {"no_norm": norm.why} if norm.why else {}
        return {"norm": {"low": norm.low, "high": norm.high, "name": norm.name}}

    def trial(self) -> dict[str, Any]:
        """Which trial runs, and whether a recorder hears of it."""
        return {"trial": self._trial_control.trial, "heard": self._trial_control.has_listener()}

    def step(self, now: float, metrics: Sequence[Mapping[str, Any]]) -> None:
        """Let the recipe, if there is one, take what was measured until now (s), and do what is due."""
        if self._recipe is not None:
            self._recipe.step(now, metrics)

    def recipe(self, now: float) -> dict[str, Any] | None:
        """How the recipe stands, for the browser; None without one."""
        return self._recipe.state(now) if self._recipe is not None else None

    def do(self, message: object) -> str:
        """Carry out what a viewer asks for; a sentence when it cannot be.

        Parameters
        ----------
        message : object
            JSON of a browser: ``{"do": "trial_start", "name": ..., "condition": ...}``, ``{"do": "trial_stop"}``,
            ``{"do": "marker", "text": ...}``; of a recipe ``{"do": "block_start"}``, ``block_end`` or ``block_again``.
        """
        command = message if isinstance(message, dict) else {}
        words = {key: str(command.get(key, "")).strip()[:_LONGEST] for key in ("do", "name", "condition", "text")}
        if words["do"] == "trial_start":
            if not words["name"]:
                return "a trial needs a name"
            self._trial_control.start_trial(words["name"], words["condition"])
        elif words["do"] == "trial_stop":
            if self._trial_control.trial is None:
                return "no trial runs"
            self._trial_control.stop_trial()
        elif words["do"] == "marker":
            if not words["text"]:
                return "a marker needs a text"
            self._trial_control.mark(words["text"])
        elif self._recipe is not None and words["do"] in self._recipe.ORDERS:
            self._recipe.order(words["do"], clock())
        else:
            return "the dashboard does not know this command"
        return "" if self._trial_control.has_listener() else "sent, but no recorder listens"
