"""How much of the impact's shock is lost from one segment to another, in dB: for the sensors that a lab has."""

from collections.abc import Iterable, Mapping

from groundup.plugin import Metric, NotComputableError, Stride, Trace, acc, hookimpl, metric
from groundup_plugins.metrics.found_once import found_once
from groundup_plugins.metrics.load_wave import (
    BEFORE_S,
    FIRST_S,
    LEAST_RATE,
    impact,
    loss_db,
    not_downward,
    sampled_enough,
)
from groundup_plugins.metrics.shock import Shock, look_for_shocks

PATHS = (
    ("foot", "shank"),
    ("shank", "thigh"),
    ("thigh", "pelvis"),
    ("shank", "pelvis"),
    ("foot", "pelvis"),
    ("pelvis", "head"),
)
"""Distal and proximal segment: each from one of the usual sensors to the next, and from below to the pelvis at once."""
_DEFINITION = """dB of the impact lost from {distal} to {proximal}, 10 log10(PSD {distal} / PSD {proximal}) in 10-20 Hz.

    Positive: lost on the way; losses of parts of the way add up. All three axes together, in a window around the
    arrival at each. Shoe, skin and mount of both sensors are in it: compare what was worn alike. Not computable below
    100 Hz sampling, where no impact stands out, and where the impact does not travel up, by these two sensors or any
    other of that side.
    """


def shock_loss(distal: str, proximal: str) -> Metric:
    """The loss between two segments, as a metric."""

    def loss(stride: Stride, ends: Mapping[str, Trace], worn: Mapping[str, Trace]) -> float:
        missing = [segment for segment in (distal, proximal) if segment not in ends]
        if missing:
            raise NotComputableError(
                f"no acceleration of {' and '.join(missing)} was recorded on that side or the midline"
            )
        for segment in (distal, proximal):
            sampled_enough(segment, ends[segment])
        found = {segment: impact(segment, ends[segment], stride.t0) for segment in (distal, proximal)}
        not_downward(found)
        not_downward(_others(stride, worn) | found)
        return loss_db(found[distal], found[proximal])

    loss.__doc__ = _DEFINITION.format(distal=distal, proximal=proximal)
    return metric(
        f"shock_loss_{distal}_{proximal}",
        title=f"Impact lost from {distal} to {proximal}",
        of=Stride,
        unit="dB",
        needs=(
            acc((distal, proximal), before_s=BEFORE_S, after_s=0.05, first_s=FIRST_S),
            acc(before_s=BEFORE_S, after_s=0.05, first_s=FIRST_S, whole_only=True),
        ),
        axis="load path",
        reference="Shorten & Winslow 1992, Int J Sport Biomech 8:288 (band and ratio)",
        parameters={"band_low_hz": 10.0, "band_high_hz": 20.0, "distal": distal, "proximal": proximal},
    )(loss)


@found_once
def _others(stride: Stride, worn: Mapping[str, Trace]) -> dict[str, Shock]:
    """The impact at every segment where one stands out: swapped sensors show in the order of all."""
    found = {}
    look_for_shocks(worn.values(), stride.t0)
    for segment, trace in worn.items():
        try:
            sampled_enough(segment, trace, LEAST_RATE)
            found[segment] = impact(segment, trace, stride.t0)
        except NotComputableError:
            continue
    return found


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the loss between segments."""
    return [shock_loss(distal, proximal) for distal, proximal in PATHS]
