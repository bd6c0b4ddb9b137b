"""A metric in twelve lines: how much of a stance the ground slows the body down."""

from groundup.plugin import Metric, Stance, Trace, grf, hookimpl, metric


@metric("braking_time", of=Stance, unit="1", needs=[grf("ap")], reference="the impulse's sign, as in Winter (2009)")
def braking_time(stance: Stance, ap: Trace) -> float:
    """Share of the stance in which the ground reaction force points backwards."""
    return float((ap.values < 0).mean())


@hookimpl
def groundup_metrics() -> list[Metric]:
    return [braking_time]
