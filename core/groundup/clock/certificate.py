"""A stream's certificate: in sync to ± so many ms, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from groundup import html
from groundup.clock.hindsight import Hindsight
from groundup.clock.pacing import Woken
from groundup.clock.probes import Probes
from groundup.clock.smoother import Floats

if TYPE_CHECKING:
    from groundup.clock.other_clock import OtherClock

COVERAGE = 0.95
_TOLD_S = 1e-3  # a lateness of all stamps that matters to nobody is not told
_WIDER = 1.25  # clocks bend by more than wandering at one pace; set by simulation, see docs/decisions/time.md


@dataclass(frozen=True)
class Certificate:
    """How well a stream is known to be in sync.

    Attributes
    ----------
    bound_ms : float
        In sync to ± this, with `coverage` probability; NaN when nothing can be said.
    coverage : float
    asymmetry_ms : float
        By how much all times may be off together, which neither probes nor stamps can show: half the smallest round
        trip, and what the earliest stamps lie before the times.
    reason : str
        Why the bound is what it is, in words.
    """

    bound_ms: float
    coverage: float
    asymmetry_ms: float
    reason: str

    def _repr_html_(self) -> str:
        bound = f"±{html.number(self.bound_ms)} ms ({self.coverage:.0%})" if np.isfinite(self.bound_ms) else "unknown"
        row = (bound, f"{html.number(self.asymmetry_ms)} ms", self.reason)
        return html.table(("in sync to", "what no probe can see", "because"), [row])


def certify(
    errors: Floats,
    probes: Probes,
    *,
    regular: bool,
    jitter: float | None,
    samples: int,
    unknown: int = 0,
    miscount: float = 0.0,
    scattered: float = 0.0,
    early: float = 0.0,
    woken: Woken | None = None,
    hindsight: Hindsight | None = None,
    placed: float = 0.0,
    other: OtherClock | None = None,
    corner: float = 0.0,
    ticks: tuple[float, float] = (0.0, 0.0),
    few: float = 0.0,
    unseen: bool = False,
    at_once: int = 0,
    away: float = 0.0,
) -> Certificate:
    """State how well a stream is in sync.

    Parameters
    ----------
    errors : ndarray, shape (draws, moments)
        What the error of the time may be, at moments spread over the samples, in s.
    probes : Probes
    regular : bool
        Whether it samples at a rate.
    jitter : float or None
        What was taken off its stamps, in s; None if they are as sent.
    samples, unknown : int
        How many samples it has, and how many of them have a time stamp that is no number.
    miscount : float
        By how much a count of lost samples that is off moves them, in s; 0 where the counts are sure.
    scattered : float
        How far stamps that should come evenly do not, in s; 0 where a device surely took its samples evenly, or none
        is meant to.
    early : float
        How far the earliest stamps lie before the times, in s: all may be late by that, and by more.
    woken : Woken or None
        What is known of a program that takes the samples, where one does.
    hindsight : Hindsight or None
        What the stamps were corrected by, where their driver told what it made them of.
    placed : float
        How far samples may be off whose stamps are wrong, in s; NaN where nothing tells.
    other : OtherClock or None
        The clock of its stamps, where it is not the one that was measured.
    corner : float
        How far a clock that is set while it runs may be off between two measurements, in s.
    ticks : (float, float)
        In which its stamps are counted, and how far even samples may be off with each in its tick, in s; 0 where fine.
    unseen : bool
        Whether lateness that lasts would hide losses.
    away : float
        How far its times may be off at the ends because arrivals run away from them, in s.
    at_once : int
        How many samples came at once, from a buffer, and have no certain place.
    few : float
        How far the stamps lie off an even line, in s, where they are too few to tell more; else 0.
    """
    count = len(probes.time)
    if count == 0:
        return Certificate(float("nan"), COVERAGE, float("nan"), "no clock was measured: the times are the file's own")
    if other is not None and not np.isfinite(other.bound):
        return Certificate(float("nan"), COVERAGE, float("nan"), "its stamps are of another clock")
    best = float(np.min(probes.trip))
    if probes.contrary:
        reason = (
            f"its {count + len(probes.outliers)} clock measurements contradict each other by {probes.contrary:.6g} s"
        )
        return Certificate(float("nan"), COVERAGE, best * 1e3 / 2.0, reason)
    reason = f"{count} probes, round trip from {best * 1e3:.3f} ms"
    if unknown == samples:
        lacks = f"none of its {samples} time stamps is a number" if samples else "it has no samples"
        return Certificate(float("nan"), COVERAGE, best * 1e3 / 2.0, f"{lacks} ({reason})")
    # The promise is about a stream's own error: its 95th percentile over the samples, without its middle, which no
    # clock can see. So that is worked out for each draw; the bound is what nearly all of them stay below.
    # A single sample has no middle but itself: its own error counts.
    middle = np.median(errors, axis=1, keepdims=True) if samples - unknown > 1 else 0.0
    off = np.abs(errors - middle)
    # In every part of it: at its ends a curve is known least, and a third of a stream is a third of its data.
    third = max(1, off.shape[1] // 3)
    each = np.max([np.percentile(part, 95, axis=1) for part in (off[:, :third], off, off[:, -third:])], axis=0)
    late = 2.0 * woken.late + woken.perhaps if woken is not None else 0.0
    further = miscount + scattered + late + probes.doubt + placed + corner + ticks[1] + few + away
    bound = 1e3 * (_WIDER * float(np.percentile(each, 95)) + further)
    if other is not None:
        bound += 1e3 * other.bound
        reason = f"its stamps are of another clock ({other.clock}), and are placed by when they arrived"
    if hindsight is not None:
        reason += f", fitted with hindsight to {hindsight.pairs} arrivals of its driver's packets"
        reason += f" (its stamps were up to {hindsight.most_off() * 1e3:.3f} ms off)"
    elif jitter is not None:
        reason += f", jitter of {jitter * 1e3:.3f} ms taken off"
    if few > 0.0:
        reason += f"; too few samples to tell lateness from uneven sampling, which lie up to {few * 1e3:.3g} ms apart"
    elif miscount > 0.0:
        reason += ", stamps too late by too different times to count every lost sample"
    elif jitter is not None and scattered > 0.0 and woken is not None:
        reason += f": a program times the samples, several by one stamp, up to {scattered * 1e3:.3f} ms off these times"
    elif jitter is not None and scattered > 0.0:
        reason += f"; slower than it says: a program that samples when it stamps is off by {scattered * 1e3:.3f} ms"
    elif woken is not None:
        reason += ", a program times the samples: their stamps are kept as they came"
        reason += f", and are late by {woken.late * 1e3:.3f} ms themselves" if woken.late > 0.0 else ""
        if woken.perhaps > 0.0:
            reason += f"; or a device does, and lateness that lasts puts them up to {woken.perhaps * 1e3:.3g} ms off"
    elif regular and jitter is None:
        reason += ", jitter not taken off"
        reason += f": the stamps lie {scattered * 1e3:.3f} ms off even sampling" if scattered > 0.0 else ""
    if unseen:
        reason += "; losses of a few samples cannot be seen: its lateness lasts, and moves all as they would"
    if ticks[0] > 0.0:
        reason += f", stamped in ticks of {ticks[0] * 1e3:.4g} ms, which hide up to {ticks[1] * 1e3:.3g} ms"
    if corner > 0.0:
        reason += f", its clock was set while it ran: up to {corner * 1e3:.3g} ms off between two measurements"
    if away > 0.0:
        reason += f", arrivals run away from its times by {2e3 * away:.3g} ms"
    if at_once:
        reason += f"; {at_once} samples that came at once are placed by their number"
    elif placed != 0.0 and not regular:
        reason += ", but stamps jump, or contradict their arrival"
    elif placed != 0.0:
        reason += ", stamps that jump: samples placed by their number or arrival"
    if unknown:
        reason += f"; {unknown} of its {samples} time stamps are no times in seconds"
    if early > _TOLD_S:
        reason += f"; all may be late alike, which cannot be seen: the earliest stamps lie {early * 1e3:.3g} ms before"
    return Certificate(bound, COVERAGE, 1e3 * (best / 2.0 + early), reason)
