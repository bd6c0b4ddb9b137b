"""What an EMG envelope is given over: the muscle's own peak, its MVIC, a reference trial, or its rest."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import uniform_filter1d

from groundup.analysis.metrics.channel_groups import ChannelGroup, cut, flaw
from groundup.analysis.metrics.reference_trials import LEAST_STRIDES, OF_MVIC, trial_flaw
from groundup.model.events import SitToStand, Stride, Trial
from groundup.model.reasons import Reason
from groundup.model.signals import Trace
from groundup.plugin.need import Normalisation
from groundup.plugin.not_computable import NotComputableError

MVIC_MEAN_S = 0.5
"""The largest mean over so long is a muscle's maximum: one spike then moves nothing."""
_WORDS = {"mvic": {"mvic", "mvc"}, "reference": {"reference"}, "rest": {"rest", "resting"}}
_WHAT = {"mvic": "MVIC", "reference": "reference", "rest": "rest"}


@dataclass
class Normaliser:
    """Divides envelopes by what the recording itself says of each muscle.

    Attributes
    ----------
    strides, rises, trials : sequences
        Of the recording.
    """

    strides: Sequence[Stride] = ()
    rises: Sequence[SitToStand] = ()
    trials: Sequence[Trial] = ()
    _found: dict[tuple[str, tuple[int, ...], str], tuple[float, float] | Reason] = field(default_factory=dict)

    def description(self, normalise_by: Normalisation) -> str:
        """What envelopes of this recording are given over, in words; stored with the values."""
        how = self._chosen(normalise_by)
        if how == "peak":
            of = "strides of that side" if self.strides else "rises from a chair"
            return f"each muscle over its own peak: the median over the recording's {of}"
        names = ", ".join(repr(trial.name or trial.condition) for trial in self._trials(how))
        if not names:
            return f"none: no {_WHAT[how]} trial was recorded"
        if how == "mvic":
            return f"{OF_MVIC}: the largest {MVIC_MEAN_S:g} s mean of the envelope in {names}"
        if how == "reference":
            return f"% of the reference trial: the mean envelope over the strides of {names}"
        return f"standard deviations above the mean of rest in {names}"

    def normalise(self, trace: Trace, source: ChannelGroup, normalise_by: Normalisation) -> Trace:
        """An envelope over what was asked for.

        Raises
        ------
        NotComputableError
            If the recording does not have it for this muscle.
        """
        how = self._chosen(normalise_by)
        zero, one = self._scale(source, how)
        unit = "%" if how in ("mvic", "reference") else "1"
        factor = 100.0 if unit == "%" else 1.0
        return replace(trace, values=(trace.values - zero) * (factor / one), unit=unit)

    def _chosen(self, normalise_by: Normalisation) -> Normalisation:
        return "mvic" if normalise_by == "reference" and self._trials("mvic") else normalise_by

    def _trials(self, what: str) -> list[Trial]:
        return [t for t in self.trials if _WORDS[what] & set(re.split(r"[\W_\d]+", f"{t.name} {t.condition}".lower()))]

    def _sound_trials(self, how: Normalisation) -> list[Trial]:
        """The trials of a kind that are what they are called."""
        trials = self._trials(how)
        if not trials:
            raise NotComputableError(
                f'no {_WHAT[how]} trial was recorded: mark one as a trial with the condition "{how}"'
            )
        flaws = [trial_flaw(how, trial, self.strides, _WHAT[how]) for trial in trials]
        sound = [trial for trial, flaw in zip(trials, flaws, strict=True) if not flaw]
        if not sound:
            raise NotComputableError(flaws[0])
        return sound

    def _scale(self, source: ChannelGroup, how: Normalisation) -> tuple[float, float]:
        """What becomes 0 and how much becomes 1, or why there is none: found once for each muscle.

        Kept as a reason: an exception that is raised again grows by the frames it went through, and what they hold.
        """
        key = (source.signal.id, source.columns, how)
        if key not in self._found:
            try:
                self._found[key] = self._find(source, how)
            except NotComputableError as error:
                self._found[key] = error.reason
        found = self._found[key]
        if isinstance(found, Reason):
            raise NotComputableError.of(found)
        return found

    def _find(self, source: ChannelGroup, how: Normalisation) -> tuple[float, float]:
        if how == "peak":
            peak = self._peak(source)
            if not peak > 0:
                raise NotComputableError(f"{source.name} has no peak in a whole stride to be normalised by")
            return 0.0, peak
        trials = self._sound_trials(how)
        if how == "mvic":
            zero, one = 0.0, max(_largest_mean(source, trial) for trial in trials)
        elif how == "reference":
            zero, one = 0.0, self._mean_of_strides(source, trials)
        else:
            values = np.concatenate([_good(source, trial) for trial in trials])
            zero, one = float(values.mean()), float(values.std())
        if not one > 0:
            raise NotComputableError(f"{source.name} is silent in the {_WHAT[how]} trial")
        return zero, one

    def _peak(self, source: ChannelGroup) -> float:
        """Median over the strides of that side of the muscle's peak in each; one artefact then moves nothing."""
        stretches: Sequence[Stride | SitToStand] = [s for s in self.strides if s.side == source.side]
        peaks = []
        for stretch in stretches or self.rises:
            with suppress(NotComputableError):
                peaks.append(float(cut(source, stretch.t0, stretch.t1).values.max()))
        return float(np.median(peaks)) if peaks else float("nan")

    def _mean_of_strides(self, source: ChannelGroup, trials: Sequence[Trial]) -> float:
        means = []
        for stride in self.strides:
            if stride.side == source.side and any(t.t0 <= stride.t0 and stride.t1 <= t.t1 for t in trials):
                with suppress(NotComputableError):
                    means.append(float(cut(source, stride.t0, stride.t1).values.mean()))
        return mean_of_enough(means, source)


def mean_of_enough(means: Sequence[float], source: ChannelGroup) -> float:
    """Mean over the strides of a reference trial.

    Raises
    ------
    NotComputableError
        With fewer than three: one stride is no reference.
    """
    if not means:
        raise NotComputableError(f"no whole stride with {source.name} lies in the reference trial")
    if len(means) < LEAST_STRIDES:
        raise NotComputableError(
            f"{len(means)} strides with {source.name} lie in the reference trial, and {LEAST_STRIDES} are the least"
        )
    return float(np.mean(means))


def _largest_mean(source: ChannelGroup, trial: Trial) -> float:
    part = source.signal.between(trial.t0, trial.t1)
    width = max(1, round(MVIC_MEAN_S * part.rate))
    largest = 0.0
    _good(source, trial)
    for run in part.segments():
        values = part.samples[run, source.columns[0]]
        for piece in np.split(values, np.flatnonzero(~np.isfinite(values))):
            finite = piece[np.isfinite(piece)]
            if len(finite) >= width:
                # Away from the ends, where the mean would be filled up with what was not recorded.
                middle = uniform_filter1d(finite, width)[width // 2 : len(finite) - (width - 1) // 2]
                largest = max(largest, float(middle.max()))
    return largest


def _good(source: ChannelGroup, trial: Trial) -> np.ndarray:
    """Finite samples of a trial in which the channel is without a flaw."""
    found = flaw(source, trial.t0, trial.t1)
    if found is not None:
        raise NotComputableError.of(replace(found, text=f"{found.text} in the trial it is normalised by"))
    values = source.signal.between(trial.t0, trial.t1).samples[:, source.columns[0]]
    finite: np.ndarray = values[np.isfinite(values)]
    if len(finite) < 2:
        raise NotComputableError(f"{source.name} has no value in the trial it is normalised by")
    return finite
