"""A stream's certificate: in sync to ± so many ms, and why."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from groundup.clock.pacing import TimerPacing
from groundup.clock.probes import Probes
from groundup.clock.smoother import Floats
from groundup.clock.stamp_correction import StampCorrection
from groundup.model import html_table

if TYPE_CHECKING:
    from groundup.clock.other_clock import OtherClock

COVERAGE = 0.95
_NEGLIGIBLE_S = 1e-3  # a lateness of all stamps that matters to nobody is not told
_MINUTE_S = 60.0
_FEW_PROBES = 4
_WIDER = 1.25  # clocks bend by more than wandering at one pace; set by simulation: docs/decisions/synchronisation.md


IN_SYNC_MS = 50.0
"""With a wider bound nobody can say which of two streams saw a step first: it is placed, but not in sync."""


def sync_words(bound_ms: float) -> str:
    """Whether a stream is in sync, and how well its times are known, in words."""
    if not np.isfinite(bound_ms):
        return "sync unknown"
    return f"{'in sync' if bound_ms <= IN_SYNC_MS else 'not in sync, placed'} to {within(bound_ms)}"


def within(bound_ms: float) -> str:
    """A bound in words: in s where it is of seconds, and never finer than a microsecond."""
    return f"±{max(bound_ms, 0.001):.3g} ms" if bound_ms < 999.5 else f"±{bound_ms / 1e3:.3g} s"


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
        trip, half of what that grew, and what the earliest stamps (or packets of a driver) lie before the times.
    reason : str
        Why the bound is what it is, in words.
    """

    bound_ms: float
    coverage: float
    asymmetry_ms: float
    reason: str

    def _repr_html_(self) -> str:
        covered = f" ({self.coverage:.0%})" if np.isfinite(self.bound_ms) else ""
        row = (sync_words(self.bound_ms) + covered, f"{html_table.number(self.asymmetry_ms)} ms", self.reason)
        return html_table.table(("time", "what no probe can see", "because"), [row])


CERTIFICATE = tuple(field.name for field in fields(Certificate))
"""What a file has of it: text for ``reason``, numbers for the rest."""
LATER = {field.name: field.default for field in fields(Certificate) if field.default is not MISSING}
"""Fields that came later, with the default that stands for them where an older file has none."""


@dataclass(frozen=True)
class Basis:
    """What a stream's certificate rests on, beside its probes and the draws of its error.

    Attributes
    ----------
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
        How far the earliest stamps, or packets that the times were made of, lie before the times, in s: all may be late
        by that, and by more.
    timer : TimerPacing or None
        What is known of a program that takes the samples, where one does.
    correction : StampCorrection or None
        What the stamps were corrected by, where their driver told what it made them of.
    placed : float
        How far samples may be off whose stamps are wrong, in s; NaN where nothing tells.
    other : OtherClock or None
        The clock of its stamps, where it is not the one that was measured.
    corner : float
        How far a clock that is set while it runs may be off between two measurements, in s.
    ticks : (float, float)
        In which its stamps are counted, and how far even samples may be off with each in its tick, in s; 0 where fine.
    few : float
        How far the stamps lie off an even line, in s, where they are too few to tell more; else 0.
    hidden_losses : bool
        Whether lateness that lasts would hide losses.
    at_once : int
        How many samples came at once, from a buffer, and have no certain place.
    away : float
        How far its times may be off at the ends because arrivals run away from them, in s.
    scheduled : bool
        Whether a program may have taken the samples that slept until each was due.
    bent : (float, float)
        How far stamps bend as no crystal makes them, and how far at all, in s: lateness that lasts may be in them.
    lasted : float
        From the first sample to the last, in s.
    """

    regular: bool
    jitter: float | None
    samples: int
    unknown: int = 0
    miscount: float = 0.0
    scattered: float = 0.0
    early: float = 0.0
    timer: TimerPacing | None = None
    correction: StampCorrection | None = None
    placed: float = 0.0
    other: OtherClock | None = None
    corner: float = 0.0
    ticks: tuple[float, float] = (0.0, 0.0)
    few: float = 0.0
    hidden_losses: bool = False
    at_once: int = 0
    away: float = 0.0
    scheduled: bool = False
    bent: tuple[float, float] = (0.0, 0.0)
    lasted: float = 0.0


def certify(errors: Floats, probes: Probes, basis: Basis) -> Certificate:
    """State how well a stream is in sync.

    Parameters
    ----------
    errors : ndarray, shape (draws, moments)
        What the error of the time may be, at moments spread over the samples, in s.
    probes : Probes
    basis : Basis
    """
    best = float(np.min(probes.trip)) if len(probes.time) else float("nan")
    nothing = _why_nothing(probes, basis, best)
    if nothing:
        # Where another clock's stamps have no place, what the probes cannot see is no matter of theirs.
        unseen = float("nan") if basis.other is not None and not np.isfinite(basis.other.bound) else best * 1e3 / 2.0
        return Certificate(float("nan"), COVERAGE, unseen, nothing)
    grown = _grown(probes, best)
    bound = 1e3 * (_WIDER * (_own_error(errors, basis) + basis.bent[0]) + _further(probes, basis) + grown)
    measured = _measured(probes, best)
    if grown > 0.0:
        measured += f" to {1e3 * (best + 2.0 * grown):.3f} ms: on one way it moves the times by half of what it grew"
    if basis.other is not None:
        bound += 1e3 * basis.other.bound
        measured = f"its stamps are of another clock ({basis.other.clock}), and are placed by when they arrived"
    reason = measured + _taken_off(basis) + _sampled(basis) + _besides(basis)
    return Certificate(bound, COVERAGE, 1e3 * (best / 2.0 + basis.early + grown), reason)


def _grown(probes: Probes, best: float) -> float:
    """By how much the times may wander because the way of the measurements grew, and perhaps one way only, in s.

    A queue that stands for a third of a recording leaves no better measurement to go by; what is less than the best
    round trip itself is noise.
    """
    thirds = [part for part in np.array_split(probes.trip, 3) if len(part) >= _FEW_PROBES]
    most = max((float(part.min()) for part in thirds), default=best)
    return (most - best) / 2.0 if most > 2.0 * best else 0.0


def _measured(probes: Probes, best: float) -> str:
    return f"{len(probes.time)} probes, round trip from {best * 1e3:.3f} ms"


def _why_nothing(probes: Probes, basis: Basis, best: float) -> str:
    """Why nothing can be said; empty where something can."""
    if not len(probes.time):
        return "no clock was measured: the times are the file's own"
    if basis.other is not None and not np.isfinite(basis.other.bound):
        return "its stamps are of another clock"
    if probes.contrary:
        count = len(probes.time) + len(probes.outliers)
        return f"its {count} clock measurements contradict each other by {probes.contrary:.6g} s"
    if basis.unknown == basis.samples:
        every = f"none of its {basis.samples} time stamps is a number"
        return f"{every if basis.samples else 'it has no samples'} ({_measured(probes, best)})"
    return ""


def _own_error(errors: Floats, basis: Basis) -> float:
    """What a stream's own error nearly always stays below, in every part of it, in s.

    The promise is about the 95th percentile over the samples, without its middle, which no clock can see. So that is
    worked out for each draw; the bound is what nearly all of them stay below. At its ends a curve is known least: the
    first and the last minute, and third, count for themselves.
    """
    samples = basis.samples - basis.unknown
    # A single sample has no middle but itself: its own error counts.
    off = np.abs(errors - (np.median(errors, axis=1, keepdims=True) if samples > 1 else 0.0))
    third = max(1, off.shape[1] // 3)
    minute = max(1, min(third, int(off.shape[1] * _MINUTE_S / basis.lasted))) if basis.lasted > 0.0 else third
    parts = [off, *(part for size in (third, minute) for part in (off[:, :size], off[:, -size:]))]
    each = np.max([np.percentile(part, 95, axis=1) for part in parts], axis=0)
    return float(np.percentile(each, 95))


def _further(probes: Probes, basis: Basis) -> float:
    """By how much times may be off that no draw of the error shows, in s."""
    late = 0.0 if basis.timer is None else 2.0 * basis.timer.late + basis.timer.perhaps
    bounds = (basis.miscount, basis.scattered, late, probes.uncertainty, basis.placed, basis.corner, basis.ticks[1])
    return sum(bounds) + basis.few + basis.away


def _taken_off(basis: Basis) -> str:
    """What was done to the stamps."""
    if basis.correction is not None:
        fitted = f", fitted with hindsight to {basis.correction.pairs} arrivals of its driver's packets"
        return f"{fitted} (its stamps were up to {basis.correction.most_off() * 1e3:.3f} ms off)"
    return "" if basis.jitter is None else f", jitter of {basis.jitter * 1e3:.3f} ms taken off"


def _sampled(basis: Basis) -> str:
    """How evenly samples were taken, as far as it can be told."""
    uneven, timer = f"{basis.scattered * 1e3:.3f} ms", basis.timer
    if basis.few > 0.0:
        return (
            f"; too few samples to tell lateness from uneven sampling, which lie up to {basis.few * 1e3:.3g} ms apart"
        )
    if basis.miscount > 0.0:
        return ", stamps too late by too different times to count every lost sample"
    if basis.scheduled:
        return (
            ": by a device that is late, or by a program that samples late itself (it sleeps until each is due), "
            f"and then its samples lie {uneven} off; nobody can tell"
        )
    if basis.jitter is not None and basis.scattered > 0.0 and timer is not None:
        return f": a program times the samples, several by one stamp, up to {uneven} off these times"
    if basis.jitter is not None and basis.scattered > 0.0:
        return f"; slower than it says: a program that samples when it stamps is off by {uneven}"
    if timer is not None:
        kept = ", a program times the samples: their stamps are kept as they came"
        late = f", and are late by {timer.late * 1e3:.3f} ms themselves" if timer.late > 0.0 else ""
        lasts = f"; or a device does, and lateness that lasts puts them up to {within(timer.perhaps * 1e3)[1:]} off"
        return kept + late + (lasts if timer.perhaps > 0.0 else "")
    if basis.regular and basis.jitter is None:
        return ", jitter not taken off" + (
            f": the stamps lie {uneven} off even sampling" if basis.scattered > 0.0 else ""
        )
    return ""


def _besides(basis: Basis) -> str:
    """What else the bound has in it, or leaves open."""
    (tick, hidden), early, bent = basis.ticks, basis.early, max(basis.bent)
    earliest = "stamps" if basis.correction is None else "packets"
    stamped = f"{basis.unknown} of its {basis.samples} time stamps are no times in seconds"
    reasons = {
        "; losses of a few samples cannot be seen: its lateness lasts, and moves all as they would": (
            basis.hidden_losses
        ),
        f", stamped in ticks of {tick * 1e3:.4g} ms, which hide up to {hidden * 1e3:.3g} ms": tick > 0.0,
        f", its clock was set while it ran: up to {basis.corner * 1e3:.3g} ms off between two measurements": (
            basis.corner > 0.0
        ),
        f", arrivals run away from its times by {2e3 * basis.away:.3g} ms": basis.away > 0.0,
        f"; its stamps bend by {bent * 1e3:.3g} ms as no crystal does: it is late in a way that lasts, or paused": (
            basis.bent[0] > _NEGLIGIBLE_S
        ),
        f"; its stamps bend by {bent * 1e3:.3g} ms: its crystal, or lateness that grows slowly, which look alike": (
            bent > _NEGLIGIBLE_S >= basis.bent[0]
        ),
        _placed(basis): basis.placed != 0.0 or basis.at_once > 0,
        f"; {stamped}": basis.unknown > 0,
        f"; all may be late alike, which cannot be seen: the earliest {earliest} lie {early * 1e3:.3g} ms before": (
            early > _NEGLIGIBLE_S
        ),
    }
    return "".join(words for words, holds in reasons.items() if holds)


def _placed(basis: Basis) -> str:
    if basis.at_once:
        return f"; {basis.at_once} samples that came at once are placed by their number"
    if not basis.regular:
        return ", but stamps jump, or contradict their arrival"
    return ", stamps that jump: samples placed by their number or arrival"
