"""The EMG-onset processor: when each muscle is active, as a signal of zeros and ones."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from groundup.plugin import (
    Floats,
    NotComputableError,
    Processor,
    Product,
    Settings,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.processors.emg_onset_live import EmgOnsetStage
from groundup_plugins.processors.onsets import Method, active, check_rate


class EmgOnsetSettings(Settings, frozen=True):
    """Settings of the EMG onset.

    Attributes
    ----------
    method : {"tkeo", "hodges_bui", "double_threshold"}
        Teager-Kaiser energy over a threshold, the mean of a window over one (Hodges & Bui), or so many of five samples
        over one (Bonato).
    """

    method: Method = "tkeo"


class EmgOnset(Processor):
    """1 while a muscle is active and 0 while it rests, for every EMG channel; NaN where neither can be told.

    Each run without a gap is looked at by itself, against its own quietest half second. Runs only where lab.toml asks
    for it.
    """

    name = "emg_onset"
    accepts = "emg"
    default = False
    settings_type = EmgOnsetSettings
    settings: EmgOnsetSettings

    def causal(self, form: SignalForm) -> Stage:
        """The same detector on the last second, against the quietest half second so far; 0.25 s late."""
        check_rate(form.rate)
        return EmgOnsetStage(form, self.settings.method)

    def whole(self, signal: Signal) -> Product:
        """Find the bursts of a whole recording."""
        found: Floats = np.full(signal.samples.shape, np.nan)
        for run in signal.segments():
            for column in range(len(signal.channels)):
                values = signal.samples[run, column]
                if np.isfinite(values).all():
                    try:
                        found[run, column] = active(values, signal.rate, self.settings.method)
                    except NotComputableError:
                        continue
        if not np.isfinite(found).any():
            raise NotComputableError(
                f"{signal.id} has no run of EMG in which an onset could be told: 1 s at 500 Hz or more"
            )
        channels = tuple(replace(channel, unit="1") for channel in signal.channels)
        made = replace(
            signal,
            id=f"{signal.id}.active",
            kind="activity",
            samples=found,
            channels=channels,
            inputs=(signal.id,),
            attrs={"method": self.settings.method},
        )
        return Product(signals=(made,))


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the EMG onset."""
    return [EmgOnset]
