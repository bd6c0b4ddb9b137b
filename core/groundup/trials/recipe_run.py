"""A recipe while it runs: which block, until when, what was measured in it, and the target that comes of it.

It waits for nothing and sends nothing: it is told of time, values and what the operator wants, and says what to do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from groundup.model.anatomy import Side
from groundup.trials.recipe import BAND_PERCENT, Block, Recipe
from groundup.trials.target import Baseline, Target, band_of, baseline_of

SETTLES_S = 1.5
"""A value that comes sooner after the beginning of a block is of a stride that began before it."""
LATE_S = 3.0
"""So long after a block live may still give values of its last steps."""


@dataclass(frozen=True)
class LiveValue:
    """One value of a metric, as live gave it; NaN where it had none.

    Attributes
    ----------
    time : float
        When the step or stride ended, s.
    """

    time: float
    side: Side
    value: float
    unit: str = ""


@dataclass(frozen=True)
class StartTrial:
    """Begin the trial of a block."""

    block: Block


@dataclass(frozen=True)
class StopTrial:
    """End the trial of a block."""


@dataclass(frozen=True)
class ShowTarget:
    """Show the person a target; None: nothing any more."""

    target: Target | None


@dataclass(frozen=True)
class Note:
    """A sentence for the operator, kept as a marker in the recording."""

    text: str


Action = StartTrial | StopTrial | ShowTarget | Note


@dataclass
class RecipeRun:
    """One person's way through a recipe.

    Attributes
    ----------
    recipe : Recipe
    baselines : dict of side to Baseline
        Of the last baseline that had enough values.
    place : int
        The block that runs, or comes next.
    unit : str
        Of the metric, once a value has come.
    """

    recipe: Recipe
    baselines: dict[Side, Baseline] = field(default_factory=dict)
    place: int = 0
    unit: str = ""
    _began: float = math.nan
    _ended: float = math.nan
    _values: list[LiveValue] = field(default_factory=list)
    _target: Target | None = None

    @property
    def block(self) -> Block | None:
        """The block that runs, or comes next; None at the end."""
        return self.recipe.blocks[self.place] if self.place < len(self.recipe.blocks) else None

    @property
    def runs(self) -> bool:
        """Whether the person walks in a block now."""
        return not math.isnan(self._began) and math.isnan(self._ended)

    @property
    def settles(self) -> bool:
        """Whether a block is over, and its last values are waited for."""
        return not math.isnan(self._ended)

    @property
    def done(self) -> bool:
        """Whether there is no block left."""
        return self.block is None

    def left_s(self, now: float) -> float:
        """How long the block that runs goes on, s; NaN between blocks."""
        return self._began + self.block.seconds - now if self.runs and self.block is not None else math.nan

    def values(self) -> list[LiveValue]:
        """What was measured in the block that runs or has just ended, of the sides that the recipe is about."""
        end = self._ended if self.settles else math.inf
        return [v for v in self._values if self._began + SETTLES_S <= v.time <= end]

    def start(self, now: float) -> list[Action]:
        """Begin the next block, if none runs."""
        block = self.block
        if block is None or self.runs or self.settles:
            return []
        actions: list[Action] = [StartTrial(block)]
        if block.kind == "feedback":
            self._target = self._target_of(block)
            if self._target is None:
                return [Note(f"{block.name} was not begun: there is no baseline; walk it first")]
            if self._target.reaches_zero:
                told, self._target = str(self._target), None
                return [Note(f"{block.name} was not begun: its band reaches zero or beyond: {told}")]
            actions += [ShowTarget(self._target), Note(str(self._target))]
        self._began, self._values = now, []
        return actions

    def end(self, now: float) -> list[Action]:
        """End the block that runs, before its time."""
        if not self.runs:
            return []
        self._ended = now
        return [StopTrial(), ShowTarget(None)]

    def feed(self, values: Sequence[LiveValue]) -> None:
        """Take what live has measured."""
        if self.runs or self.settles:
            self._values += [v for v in values if v.side == self.recipe.side or not self.recipe.side]
            self.unit = next((v.unit for v in values if v.unit), self.unit)

    def advance(self, now: float) -> list[Action]:
        """What is due at this time (s, of the clock of the values)."""
        actions: list[Action] = []
        if self.runs and self.left_s(now) <= 0 and self.block is not None:
            actions += self.end(self._began + self.block.seconds)
        if self.settles and now >= self._ended + LATE_S:
            actions += self._close()
        return actions

    def again(self) -> None:
        """Go back to the block before, to walk it once more; only between blocks."""
        if not self.runs and not self.settles and self.place > 0:
            self.place -= 1

    def _close(self) -> list[Action]:
        """The block is over and all its values are here."""
        block = self.block
        assert block is not None
        of = {side: baseline_of([v.value for v in self.values() if v.side == side]) for side in self._sides()}
        summary = self._summary(of)
        self._began = self._ended = math.nan
        if block.kind == "baseline":
            few = {side: found.n for side, found in of.items() if found.n < self.recipe.least_values}
            if few or not of:
                seen = ", ".join(f"{n} of side {side or 'none'}" for side, n in few.items()) or "none"
                return [
                    Note(
                        f"{block.name} has too few values of {self.recipe.metric} for a target ({seen}; "
                        f"{self.recipe.least_values} are needed): walk it again"
                    )
                ]
            self.baselines, self._target = of, None
            unseen = {"L", "R"} - of.keys()
            if len(unseen) == 1 and not self.recipe.side:
                summary += f"; of side {unseen.pop()} there was no value, and it has no target"
        self.place += 1
        return [Note(f"{block.name}: {self.recipe.metric} {summary}")]

    def _sides(self) -> list[Side]:
        """The sides that there are values of; of a recipe about one side, that one in any case."""
        if self.recipe.side:
            return [self.recipe.side]
        seen: set[Side] = {v.side for v in self.values() if math.isfinite(v.value)}
        return sorted(seen - {""} or seen)

    def _target_of(self, block: Block) -> Target | None:
        if not self.baselines:
            return None
        percent = block.target_percent or 0.0
        width = BAND_PERCENT if block.band_percent is None else block.band_percent
        bands = {side: band_of(b, percent, width) for side, b in self.baselines.items()}
        return Target(self.recipe.metric, self.unit, bands, dict(self.baselines), percent, block.name)

    def _summary(self, of: dict[Side, Baseline]) -> str:
        """What was measured in a block, and how much of it was in the band that held last."""
        parts = []
        for side, found in of.items():
            low, high = self._target.bands.get(side, (math.nan, math.nan)) if self._target else (math.nan, math.nan)
            known = [v.value for v in self.values() if v.side == side and math.isfinite(v.value)]
            inside = sum(low <= value <= high for value in known)
            share = f", {100 * inside / len(known):.0f} % in the band" if known and low == low else ""
            parts.append(f"{side or 'both sides'} {found.value:.4g} {self.unit}".rstrip() + f" (n={found.n}{share})")
        return "; ".join(parts) or "no value"
