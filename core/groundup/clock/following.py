"""One stream on its way to the lab clock: its samples straightened, its clock followed, what showed in the ledger."""

from operator import attrgetter

import numpy as np

from groundup.clock.certificate import certify
from groundup.clock.dejitter import Straightened, Unstraightenable, straighten
from groundup.clock.device_clock import Piece
from groundup.clock.epochs import epochs, to_lab
from groundup.clock.hindsight import hindsight
from groundup.clock.lab_time import LabTime, Line
from groundup.clock.pacing import RATE_TOLERANCE, Woken, woken, woken_rows
from groundup.clock.probes import Probes
from groundup.clock.sampling_rate import scatter
from groundup.clock.smoother import DRAWS, Floats
from groundup.clock.stamps import Stamps
from groundup.clock.timed import Clocked, Followed
from groundup.ledger import LedgerRow

_FEWEST_TO_STRAIGHTEN = 10
_GRID = 400
_AWAY_S = 0.2
_MANY_GAPS = 10


class Following:
    """One stream on its way to the lab clock.

    Parameters
    ----------
    stream : Clocked
    probes : Probes
        Its own.
    pieces : list of Piece
        Its clock between steps, fitted with all who share it.
    seed : int
        Of the draws from what is not known.
    """

    def __init__(self, stream: Clocked, probes: Probes, pieces: list[Piece], seed: int) -> None:
        self.stream, self.probes, self.seed = stream, probes, seed
        self.hindsight = hindsight(stream.ticks, Stamps(stream.timestamps), seed) if len(stream.ticks) else None
        known = stream.timestamps if self.hindsight is None else self.hindsight.of(stream.timestamps)
        self.stamps = Stamps(known)
        self.pieces = pieces
        self.epochs = epochs(self.stamps, pieces, stream.rate)
        self.rows: list[LedgerRow] = []

    def followed(self) -> Followed:
        """Time, rate, certificate and ledger."""
        stream = self.stream
        rate = stream.rate
        straight: Straightened | None = None
        program: Woken | None = None
        scattered = 0.0
        unknown = self.stamps.unknown()
        if unknown:
            told = f"{unknown} of the {len(self.stamps)} time stamps of {stream.id} are no numbers"
            message = f"{told}; the others are kept as they came"
            self.rows.append(LedgerRow(self._first(), stream.id, "stamps", "fault", unknown, message))
        elif rate > 0 and len(self.stamps) >= _FEWEST_TO_STRAIGHTEN:
            continuous = self._continuous()
            try:
                program = woken(continuous, rate) if self.hindsight is None else None
                if program is None or program.together:
                    lossless = program is not None
                    returns = self._returns(continuous)
                    straight = straighten(continuous, rate, self.seed, returns, lossless=lossless)
            except Unstraightenable as error:
                scattered = scatter(continuous, rate)
                message = f"the time stamps of {stream.id} are kept as they came: {error}"
                self.rows.append(LedgerRow(self._first(), stream.id, "stamps", "fault", 0, message))
        late = 0.0 if program is None else program.late
        lines, errors = self._even(straight) if straight is not None else self._as_sent(late)
        elapsed = None if straight is None else straight.elapsed
        time = LabTime(self.stamps, tuple(lines), elapsed, stream.latency_s)
        if straight is not None:
            rate = self._measured_rate(straight, time)
            if program is None:
                self._rate_rows(straight, rate, time)
            # Slower than it says: a program may be woken on ticks, and then its stamps were the sampling times.
            slower = rate < (1.0 - RATE_TOLERANCE) * stream.rate
            scattered = straight.off if slower or program is not None else 0.0
            self._gap_rows(straight, time)
        if program is not None:
            rate = 1.0 / (program.interval * self._drift())
            self.rows += woken_rows(program, stream.id, stream.rate, rate, self._mapped)
        self._clock_rows()
        jitter = None if straight is None else straight.jitter
        certificate = certify(
            errors, self.probes, regular=stream.rate > 0, jitter=jitter, samples=len(self.stamps), unknown=unknown,
            miscount=0.0 if straight is None else _miscount(straight), scattered=scattered, woken=program,
            hindsight=self.hindsight,
        )  # fmt: skip
        rows = tuple(sorted(self.rows, key=attrgetter("time")))
        return Followed(time, rate, certificate, rows)

    def _continuous(self) -> Stamps:
        """Device time as if its clock had never stepped."""
        return self.stamps.shifted([(epoch.start, epoch.shift) for epoch in self.epochs])

    def _returns(self, continuous: Stamps) -> list[int]:
        """Where the clock stepped while the device was away: it may have come back as another."""
        starts = [epoch.start for epoch in self.epochs[1:] if 0 < epoch.start < len(continuous)]
        return [k for k in starts if continuous.at(k) - continuous.at(k - 1) > _AWAY_S]

    def _even(self, straight: Straightened) -> tuple[list[Line], Floats]:
        """Lab time of straightened samples on a grid, and draws of its error there."""
        lines: list[Line] = []
        drawn: list[tuple[int, Floats]] = []
        for stretch in straight.stretches:
            for epoch in self.epochs:
                a, b = max(stretch.start, epoch.start), min(stretch.stop, epoch.stop)
                if a >= b:
                    continue
                # On a grid: the curves bend over seconds, and a straight line between its points is exact enough.
                first, last = straight.elapsed.at(a), straight.elapsed.at(b - 1)
                grid = np.linspace(first, last, _points(b - a, last - first))
                device = stretch.at(grid) - epoch.shift
                lab, errors = to_lab(device, epoch)
                errors = errors + stretch.curve.errors_at(grid) + self._errors_before(device)
                lines.append(Line(a, b, grid, lab, errors.std(axis=0)))
                drawn.append((b - a, errors))
        return lines, _weighted(drawn)

    def _as_sent(self, late: float) -> tuple[list[Line], Floats]:
        """What is added to stamps as they came, on a grid, and draws of its error there; each is late by so much."""
        lines: list[Line] = []
        drawn: list[tuple[int, Floats]] = []
        for epoch in self.epochs:
            count, low, high = _range(self.stamps.part(epoch.start, epoch.stop))
            if count == 0 or epoch.piece is None:
                continue
            grid = np.linspace(low, high, _points(count, high - low))
            lab, errors = to_lab(grid, epoch)
            errors = errors + self._errors_before(grid)
            lines.append(Line(epoch.start, epoch.stop, grid, lab - grid, np.hypot(errors.std(axis=0), late)))
            drawn.append((count, errors))
        return lines, _weighted(drawn)

    def _errors_before(self, device: Floats) -> Floats:
        """Draws of what device time itself may be off by: as well as the driver's hindsight knows it."""
        if self.hindsight is None:
            return np.zeros((DRAWS, 1))
        return self.hindsight.errors_at(device, self.seed)

    def _first(self) -> float:
        return float(to_lab(np.array([self.stamps.first()]), self.epochs[0])[0][0])

    def _measured_rate(self, straight: Straightened, time: LabTime) -> float:
        """Samples taken, lost ones counted in, over the time they took."""
        last = len(self.stamps) - 1
        begin, end = time.of(np.array([0, last])).tolist()
        taken = (straight.elapsed.at(last) - straight.elapsed.at(0)) / straight.interval
        return float(taken / (end - begin)) if end > begin else 0.0

    def _rate_rows(self, straight: Straightened, rate: float, time: LabTime) -> None:
        name, nominal = self.stream.id, self.stream.rate
        starts = time.of(np.array([index for index, _ in straight.intervals])).tolist()
        if len(straight.intervals) > 1:
            for start, (_, before), (_, after) in zip(
                starts[1:], straight.intervals, straight.intervals[1:], strict=False
            ):
                message = f"{name} changes its rate from {1 / before:.2f} to {1 / after:.2f} Hz; times are right"
                self.rows.append(LedgerRow(start, name, "rate", "fault", 0, message))
        elif abs(rate / nominal - 1.0) > RATE_TOLERANCE:
            message = (
                f"{name} says {nominal:g} Hz and samples at {rate:.2f} Hz; times are right, "
                "but check the device's setting"
            )
            self.rows.append(LedgerRow(starts[0], name, "rate", "fault", 0, message))

    def _mapped(self, sample: int) -> float:
        """Lab time of one stamp as it came."""
        epoch = next(epoch for epoch in self.epochs if sample < epoch.stop)
        return float(to_lab(np.array([self.stamps.at(sample)]), epoch)[0][0])

    def _drift(self) -> float:
        """Seconds of the lab in one of the clock that stamps, where most samples are."""
        epoch = max(self.epochs, key=lambda epoch: epoch.stop - epoch.start)
        ends = [epoch.start, epoch.stop - 1]
        device = self.stamps.at(ends[1]) - self.stamps.at(ends[0])
        return (self._mapped(ends[1]) - self._mapped(ends[0])) / device if device > 0.0 else 1.0

    def _gap_rows(self, straight: Straightened, time: LabTime) -> None:
        name = self.stream.id
        after, lost = straight.gaps.T
        ends = time.of(np.column_stack([after - 1, after]).ravel()).reshape(-1, 2).tolist()
        self.rows += [
            LedgerRow(
                begin, name, "gap", "warning", count,
                f"{count} samples of {name} are missing ({end - begin:.3f} s); time goes on rightly after the gap",
            )
            for (begin, end), count in zip(ends, lost.tolist(), strict=True)
        ]  # fmt: skip

    def _clock_rows(self) -> None:
        name = self.stream.id
        for before, after in zip(self.pieces, self.pieces[1:], strict=False):
            step = float(before.curve.value[-1] - after.curve.value[0])
            message = f"the clock of {name} stepped by {step:+.4f} s; it is followed on both sides"
            self.rows.append(LedgerRow(after.first, name, "clock_step", "warning", 0, message))
        self._probe_rows()

    def _probe_rows(self) -> None:
        """What measurements of the clock are not believed."""
        name, out = self.stream.id, self.probes.outliers
        if self.probes.contrary:
            message = (
                f"the measurements of the clock of {name} contradict each other by {self.probes.contrary:.6g} s, "
                "and are too few to tell which is right: its sync is unknown"
            )
            self.rows.append(LedgerRow(out[0].lab, name, "probes", "fault", len(out), message))
        elif len(out) == 1:
            message = (
                f"a measurement of the clock of {name} is off by {out[0].off:+.6g} s and left out; it moves no sample"
            )
            self.rows.append(LedgerRow(out[0].lab, name, "probes", "warning", 1, message))
        elif out:
            worst = max((one.off for one in out), key=abs)
            message = (
                f"{len(out)} measurements of the clock of {name} are off, by up to {worst:+.6g} s, and left out; "
                "they move no sample"
            )
            self.rows.append(LedgerRow(out[0].lab, name, "probes", "warning", len(out), message))


def _range(stamps: Stamps) -> tuple[int, float, float]:
    """How many are numbers, and the lowest and the highest of these."""
    count, low, high = 0, np.inf, -np.inf
    for _, values in stamps.pieces():
        known = values[np.isfinite(values)]
        if len(known):
            count, low, high = count + len(known), min(low, float(known.min())), max(high, float(known.max()))
    return count, low, high


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


def _miscount(straight: Straightened) -> float:
    """What it makes that one lost sample more or less is not always told, where stamps are late by intervals."""
    blurred = straight.jitter > straight.interval and len(straight.gaps) > _MANY_GAPS
    return straight.interval if blurred else 0.0
