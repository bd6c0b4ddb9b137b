"""What groundup is told of the processor in C."""

from collections.abc import Iterable
from dataclasses import replace

from _activity_c import make

from groundup.plugin import CausalProcessor, NativeStage, Processor, Settings, SignalForm, Stage, hookimpl


class ActivitySettings(Settings, frozen=True):
    tau_s: float = 0.1


class Activity(CausalProcessor):
    """Activity of every EMG channel, in its own unit: ``y = a |x| + (1 - a) y``."""

    name = "activity_c"
    accepts = "emg"
    default = False
    settings_type = ActivitySettings
    settings: ActivitySettings

    def causal(self, form: SignalForm) -> Stage:
        made = replace(form, id=f"{form.id}.activity", kind="activity", inputs=(form.id,))
        return NativeStage(make(len(form.channels), self.settings.tau_s), form, made)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    return [Activity]
