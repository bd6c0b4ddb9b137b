"""What EMG is given over live: by what has been seen of each muscle so far, kept as a few numbers a stride."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from groundup.analysis.metrics.channel_groups import ChannelGroup, cut, muscles
from groundup.analysis.metrics.emg_normalisation import Normaliser, mean_of_enough
from groundup.model.events import SitToStand, Stride, Trial
from groundup.model.reasons import Reason
from groundup.model.signals import Signal
from groundup.plugin.need import Normalisation
from groundup.plugin.not_computable import NotComputableError

_Key = tuple[str, tuple[int, ...]]


@dataclass
class _Muscle:
    """What is remembered of one envelope."""

    peaks: list[float] = field(default_factory=list)
    means: list[tuple[float, float, float]] = field(default_factory=list)
    rise_peaks: list[float] = field(default_factory=list)
    scales: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


class LiveNormaliser(Normaliser):
    """As `Normaliser`, by the strides, rises and trials that are over; it keeps numbers, never samples.

    A median is over the strides so far, so the first values are over few of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._muscles: dict[_Key, _Muscle] = {}
        self._walked: list[Stride] = []
        self._why: dict[str, Reason] = {}

    def take(self, signals: Sequence[Signal], strides: Sequence[Stride], rises: Sequence[SitToStand]) -> None:
        """Take in what has just been completed."""
        self._found.clear()
        self._walked += strides
        for source in muscles(signals, "envelope"):
            muscle = self._muscles.setdefault((source.signal.id, source.columns), _Muscle())
            for stride in strides:
                if stride.side == source.side:
                    with suppress(NotComputableError):
                        values = cut(source, stride.t0, stride.t1).values
                        muscle.peaks.append(float(values.max()))
                        muscle.means.append((stride.t0, stride.t1, float(values.mean())))
            for rise in rises:
                with suppress(NotComputableError):
                    muscle.rise_peaks.append(float(cut(source, rise.t0, rise.t1).values.max()))

    def take_trial(self, signals: Sequence[Signal], trial: Trial) -> None:
        """Take in a trial that is over: what muscles do at most, or at rest, is measured now, while it is kept."""
        self.trials = [*self.trials, trial]
        self._found.clear()
        by_itself = Normaliser(self._walked, trials=[trial])
        for source in muscles(signals, "envelope"):
            muscle = self._muscles.setdefault((source.signal.id, source.columns), _Muscle())
            whats: tuple[Normalisation, ...] = ("mvic", "rest")
            for what in whats:
                if not by_itself._trials(what):
                    continue
                try:
                    by_itself._sound_trials(what)
                except NotComputableError as error:
                    self._why[what] = error.reason
                    continue
                with suppress(NotComputableError):
                    cut(source, trial.t0, trial.t1, nan=True)  # whole, or not at all
                    muscle.scales.setdefault(what, []).append(by_itself._scale(source, what))

    def _find(self, source: ChannelGroup, how: Normalisation) -> tuple[float, float]:
        muscle = self._muscles.get((source.signal.id, source.columns), _Muscle())
        if how in ("mvic", "rest") and self._trials(how):
            known = muscle.scales.get(how, [])
            if not known:
                if how in self._why:
                    raise NotComputableError.of(self._why[how])
                raise NotComputableError(
                    f"{source.name} was not whole in the {how} trial, or that lasted longer than is kept live"
                )
            return max(known, key=lambda scale: scale[1]) if how == "mvic" else known[-1]
        return super()._find(source, how)

    def _peak(self, source: ChannelGroup) -> float:
        muscle = self._muscles.get((source.signal.id, source.columns), _Muscle())
        peaks = muscle.peaks or muscle.rise_peaks
        return float(np.median(peaks)) if peaks else float("nan")

    def _mean_of_strides(self, source: ChannelGroup, trials: Sequence[Trial]) -> float:
        muscle = self._muscles.get((source.signal.id, source.columns), _Muscle())
        means = [mean for t0, t1, mean in muscle.means if any(t.t0 <= t0 and t1 <= t.t1 for t in trials)]
        return mean_of_enough(means, source)
