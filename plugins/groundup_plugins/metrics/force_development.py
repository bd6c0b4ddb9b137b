"""Rate of force development: how fast the vertical force grows after a contact, or as a person begins to rise."""

from collections.abc import Iterable

import numpy as np

from groundup.plugin import Metric, NotComputableError, SitToStand, Stance, Trace, grf, hookimpl, metric

_REFERENCE = "Aagaard et al. 2002, J Appl Physiol 93:1318 (windows from the onset)"


def _made(name: str, window_s: float) -> Metric:
    @metric(
        name,
        of=(Stance, SitToStand),
        unit="N/s",
        needs=(grf("v"),),
        reference=_REFERENCE,
        parameters={"window_s": window_s},
    )
    def force_development(stretch: Stance | SitToStand, vertical: Trace) -> float:
        time = vertical.time - stretch.t0
        if time[-1] < window_s or len(time) < 3:
            raise NotComputableError(f"it is over within {window_s * 1e3:.0f} ms")
        # Contact lies between two samples: the line through the first two says what the force was then.
        first = vertical.values[0] - time[0] * (vertical.values[1] - vertical.values[0]) / (time[1] - time[0])
        return (float(np.interp(window_s, time, vertical.values)) - float(first)) / window_s

    force_development.function.__doc__ = (
        f"Mean slope of the vertical force over the first {window_s * 1e3:.0f} ms.\n\n"
        "In a stance from initial contact, under that foot; in a rise from a chair from the last moment of sitting\n"
        "still, under both feet."
    )
    return force_development


rate_of_force_development = _made("rate_of_force_development", 0.1)
rate_of_force_development_50 = _made("rate_of_force_development_50", 0.05)
rate_of_force_development_200 = _made("rate_of_force_development_200", 0.2)


@hookimpl
def groundup_metrics() -> Iterable[Metric]:
    """Return the rates of force development in the usual windows."""
    return [rate_of_force_development, rate_of_force_development_50, rate_of_force_development_200]
