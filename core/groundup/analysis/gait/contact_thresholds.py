"""Whether the force by which a foot is on a plate fits that plate: above its noise, and that of belts for a belt."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from groundup.analysis.gait.contact_evidence.border import border_of
from groundup.analysis.gait.progression import source_of
from groundup.model.events import Event
from groundup.model.signals import Floats, Signal

_EDGE_S = 0.05
_NOISE = 3.0  # SD of what a plate tells in swing: less, and its noise alone goes through the threshold
_BELT_N = 40.0
_STEPS, _STEP_S = 10, 2.0  # in a row, on one plate: nobody walks so over a plate in the floor


def unfit_thresholds(events: Sequence[Event], signals: Sequence[Signal]) -> Iterator[str]:
    """Say of which plates contacts are told by a threshold that does not fit.

    Live cannot wait for the swing that tells it, and live and offline have one threshold: so it is said, not changed.

    Parameters
    ----------
    events : sequence of Event
        In order of time.
    signals : sequence of Signal
        Ground reaction forces among them.
    """
    for plate in signals:
        if plate.kind != "grf" or "Fz" not in [channel.label for channel in plate.channels]:
            continue
        source = source_of(plate)
        mine = [event for event in events if event.source == source and event.kind in ("IC", "FO")]
        if len(mine) >= 4:
            yield from _unfit(plate, source, mine)


def _unfit(plate: Signal, source: str, events: Sequence[Event]) -> Iterator[str]:
    force = plate.column("Fz")
    # A contact is told where the force goes through the threshold.
    threshold = float(np.nanmedian(np.interp([event.time for event in events], plate.time, force)))
    noise = _noise(plate, events)
    if _NOISE * noise > threshold:
        yield (
            f"in swing the force on {source} varies by {noise:.0f} N (SD), and contacts are told by {threshold:.0f} N: "
            f"they may begin too early and end too late; set threshold_n of the processor contacts above "
            f"{_NOISE * noise:.0f} N, or look for what shakes the plate"
        )
    if threshold < _BELT_N and border_of(plate.plate) is None and _is_trodden_as_a_belt(events):
        yield (
            f"{source} is trodden step after step, as the plate of a treadmill is, and its corners are not known: "
            f"contacts are told by {threshold:.0f} N, as on the floor; give its corners, or threshold_n = 50"
        )


def _noise(plate: Signal, events: Sequence[Event]) -> float:
    """SD of the vertical force (N) in the swings between contacts, each about its own mean; 0 where there is none."""
    swings: list[Floats] = []
    for off, on in pairwise(events):
        if (off.kind, on.kind) == ("FO", "IC"):
            force = plate.between(off.time + _EDGE_S, on.time - _EDGE_S).column("Fz")
            force = force[np.isfinite(force)]
            swings += [force - force.mean()] if len(force) > 4 else []
    return float(np.median([swing.std() for swing in swings])) if swings else 0.0


def _is_trodden_as_a_belt(events: Sequence[Event]) -> bool:
    times = [event.time for event in events if event.kind == "IC"]
    row = 0
    for a, b in pairwise(times):
        row = row + 1 if b - a < _STEP_S else 0
        if row >= _STEPS:
            return True
    return False
