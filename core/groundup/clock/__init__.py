"""Time: every stream mapped onto the lab clock, with a statement of how well that is known.

`synchronise` is the whole interface: streams with their device time stamps and probes in, lab time with its
uncertainty and a certificate out. `groundup.clock.live` has the causal forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock.certificate import COVERAGE, Certificate, certify
from groundup.clock.dejitter import Straightened, Unstraightenable, straighten
from groundup.clock.device_clock import Piece, Probes, agree, fit, look, pool
from groundup.clock.epochs import epochs, to_lab
from groundup.clock.smoother import DRAWS, Floats
from groundup.ledger import LedgerRow

__all__ = ["COVERAGE", "Certificate", "Clocked", "Synced", "synchronise"]

_FEWEST_TO_STRAIGHTEN = 10
_GRID = 400
_AWAY_S = 0.2
_RATE_TOLERANCE = 0.01


@dataclass(frozen=True)
class Clocked:
    """What is known of one stream's time.

    Attributes
    ----------
    id : str
    timestamps : ndarray, shape (N,)
        Device clock, as sent, in the order of arrival.
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
    looks = [look(stream.probes) for stream in streams]
    pieces: dict[int, list[Piece]] = {}
    for seed, (together, members) in enumerate(_clocks(streams, looks)):
        fitted = fit(together, 1000 * seed)
        pieces.update(dict.fromkeys(members, fitted))
    return [
        _Stream(s, p, pieces[i], 1_000_000 + i).synced() for i, (s, p) in enumerate(zip(streams, looks, strict=True))
    ]


def _clocks(streams: Sequence[Clocked], looks: Sequence[Probes]) -> list[tuple[Probes, list[int]]]:
    """Probes of each clock, and the streams that run on it: of one host, and only while they agree."""
    groups: list[list[int]] = []
    for index, (stream, mine) in enumerate(zip(streams, looks, strict=True)):
        for group in groups:
            first = group[0]
            if stream.host and stream.host == streams[first].host and agree(looks[first], mine):
                group.append(index)
                break
        else:
            groups.append([index])
    clocks: list[tuple[Probes, list[int]]] = []
    for group in groups:
        together = pool([looks[i] for i in group]) if len(group) > 1 else looks[group[0]]
        if len(together.steps) != len(looks[group[0]].steps):
            clocks += [(looks[i], [i]) for i in group]
        else:
            clocks.append((together, group))
    return clocks


class _Stream:
    """One stream on its way to the lab clock."""

    def __init__(self, stream: Clocked, probes: Probes, pieces: list[Piece], seed: int) -> None:
        self.stream, self.probes, self.seed = stream, probes, seed
        self.pieces = pieces
        self.epochs = epochs(stream.timestamps, pieces, stream.rate)
        self.rows: list[LedgerRow] = []

    def synced(self) -> Synced:
        stream = self.stream
        stamps = stream.timestamps
        rate = stream.rate
        straight: Straightened | None = None
        if rate > 0 and len(stamps) >= _FEWEST_TO_STRAIGHTEN and bool(np.all(np.isfinite(stamps))):
            try:
                continuous = self._continuous()
                straight = straighten(continuous, rate, self.seed, self._returns(continuous))
            except Unstraightenable as error:
                message = f"the time stamps of {stream.id} are kept as they came: {error}"
                self.rows.append(LedgerRow(self._first(), stream.id, "stamps", "fault", 0, message))
        time, uncertainty, errors = self._even(straight) if straight is not None else self._as_sent()
        time -= stream.latency_s
        if straight is not None:
            rate = self._measured_rate(straight, time)
            self._rate_rows(straight, rate, time)
            self._gap_rows(straight, time)
        self._clock_rows()
        jitter = None if straight is None else straight.jitter
        certificate = certify(errors, self.probes, regular=stream.rate > 0, jitter=jitter)
        rows = tuple(sorted(self.rows, key=lambda row: row.time))
        return Synced(time, uncertainty, rate, certificate, rows)

    def _continuous(self) -> Floats:
        """Device time as if its clock had never stepped."""
        if len(self.epochs) <= 1:
            return self.stream.timestamps
        stamps = self.stream.timestamps.copy()
        for epoch in self.epochs:
            stamps[epoch.start : epoch.stop] += epoch.shift
        return stamps

    def _returns(self, continuous: Floats) -> list[int]:
        """Where the clock stepped while the device was away: it may have come back as another."""
        starts = [epoch.start for epoch in self.epochs[1:] if 0 < epoch.start < len(continuous)]
        return [k for k in starts if continuous[k] - continuous[k - 1] > _AWAY_S]

    def _even(self, straight: Straightened) -> tuple[Floats, Floats, Floats]:
        """Lab time, its uncertainty, and draws of its error on a grid, of straightened samples."""
        elapsed = straight.elapsed
        time, uncertainty = np.empty(len(elapsed)), np.empty(len(elapsed))
        drawn: list[tuple[int, Floats]] = []
        for stretch in straight.stretches:
            for epoch in self.epochs:
                a, b = max(stretch.start, epoch.start), min(stretch.stop, epoch.stop)
                if a >= b:
                    continue
                # On a grid: the curves bend over seconds, and a straight line between its points is exact enough.
                grid = np.linspace(elapsed[a], elapsed[b - 1], _points(b - a, elapsed[b - 1] - elapsed[a]))
                device = stretch.at(grid) - epoch.shift
                lab, errors = to_lab(device, epoch)
                errors = errors + stretch.curve.errors_at(grid)
                time[a:b] = np.interp(elapsed[a:b], grid, lab)
                uncertainty[a:b] = np.interp(elapsed[a:b], grid, errors.std(axis=0))
                drawn.append((b - a, errors))
        if bool(np.any(time[1:] < time[:-1])):
            time = np.maximum.accumulate(time)
        return time, uncertainty, _weighted(drawn)

    def _as_sent(self) -> tuple[Floats, Floats, Floats]:
        """Lab time, its uncertainty, and draws of its error, of samples with stamps as they came."""
        stamps = self.stream.timestamps
        time, uncertainty = stamps.copy(), np.full(len(stamps), np.nan)
        drawn: list[tuple[int, Floats]] = []
        for epoch in self.epochs:
            mine = slice(epoch.start, epoch.stop)
            known = stamps[mine][np.isfinite(stamps[mine])]
            if len(known) == 0 or epoch.piece is None:
                continue
            grid = np.linspace(known.min(), known.max(), _points(len(known), float(np.ptp(known))))
            lab, errors = to_lab(grid, epoch)
            time[mine] += np.interp(stamps[mine], grid, lab - grid)
            uncertainty[mine] = np.interp(stamps[mine], grid, errors.std(axis=0))
            drawn.append((len(known), errors))
        return time, uncertainty, _weighted(drawn)

    def _first(self) -> float:
        known = self.stream.timestamps[np.isfinite(self.stream.timestamps)][:1]
        return float(to_lab(known, self.epochs[0])[0][0]) if len(known) else 0.0

    def _measured_rate(self, straight: Straightened, time: Floats) -> float:
        """Samples taken, lost ones counted in, over the time they took."""
        span = float(time[-1] - time[0])
        return float((straight.elapsed[-1] - straight.elapsed[0]) / straight.interval / span) if span > 0 else 0.0

    def _rate_rows(self, straight: Straightened, rate: float, time: Floats) -> None:
        name, nominal = self.stream.id, self.stream.rate
        if len(straight.intervals) > 1:
            for (_, before), (index, after) in zip(straight.intervals, straight.intervals[1:], strict=False):
                message = f"{name} changes its rate from {1 / before:.2f} to {1 / after:.2f} Hz; times are right"
                self.rows.append(LedgerRow(float(time[index]), name, "rate", "fault", 0, message))
        elif abs(rate / nominal - 1.0) > _RATE_TOLERANCE:
            message = (
                f"{name} says {nominal:g} Hz and samples at {rate:.2f} Hz; times are right, "
                "but check the device's setting"
            )
            self.rows.append(LedgerRow(float(time[0]), name, "rate", "fault", 0, message))

    def _gap_rows(self, straight: Straightened, time: Floats) -> None:
        name = self.stream.id
        for index, lost in straight.gaps:
            seconds = float(time[index] - time[index - 1])
            message = f"{lost} samples of {name} are missing ({seconds:.3f} s); time goes on rightly after the gap"
            self.rows.append(LedgerRow(float(time[index - 1]), name, "gap", "warning", lost, message))

    def _clock_rows(self) -> None:
        name = self.stream.id
        for before, after in zip(self.pieces, self.pieces[1:], strict=False):
            step = float(before.curve.value[-1] - after.curve.value[0])
            message = f"the clock of {name} stepped by {step:+.4f} s; it is followed on both sides"
            self.rows.append(LedgerRow(after.first, name, "clock_step", "warning", 0, message))
        if self.probes.outliers:
            count = self.probes.outliers
            message = f"{count} measurements of the clock of {name} are far off their neighbours and left out"
            self.rows.append(LedgerRow(self.pieces[0].first, name, "probes", "info", count, message))


def _points(count: int, span: float) -> int:
    return int(min(count, max(2, min(_GRID, span * 4.0)), _GRID)) if count > 1 else 1


def _weighted(drawn: list[tuple[int, Floats]]) -> Floats:
    """Draws of the error at moments that stand for equally many samples each, shape (DRAWS, moments)."""
    if not drawn:
        return np.full((DRAWS, 1), np.nan)
    total = sum(count for count, _ in drawn)
    parts = []
    for count, errors in drawn:
        wanted = max(1, round(_GRID * count / total))
        parts.append(errors[:, np.linspace(0, errors.shape[1] - 1, wanted).round().astype(int)])
    return np.concatenate(parts, axis=1)
