"""Time: every stream mapped onto the lab clock, with a statement of how well that is known.

`synchronise` is the whole interface: streams with their device time stamps and probes in, lab time with its
uncertainty and a certificate out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.ledger import LedgerRow
from groundup.sampling import Straightened, Unstraightenable, straighten
from groundup.smoother import Curve, smooth

Floats = NDArray[np.float64]

COVERAGE = 0.95
_FEWEST_TO_STRAIGHTEN = 10
_TYPICAL_ROUND_TRIP = 2e-4  # s, for files that do not tell
_PROBE_FLOOR = 3e-5  # s; the scatter of probes on loopback, where the truth is 0
_DRIFT_WALK = 3e-8  # (s/s) per square root of a second: a crystal that warms up by 30 ppm in minutes
_FASTEST_DRIFT = 1e-3  # faster than 1000 ppm is a step
_STEP_FLOOR = 2e-3  # s
_RATE_TOLERANCE = 0.01


@dataclass(frozen=True)
class Clocked:
    """What is known of one stream's time.

    Attributes
    ----------
    id : str
    timestamps : ndarray, shape (N,)
        Device clock, as sent.
    rate : float
        Nominal rate in Hz; 0 for an irregular stream.
    probes : structured ndarray of `groundup.source.PROBE`
    latency_s : float
        How late the device stamps its samples.
    host : str
        Machine the stream came from; streams of one host usually share a clock.
    """

    id: str
    timestamps: Floats
    rate: float
    probes: NDArray[np.void]
    latency_s: float = 0.0
    host: str = ""


@dataclass(frozen=True)
class Certificate:
    """How well a stream is known to be in sync.

    Attributes
    ----------
    bound_ms : float
        In sync to ± this, with `coverage` probability; NaN when nothing can be said.
    coverage : float
    asymmetry_ms : float
        What no probe can see: half the smallest round trip.
    reason : str
        Why the bound is what it is, in words.
    """

    bound_ms: float
    coverage: float
    asymmetry_ms: float
    reason: str


@dataclass(frozen=True)
class Synced:
    """A stream on the lab clock.

    Attributes
    ----------
    time : ndarray, shape (N,)
        Lab clock, latency taken off, sampling jitter removed for regular streams.
    uncertainty : ndarray, shape (N,)
        One standard deviation, in seconds.
    rate : float
        Measured sampling rate in Hz (lab clock), or the nominal one when it cannot be told.
    certificate : Certificate
    ledger : tuple of LedgerRow
        Gaps, clock steps and wrong rates that showed in the time stamps.
    """

    time: Floats
    uncertainty: Floats
    rate: float
    certificate: Certificate
    ledger: tuple[LedgerRow, ...] = ()


def synchronise(streams: Sequence[Clocked]) -> list[Synced]:
    """Map streams onto the lab clock.

    Parameters
    ----------
    streams : sequence of Clocked

    Returns
    -------
    list of Synced
        In the same order.
    """
    return [_synchronise(stream) for stream in streams]


def _synchronise(stream: Clocked) -> Synced:
    pieces, rows = _pieces(stream)
    mapped, sigma = _to_lab(stream.timestamps, pieces)
    time = mapped - stream.latency_s
    rate, jitter, curve_sigma = stream.rate, 0.0, 0.0
    if stream.rate > 0 and len(time) >= _FEWEST_TO_STRAIGHTEN and bool(np.all(np.isfinite(time))):
        try:
            straight = straighten(time, stream.rate)
        except Unstraightenable as error:
            message = f"the time stamps of {stream.id} are kept as they came: {error}"
            rows.append(LedgerRow(float(time[0]), stream.id, "stamps", "fault", 0, message))
        else:
            rows += _gap_rows(stream, time, straight)
            time, jitter, curve_sigma = straight.time, straight.jitter, straight.sigma
            rate = 1.0 / straight.interval
            rows += _rate_row(stream, rate, float(time[0]))
    uncertainty = np.sqrt(sigma**2 + curve_sigma**2)
    return Synced(time, uncertainty, rate, _certificate(stream, uncertainty, jitter), tuple(rows))


@dataclass(frozen=True)
class _Piece:
    """A stretch of device time in which the device clock did not step."""

    until: float
    curve: Curve


def _pieces(stream: Clocked) -> tuple[list[_Piece], list[LedgerRow]]:
    """Smoothed curves through the probes, split where the device clock stepped."""
    probes = stream.probes[np.isfinite(stream.probes["time"]) & np.isfinite(stream.probes["offset"])]
    probes = probes[np.argsort(probes["time"], kind="stable")]
    probes = probes[np.append(True, np.diff(probes["time"]) > 0)] if len(probes) else probes
    if len(probes) == 0:
        return [], []
    time, offset = _floats(probes["time"]), _floats(probes["offset"])
    trip = np.where(np.isfinite(probes["round_trip"]), probes["round_trip"], _TYPICAL_ROUND_TRIP)
    allowed = _STEP_FLOOR + _FASTEST_DRIFT * np.diff(time) + trip[1:] + trip[:-1]
    steps = np.flatnonzero(np.abs(np.diff(offset)) > allowed) + 1
    edges = [0, *steps.tolist(), len(time)]
    pieces, rows = [], []
    for a, b in pairwise(edges):
        # A probe can be off by half of what its round trip exceeds the best one, and by the timer's own noise.
        sigma = _PROBE_FLOOR + (trip[a:b] - trip[a:b].min()) / 2.0
        curve = smooth(time[a:b], offset[a:b], sigma, _DRIFT_WALK)
        until = float(time[b - 1] + time[b]) / 2.0 if b < len(time) else float("inf")
        pieces.append(_Piece(until, curve))
        if b < len(time):
            step = float(offset[b] - offset[b - 1])
            lab = float(time[b] + offset[b])
            message = f"the clock of {stream.id} stepped by {-step:+.4f} s; it is followed on both sides"
            rows.append(LedgerRow(lab, stream.id, "clock_step", "warning", 0, message))
    return pieces, rows


def _to_lab(timestamps: Floats, pieces: list[_Piece]) -> tuple[Floats, Floats]:
    if not pieces:
        return timestamps.copy(), np.full(len(timestamps), np.nan)
    time, sigma = np.empty(len(timestamps)), np.empty(len(timestamps))
    which = np.searchsorted([p.until for p in pieces[:-1]], timestamps)
    for index, piece in enumerate(pieces):
        mine = which == index
        time[mine] = timestamps[mine] + piece.curve.at(timestamps[mine])
        sigma[mine] = piece.curve.sigma_at(timestamps[mine])
    return time, sigma


def _gap_rows(stream: Clocked, time: Floats, straight: Straightened) -> list[LedgerRow]:
    rows = []
    for index, lost in straight.gaps:
        seconds = lost * straight.interval
        message = f"{lost} samples of {stream.id} are missing ({seconds:.3f} s); time goes on rightly after the gap"
        rows.append(LedgerRow(float(time[index - 1]), stream.id, "gap", "warning", lost, message))
    return rows


def _rate_row(stream: Clocked, rate: float, when: float) -> list[LedgerRow]:
    if abs(rate / stream.rate - 1.0) <= _RATE_TOLERANCE:
        return []
    message = (
        f"{stream.id} says {stream.rate:g} Hz and samples at {rate:.2f} Hz; times are right, "
        "but check the device's setting"
    )
    return [LedgerRow(when, stream.id, "rate", "fault", 0, message)]


def _certificate(stream: Clocked, uncertainty: Floats, jitter: float) -> Certificate:
    count = len(stream.probes)
    if count == 0:
        reason = "no clock was measured: the times are the file's own"
        return Certificate(float("nan"), COVERAGE, float("nan"), reason)
    trips = stream.probes["round_trip"]
    best = float(np.nanmin(trips)) if bool(np.any(np.isfinite(trips))) else float("nan")
    sigma = float(np.percentile(uncertainty, 95)) if len(uncertainty) else float("nan")
    bound = 1.96e3 * (sigma + (0.0 if stream.rate > 0 else jitter))
    reason = f"{count} probes"
    if np.isfinite(best):
        reason += f", round trip from {best * 1e3:.3f} ms"
    if stream.rate > 0:
        reason += f", jitter of {jitter * 1e3:.3f} ms taken off"
    return Certificate(bound, COVERAGE, best * 1e3 / 2.0, reason)


def _floats(values: NDArray[np.generic]) -> Floats:
    return np.asarray(values, dtype=np.float64)
