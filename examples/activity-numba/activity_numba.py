"""A live processor in numba: one compiled function that the chain calls without Python."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numba
import numpy as np
from numba.types import CPointer, float64, int32, uint32, voidptr

from groundup.plugin import CausalProcessor, NativeStage, Processor, Settings, SignalForm, Stage, hookimpl

# `process` of groundup/processor.h; the state is ours: a, number of channels, and the memory of each.
SIGNATURE = int32(
    CPointer(float64),
    CPointer(float64),
    uint32,
    CPointer(float64),
    CPointer(uint32),
    voidptr,
    CPointer(uint32),
)


@numba.cfunc(SIGNATURE)
def activity(state, samples, n, out, out_n, events, event_n):
    a, channels = state[0], int(state[1])
    for i in range(n):
        for c in range(channels):
            y = a * abs(samples[i * channels + c]) + (1.0 - a) * state[2 + c]
            state[2 + c] = y
            out[i * channels + c] = y
    out_n[0] = n
    event_n[0] = 0
    return 0


class ActivitySettings(Settings, frozen=True):
    tau_s: float = 0.1


class Activity(CausalProcessor):
    """Activity of every EMG channel, in its own unit: ``y = a |x| + (1 - a) y``."""

    name = "activity_numba"
    accepts = "emg"
    default = False
    settings_type = ActivitySettings
    settings: ActivitySettings

    def causal(self, form: SignalForm) -> Stage:
        tau_s, channels = self.settings.tau_s, len(form.channels)
        state = np.array([-math.expm1(-1.0 / (tau_s * form.rate)), channels, *[0.0] * channels])
        made = replace(form, id=f"{form.id}.activity", kind="activity", inputs=(form.id,))
        return NativeStage.of_function(activity, form, made, state=state, latency_s=tau_s)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    return [Activity]
