"""A stream on the clock that stamped it: its stamps, the pieces of its clock, and both together on the lab clock."""

import numpy as np

from groundup.clock.arrival_bounds import ArrivalBounds
from groundup.clock.clock_input import ClockInput
from groundup.clock.clock_segments import clock_segments, to_lab
from groundup.clock.device_clock import Piece, SlewCorrected, is_slewed, slew_corrected
from groundup.clock.other_clock import OtherClock
from groundup.clock.probes import Probes
from groundup.clock.smoother import DRAWS, Floats
from groundup.clock.stamp_correction import stamp_correction
from groundup.clock.stamps import Stamps
from groundup.model.ledger import LedgerRow


class DeviceStream:
    """One stream with its clock, as synchronising goes on.

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
        self.correction = stamp_correction(stream.ticks, Stamps(stream.timestamps), seed) if len(stream.ticks) else None
        known = stream.timestamps if self.correction is None else self.correction.of(stream.timestamps)
        self.between_steps = pieces
        self.slewed: SlewCorrected | None = None
        self.stamps, self.pieces = Stamps(known), pieces
        self.segments = clock_segments(self.stamps, pieces, stream.rate, stream.arrivals)
        # Ticks are on the clock of the stamps, bent as it is.
        if self.correction is None and is_slewed(pieces):
            self._unbend()
        self.rows: list[LedgerRow] = []
        self.moved = self.stamps  # as the order of the samples asks for
        self.in_order = self.segments

    def _unbend(self) -> None:
        """Go on with stamps on the lab's clock, as its own was set while it ran."""
        spans = [(e.start, e.stop, e.piece) for e in self.segments if e.piece is not None]
        found = slew_corrected(self.stamps, spans)
        if found is not None:
            self.slewed, self.pieces = found
            self.stamps = Stamps(self.slewed)
            self.segments = clock_segments(self.stamps, self.pieces, self.stream.rate, self.stream.arrivals)

    def continuous(self) -> Stamps:
        """Device time as if its clock had never stepped."""
        return self.stamps.shifted([(segment.start, segment.shift) for segment in self.segments])

    def arrival_bounds(self) -> ArrivalBounds:
        """When samples were read, on the clock of their stamps as if it had never stepped."""
        arrivals = self.stream.arrivals
        arrivals = arrivals[(arrivals["sample"] >= 0) & (arrivals["sample"] < len(self.stamps))]
        sample = np.asarray(arrivals["sample"], np.int64)
        lab, stamp, some = np.full(len(sample), np.nan), np.full(len(sample), np.nan), self.stamps.these(sample)
        for segment in self.segments:
            mine = (sample >= segment.start) & (sample < segment.stop)
            stamp[mine] = some[mine] + segment.shift
            if (
                segment.piece is not None and mine.any() and not segment.uncertainty
            ):  # else arrival would speak of the step
                lab[mine] = some[mine] + segment.piece.curve.at(some[mine])
        late = [stamp + np.asarray(arrivals[name], np.float64) - lab for name in ("after", "by")]
        return ArrivalBounds(sample, stamp, *late)

    def first(self) -> float:
        """Lab time of the first sample."""
        return float(to_lab(np.array([self.stamps.first()]), self.segments[0])[0][0])

    def lab_time(self, sample: int) -> float:
        """Lab time of one stamp as it came."""
        segment = next(segment for segment in self.segments if sample < segment.stop)
        return float(to_lab(np.array([self.stamps.at(sample)]), segment)[0][0])

    def drift(self) -> float:
        """Seconds of the lab in one of the clock that stamps, where most samples are."""
        segment = max(self.segments, key=lambda segment: segment.stop - segment.start)
        ends = [segment.start, segment.stop - 1]
        device = self.stamps.at(ends[1]) - self.stamps.at(ends[0])
        return (self.lab_time(ends[1]) - self.lab_time(ends[0])) / device if device > 0.0 else 1.0

    def errors_before(self, device: Floats) -> Floats:
        """Draws of what device time itself may be off by: as well as the driver's hindsight knows it."""
        if self.correction is None:
            return np.zeros((DRAWS, 1))
        return self.correction.errors_at(device, self.seed)

    def lasted(self) -> float:
        """How long it was recorded, in s; 0 where its ends do not tell."""
        lasted = self.moved.at(-1) - self.moved.at(0) if len(self.moved) else 0.0
        return lasted if np.isfinite(lasted) else 0.0
