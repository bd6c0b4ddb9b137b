"""A recipe on the network: its blocks go out as trials and markers, its target to every screen."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from groundup.lsl.targets import TargetOutlet
from groundup.lsl.trial_control import TrialControl
from groundup.trials.recipe_run import Action, LiveValue, Note, RecipeRun, ShowTarget, StartTrial
from groundup.trials.target import Target

_AGAIN_S = 0.5
"""A screen that is opened later hears of the target within this."""


class RecipeSession:
    """Carries out what a `RecipeRun` says is due.

    Parameters
    ----------
    run : RecipeRun
    control : TrialControl
    targets : TargetOutlet
    say : callable
        Told a sentence for the operator.
    """

    ORDERS = frozenset({"block_start", "block_end", "block_again"})
    """Begin the next block; end the one that runs, before its time; go back to the last, to walk it again."""

    def __init__(
        self, run: RecipeRun, control: TrialControl, targets: TargetOutlet, say: Callable[[str], None]
    ) -> None:
        self.run = run
        self._control, self._targets, self._say = control, targets, say
        self._target: Target | None = None
        self._last = ""
        self._sent_s = -math.inf

    def step(self, now: float, metrics: Iterable[Mapping[str, Any]]) -> None:
        """Take the values (as `groundup.web` has them) that have come, and do what is due.

        Parameters
        ----------
        now : float
            On the clock of the values, s.
        metrics : iterable of mapping
            ``name``, ``side``, ``time``, ``value`` and ``unit`` each.
        """
        named = self.run.recipe.metric
        self.run.feed([LiveValue(m["time"], m["side"], m["value"], m["unit"]) for m in metrics if m["name"] == named])
        self._do(self.run.advance(now))
        if now - self._sent_s >= _AGAIN_S:
            self._sent_s = now
            self._targets.tell(self._target.as_json() if self._target else "{}")

    def order(self, order: str, now: float) -> None:
        """Do what the operator wants: one of `ORDERS`."""
        if order == "block_start":
            self._do(self.run.start(now))
        elif order == "block_end":
            self._do(self.run.end(now))
        elif order == "block_again":
            self.run.again()

    def state(self, now: float) -> dict[str, Any]:
        """How it stands, for a screen: JSON."""
        run, block = self.run, self.run.block
        values = [v for v in run.values() if math.isfinite(v.value)]
        return {
            "title": run.recipe.title or run.recipe.metric,
            "metric": run.recipe.metric,
            "block": block.name if block else "",
            "number": run.place + 1,
            "blocks": len(run.recipe.blocks),
            "seconds": block.seconds if block else 0.0,
            "left_s": run.left_s(now) if run.runs else None,
            "values": len(values),
            "waits": run.settles,
            "last": self._last,
        }

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, StartTrial):
                self._control.start_trial(action.block.name, action.block.kind)
            elif isinstance(action, ShowTarget):
                self._target, self._sent_s = action.target, -math.inf
            elif isinstance(action, Note):
                self._control.mark(action.text)
                self._last = action.text
                self._say(action.text)
            else:
                self._control.stop_trial()
