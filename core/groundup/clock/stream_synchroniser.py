"""One stream on its way to the lab clock: its samples straightened, its clock followed, what showed in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import numpy as np

from groundup.clock.arrival_bounds import ArrivalBounds
from groundup.clock.arrival_check import constant_delay, growing_delay, jumping_events
from groundup.clock.buffer_flushes import Flush, WithoutFlushes, dejitter_with_flushes, find_flushes, flush_rows
from groundup.clock.certificate import Basis, certify
from groundup.clock.clock_input import ClockInput
from groundup.clock.clock_segments import clock_segments, to_lab
from groundup.clock.dejitter import Dejittered, IrregularTimestampsError
from groundup.clock.device_clock import Piece, SlewCorrected, is_slewed, slew_corrected
from groundup.clock.lab_time import LabTime, Line
from groundup.clock.line_uncertainty import with_order_uncertainty, with_uncertainty, without_overlap
from groundup.clock.order_search import find_order
from groundup.clock.other_clock import OtherClock
from groundup.clock.pacing import RATE_TOLERANCE, TimerPacing, find_timer_pacing, timer_pacing_rows
from groundup.clock.probes import Probes
from groundup.clock.quantisation import Dithered, hidden_shift, quantisation_step
from groundup.clock.sample_order import Oddity, Order, Run
from groundup.clock.sampling_rate import scatter
from groundup.clock.scheduled_sampling import maybe_scheduled
from groundup.clock.smoother import DRAWS, Floats
from groundup.clock.stamp_correction import stamp_correction
from groundup.clock.stamps import Stamps, plausible
from groundup.clock.synced_time import LazySyncedTime
from groundup.clock.time_rows import gap_rows, probe_rows, rate_rows
from groundup.model.ledger import LedgerRow

_FEWEST_TO_STRAIGHTEN = 2
_GRID = 400
_AWAY_S = 0.2
_MANY_GAPS = 10
_MOST_ROWS = 20  # of the ledger, about stamps that jump
_SURE = 1.9  # of its standard deviation, an error is surely no larger than
_FEW_PLACED = 0.02  # of the samples: a certificate is about 95 %


@dataclass(frozen=True)
class _Sampling:
    """How the samples of a stream were taken, by their stamps.

    Attributes
    ----------
    order : Order
    straight : Straightened or None
        Their even times, where a device took them.
    program : Woken or None
        Who timed them, where a program did.
    came : list of Flush
        What came at once.
    grain : float
        The tick in which stamps are counted, in s; 0 where fine.
    scattered : float
        How far stamps that should come evenly do not, in s.
    scheduled : bool
        Whether a program may have taken them that slept until each was due.
    jump : (int, str) or None
        Of events: how many have stamps that jump, and in what words.
    """

    order: Order
    straight: Dejittered | None = None
    program: TimerPacing | None = None
    came: list[Flush] = field(default_factory=list)
    grain: float = 0.0
    scattered: float = 0.0
    scheduled: bool = False
    jump: tuple[int, str] | None = None

    def kept_flushes(self, rate: float) -> list[Flush]:
        """What came at once; where stamps are kept as they came, it is off by as long as it takes."""
        if self.straight is not None:
            return self.came
        return [replace(flush, off=flush.count / rate) for flush in self.came]


class StreamSynchroniser:
    """One stream on its way to the lab clock.

    Parameters
    ----------
    stream : ClockInput
    probes : Probes
        Its own.
    pieces : list of Piece
        Its clock between steps, fitted with all who share it.
    seed : int
        Of the draws from what is not known.
    other : OtherClock or None
        The clock of its stamps, where it is not the one that was measured.
    """

    def __init__(
        self, stream: ClockInput, probes: Probes, pieces: list[Piece], seed: int, other: OtherClock | None = None
    ) -> None:
        self.other = other
        self.stream, self.probes, self.seed = stream, probes, seed
        self.hindsight = stamp_correction(stream.ticks, Stamps(stream.timestamps), seed) if len(stream.ticks) else None
        known = stream.timestamps if self.hindsight is None else self.hindsight.of(stream.timestamps)
        self.between_steps = pieces
        self.slewed: SlewCorrected | None = None
        self.stamps, self.pieces = Stamps(known), pieces
        self.epochs = clock_segments(self.stamps, pieces, stream.rate, stream.arrivals)
        # Ticks are on the clock of the stamps, bent as it is.
        if self.hindsight is None and is_slewed(pieces):
            self._unbend()
        self.rows: list[LedgerRow] = []
        self.moved = self.stamps  # as the order of the samples asks for

    def _unbend(self) -> None:
        """Go on with stamps on the lab's clock, as its own was set while it ran."""
        spans = [(e.start, e.stop, e.piece) for e in self.epochs if e.piece is not None]
        found = slew_corrected(self.stamps, spans)
        if found is not None:
            self.slewed, self.pieces = found
            self.stamps = Stamps(self.slewed)
            self.epochs = clock_segments(self.stamps, self.pieces, self.stream.rate, self.stream.arrivals)

    def followed(self) -> LazySyncedTime:
        """Time, rate, certificate and ledger."""
        unknown = self.stamps.unknown()
        found = self._sampling(unknown)
        straight, program, rate = found.straight, found.program, self.stream.rate
        late = 0.0 if program is None else program.late + program.perhaps / 2.0
        lines, errors = self._even(straight) if straight is not None else self._as_sent(late)
        order = found.order if found.order.changed else None
        elapsed = None if straight is None else straight.elapsed
        time = LabTime(self.moved, tuple(lines), elapsed, self.stream.latency_s, order)
        scattered, hidden_s = found.scattered, 0.0
        if straight is not None:
            rate, scattered = self._straight_rows(straight, found, time)
            hidden_s = _hidden_shift(straight, found.grain) if found.grain > 0.0 else 0.0
        basis = Basis(
            regular=self.stream.rate > 0, jitter=None, samples=len(self.stamps), unknown=unknown, scattered=scattered,
            woken=program, hindsight=self.hindsight, other=self.other, corner=self._corner(straight),
            placed=np.nan if found.jump else self._placed(found),
            ticks=(found.grain, hidden_s), away=self._runs_off(),
            at_once=sum(flush.count for flush in found.kept_flushes(self.stream.rate) if flush.off > 0.0),
            scheduled=found.scheduled, lasted=self._lasted(),
            early=0.0 if self.hindsight is None else self.hindsight.early(),
        )  # fmt: skip
        if straight is not None:
            basis = replace(
                basis, jitter=straight.jitter, early=basis.early + straight.early, few=straight.few,
                hidden_losses=straight.hidden_losses, miscount=_miscount(straight), bent=straight.bent,
            )  # fmt: skip
        time = self._with_uncertainty(time, basis, found)
        if program is not None:
            rate = 1.0 / (program.interval * self._drift())
        self._rows(found, rate, time)
        return LazySyncedTime(
            time, rate, certify(errors, self.probes, basis), tuple(sorted(self.rows, key=attrgetter("time")))
        )

    def _sampling(self, unknown: int) -> _Sampling:
        """How the samples were taken, by their stamps; what cannot be told is said."""
        stream = self.stream
        none = Order((Run(0, len(self.stamps), 0.0),))
        if unknown:
            text = f"{unknown} of the {len(self.stamps)} time stamps of {stream.id} are no times"
            message = f"{text}; the others are kept as they came"
            self.rows.append(LedgerRow(self._first(), stream.id, "stamps", "fault", unknown, message))
            return _Sampling(none)
        if stream.rate > 0 and len(self.stamps) >= _FEWEST_TO_STRAIGHTEN:
            return self._regular()
        if stream.rate == 0 and self.pieces:
            return _Sampling(none, jump=jumping_events(self._continuous(), self._late(), stream.id))
        return _Sampling(none)

    def _regular(self) -> _Sampling:
        """Of a stream with a rate: its order, what came at once, its ticks, and who times the samples."""
        rate, measured = self.stream.rate, self.hindsight is None
        continuous = self._continuous()
        taken = find_order(continuous, rate, self._late(), self.stream.samples)
        arranged = taken.arranged(continuous)
        self._in_order = [replace(e, start=taken.later(e.start), stop=taken.later(e.stop)) for e in self.epochs]
        if len(taken.shifts) > 1:
            self.moved = self.stamps.shifted(taken.shifts)
        came = find_flushes(arranged, rate) if measured else []
        grain = quantisation_step(Stamps(WithoutFlushes(arranged, came)), rate) if measured else 0.0
        arranged = Stamps(Dithered(arranged, grain)) if grain > 0.0 else arranged
        program = straight = None
        try:
            program = find_timer_pacing(Stamps(WithoutFlushes(arranged, came)), rate) if measured else None
            if program is None or program.together:
                returns = sorted({*self._returns(arranged), *taken.joints})
                straight, came = dejitter_with_flushes(
                    arranged, came, rate, self.seed, returns, lossless=program is not None, late=measured
                )
        except IrregularTimestampsError as error:
            message = f"the time stamps of {self.stream.id} are kept as they came: {error}"
            self.rows.append(LedgerRow(self._first(), self.stream.id, "stamps", "fault", 0, message))
            return _Sampling(taken, None, program, came, grain, scatter(arranged, rate))
        scheduled = straight is not None and program is None and measured and maybe_scheduled(arranged, rate, straight)
        return _Sampling(taken, straight, program, came, grain, scheduled=scheduled)

    def _straight_rows(self, straight: Dejittered, found: _Sampling, time: LabTime) -> tuple[float, float]:
        """The measured rate, and how far stamps that should come evenly do not, with what the ledger says of both."""
        longest = straight.longest if found.came else None
        ends = (longest.start, longest.stop - 1) if longest is not None else (0, found.order.count - 1)
        rate = self._measured_rate(straight, time, *ends)
        if found.program is None:
            self.rows += rate_rows(self.stream.id, self.stream.rate, straight, rate, time)
        # Slower than it says: a program may be woken on ticks, and then its stamps were the sampling times.
        slower = self.hindsight is None and rate < (1.0 - RATE_TOLERANCE) * self.stream.rate
        self.rows += gap_rows(self.stream.id, straight, time)
        return rate, straight.off if slower or found.scheduled or found.program is not None else 0.0

    def _lasted(self) -> float:
        """How long it was recorded, in s; 0 where its ends do not tell."""
        lasted = self.moved.at(-1) - self.moved.at(0) if len(self.moved) else 0.0
        return lasted if np.isfinite(lasted) else 0.0

    def _corner(self, straight: Dejittered | None) -> float:
        # Where that began or ended shows in stamps of even sampling, but not in any others.
        return 0.0 if self.slewed is None or straight is not None else self.slewed.corner

    def _with_uncertainty(self, time: LabTime, basis: Basis, found: _Sampling) -> LabTime:
        """Time, each sample as sure as all that the certificate rests on leaves it."""
        other = self.other.bound if self.other is not None and np.isfinite(self.other.bound) else 0.0
        for uncertainty in (basis.scattered, basis.ticks[1], other, basis.corner):
            time = with_uncertainty(time, uncertainty) if uncertainty > 0.0 else time
        time = replace(time, lines=tuple(with_order_uncertainty(line, found.order) for line in time.lines))
        time = with_uncertainty(time, basis.away + basis.bent[0]) if basis.away + basis.bent[0] > 0.0 else time
        return with_uncertainty(time, np.nan) if found.jump else time

    def _rows(self, found: _Sampling, rate: float, time: LabTime) -> None:
        """What the ledger says of jumps, programs, clocks, order and flushes."""
        name = self.stream.id
        if found.jump is not None:
            self.rows.append(LedgerRow(self._first(), name, "stamps", "fault", *found.jump))
        if found.program is not None:
            self.rows += timer_pacing_rows(found.program, name, self.stream.rate, rate, self._mapped)
        self._clock_rows()
        self._order_rows(found.order)
        for unsure in self._unsure():
            message = f"{unsure.count} samples of {name}, from number {unsure.start} on, {unsure.sentence}"
            self.rows.append(LedgerRow(self._mapped(unsure.start), name, "stamps", "fault", unsure.count, message))
        came = found.kept_flushes(self.stream.rate)
        starts = np.array([flush.start for flush in came], np.int64)
        as_came = found.straight is None
        at = [self._mapped(k) for k in starts.tolist()] if as_came else time.of(starts).tolist()
        self.rows += flush_rows(came, name, at)
        if self.other is not None:
            message = self.other.description(name)
            self.rows.append(LedgerRow(self._first(), name, "clock", "fault", len(self.stamps), message))

    def _placed(self, found: _Sampling) -> float:
        return _placed((*found.order.oddities, *self._unsure(), *found.came), len(self.stamps))

    def _unsure(self) -> list[Oddity]:
        """Samples of which nothing tells on which side of a step of the clock they were stamped."""
        found: list[Oddity] = []
        for epoch in (epoch for epoch in self.epochs if epoch.uncertainty > 0.0 and epoch.stop > epoch.start):
            text = (
                f"were stamped between two measurements between which the clock stepped, or stood still for "
                f"{epoch.uncertainty:.4g} s: nothing tells before or after which, so they may be off by as much"
            )
            before = found[-1] if found else None
            if before is not None and before.start + before.count == epoch.start and before.off == epoch.uncertainty:
                found[-1] = replace(before, count=before.count + epoch.stop - epoch.start)
            else:
                found.append(Oddity(epoch.start, epoch.stop - epoch.start, text, epoch.uncertainty))
        return found

    def _continuous(self) -> Stamps:
        """Device time as if its clock had never stepped."""
        return self.stamps.shifted([(epoch.start, epoch.shift) for epoch in self.epochs])

    def _returns(self, continuous: Stamps) -> list[int]:
        """Where the clock stepped while the device was away: it may have come back as another."""
        starts = [epoch.start for epoch in self._in_order[1:] if 0 < epoch.start < len(continuous)]
        return [k for k in starts if continuous.at(k) - continuous.at(k - 1) > _AWAY_S]

    def _even(self, straight: Dejittered) -> tuple[list[Line], Floats]:
        """Lab time of straightened samples on a grid, and draws of its error there."""
        lines: list[Line] = []
        drawn: list[tuple[int, Floats]] = []
        for stretch in straight.stretches:
            for epoch in self._in_order:
                a, b = max(stretch.start, epoch.start), min(stretch.stop, epoch.stop)
                if a >= b:
                    continue
                # On a grid: the curves bend over seconds, and a straight line between its points is exact enough.
                first, last = straight.elapsed.at(a), straight.elapsed.at(b - 1)
                grid = np.linspace(first, last, _points(b - a, last - first))
                device = stretch.at(grid) - epoch.shift
                lab, errors = to_lab(device, epoch)
                errors = errors + stretch.curve.errors_at(grid) + self._errors_before(device)
                unsure = stretch.uncertainty / 2.0 + epoch.uncertainty / _SURE
                lines.append(Line(a, b, grid, lab, np.hypot(errors.std(axis=0), unsure)))
                drawn.append((b - a, errors))
        return without_overlap(lines, straight), _weighted(drawn)

    def _as_sent(self, late: float) -> tuple[list[Line], Floats]:
        """What is added to stamps as they came, on a grid, and draws of its error there; each is late by so much."""
        lines: list[Line] = []
        drawn: list[tuple[int, Floats]] = []
        for epoch in self.epochs:
            count, low, high = _range(self.moved.part(epoch.start, epoch.stop))
            if count == 0 or epoch.piece is None:
                continue
            grid = np.linspace(low, high, _points(count, high - low))
            lab, errors = to_lab(grid, epoch)
            errors = errors + self._errors_before(grid)
            sd = np.hypot(errors.std(axis=0), late + epoch.uncertainty / _SURE)
            lines.append(
                Line(
                    epoch.start,
                    epoch.stop,
                    grid,
                    lab - grid,
                    sd,
                )
            )
            drawn.append((count, errors))
        return lines, _weighted(drawn)

    def _errors_before(self, device: Floats) -> Floats:
        """Draws of what device time itself may be off by: as well as the driver's hindsight knows it."""
        if self.hindsight is None:
            return np.zeros((DRAWS, 1))
        return self.hindsight.errors_at(device, self.seed)

    def _late(self) -> ArrivalBounds:
        """When samples were read, on the clock of their stamps as if it had never stepped."""
        arrivals = self.stream.arrivals
        arrivals = arrivals[(arrivals["sample"] >= 0) & (arrivals["sample"] < len(self.stamps))]
        sample = np.asarray(arrivals["sample"], np.int64)
        lab, stamp, some = np.full(len(sample), np.nan), np.full(len(sample), np.nan), self.stamps.these(sample)
        for epoch in self.epochs:
            mine = (sample >= epoch.start) & (sample < epoch.stop)
            stamp[mine] = some[mine] + epoch.shift
            if epoch.piece is not None and mine.any() and not epoch.uncertainty:  # else arrival would speak of the step
                lab[mine] = some[mine] + epoch.piece.curve.at(some[mine])
        late = [stamp + np.asarray(arrivals[name], np.float64) - lab for name in ("after", "by")]
        return ArrivalBounds(sample, stamp, *late)

    def _order_rows(self, taken: Order) -> None:
        name = self.stream.id
        for oddity in taken.oddities[:_MOST_ROWS]:
            at = float(to_lab(np.array([self.stamps.at(oddity.start)]), self.epochs[0])[0][0])
            shift = next(run.shift for run in (*taken.runs, *taken.untimed) if run.start <= oddity.start < run.stop)
            at += shift if np.isfinite(shift) else 0.0
            message = f"{oddity.count} samples of {name}, from number {oddity.start} on, {oddity.sentence}"
            self.rows.append(LedgerRow(at, name, "stamps", "fault", oddity.count, message))
        if len(taken.oddities) > _MOST_ROWS:
            more = taken.oddities[_MOST_ROWS:]
            message = (
                f"{sum(one.count for one in more)} more samples of {name} have stamps that jump, in {len(more)} places"
            )
            self.rows.append(LedgerRow(self._first(), name, "stamps", "fault", len(more), message))

    def _first(self) -> float:
        return float(to_lab(np.array([self.stamps.first()]), self.epochs[0])[0][0])

    def _measured_rate(self, straight: Dejittered, time: LabTime, first: int, last: int) -> float:
        """Samples taken, lost ones counted in, over the time they took."""
        begin, end = time.of(np.array([first, last])).tolist()
        taken = (straight.elapsed.at(last) - straight.elapsed.at(first)) / straight.interval
        return float(taken / (end - begin)) if end > begin else 0.0

    def _runs_off(self) -> float:
        """How far times may be off at the ends because arrivals run away from them, in s; and the ledger says it."""
        if not self.pieces or self.other is not None or not len(self.stream.arrivals):
            return 0.0
        off = growing_delay(self._late())
        if off != 0.0:
            more = "later" if off > 0.0 else "sooner"
            text = f"the samples of {self.stream.id} arrive {abs(off):.3g} s {more} behind their times at the end"
            message = f"{text} than at first: its clock runs otherwise than was measured, or what sends it falls behind"
            self.rows.append(LedgerRow(self._first(), self.stream.id, "clock", "warning", 0, message))
        return abs(off) / 2.0

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

    def _clock_rows(self) -> None:
        name = self.stream.id
        for before, after in zip(self.between_steps, self.between_steps[1:], strict=False):
            step = float(before.curve.value[-1] - after.curve.value[0])
            message = f"the clock of {name} stepped by {step:+.4f} s; it is followed on both sides"
            self.rows.append(LedgerRow(after.first, name, "clock_step", "warning", 0, message))
        if self.slewed is not None:
            ppm = 1e6 * self.slewed.pace
            message = (
                f"the clock of {name} was set while it ran, by {ppm:.0f} ppm more or less for a time; it is followed"
            )
            self.rows.append(LedgerRow(self._first(), name, "clock", "warning", 0, message))
        if self.other is None:
            self.rows += probe_rows(self.stream.id, self.probes)
            off = constant_delay(self._late(), name) if self.pieces and len(self.stream.arrivals) else None
            if off is not None:
                self.rows.append(LedgerRow(self._first(), name, "clock", "warning", 0, off))


def _placed(oddity: Sequence[Oddity | Flush], samples: int) -> float:
    """How far the places of samples may be off that are not told by their stamps, in s, if they are more than a few."""
    doubtful = [one for one in oddity if one.off != 0.0]
    few = sum(one.count for one in doubtful) <= _FEW_PLACED * samples
    return 0.0 if few else float(np.max([one.off for one in doubtful]))


def _hidden_shift(straight: Dejittered, grain: float) -> float:
    """How far even samples may be off that are stamped in ticks, in s."""
    longest = straight.longest
    return hidden_shift(
        grain, longest.stop - longest.start, lambda some: longest.at(straight.elapsed.of(longest.start + some))
    )


def _range(stamps: Stamps) -> tuple[int, float, float]:
    """How many can be times, and the lowest and the highest of these."""
    count, low, high = 0, np.inf, -np.inf
    for _, values in stamps.pieces():
        known = values[plausible(values)]
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


def _miscount(straight: Dejittered) -> float:
    """What it makes that one lost sample more or less is not always told, where stamps are late by intervals."""
    blurred = straight.jitter > straight.interval and len(straight.gaps) > _MANY_GAPS
    return straight.interval if blurred else 0.0
