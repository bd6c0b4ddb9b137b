"""That a value stands on a speed of the belt which nobody measured is stored with the value."""

from collections.abc import Sequence

from groundup.model.subject import Treadmill
from groundup.plugin.metric import Metric
from groundup.plugin.stage import SignalForm

_STAND_ON_IT = frozenset({"distance", "step"})


def declared_speed(metric: Metric, treadmill: Treadmill, recorded: Sequence[SignalForm]) -> dict[str, str]:
    """Parameters of a metric that takes what lab.toml tells for the speed of the belt; none where a stream says it.

    Parameters
    ----------
    metric : Metric
    treadmill : Treadmill
        What lab.toml tells.
    recorded : sequence of SignalForm
        The streams of the recording.
    """
    speeds = sorted({speed for speed in (treadmill.speed_m_s, *treadmill.trials.values()) if speed > 0})
    measured = any(form.kind == "treadmill" for form in recorded)
    if not speeds or measured or not any(need.what in _STAND_ON_IT for need in metric.needs):
        return {}
    return {"belt_speed": " or ".join(f"{speed:g}" for speed in speeds) + " m/s, as lab.toml tells; not measured"}
