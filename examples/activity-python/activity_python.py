"""A live processor in Python: how active each muscle is, smoothed with one time constant, chunk by chunk."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.signal import lfilter

from groundup.plugin import CausalProcessor, Made, Processor, Settings, SignalForm, Stage, hookimpl


class ActivitySettings(Settings, frozen=True):
    tau_s: float = 0.1


class ActivityStage(Stage):
    """``y = a |x| + (1 - a) y``, for every channel."""

    def __init__(self, made: SignalForm, tau_s: float) -> None:
        self.form = made
        self.latency_s = tau_s
        self.a = -math.expm1(-1.0 / (tau_s * made.rate))
        self.reset()

    def reset(self) -> None:
        self.memory = np.zeros((1, len(self.form.channels)))

    def process(self, time: np.ndarray, samples: np.ndarray) -> Made:
        y, self.memory = lfilter([self.a], [1.0, self.a - 1.0], np.abs(samples), axis=0, zi=self.memory)
        return Made(y)


class Activity(CausalProcessor):
    """Activity of every EMG channel, in its own unit."""

    name = "activity_python"
    accepts = "emg"
    default = False
    settings_type = ActivitySettings
    settings: ActivitySettings

    def causal(self, form: SignalForm) -> Stage:
        made = replace(form, id=f"{form.id}.activity", kind="activity", inputs=(form.id,))
        return ActivityStage(made, self.settings.tau_s)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    return [Activity]
