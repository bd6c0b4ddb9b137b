"""How the samples of a stream were taken, by their stamps: in which order, by what, at once or evenly."""

from dataclasses import dataclass, field, replace

from groundup.clock.arrival_check import jumping_events
from groundup.clock.buffer_flushes import Flush, WithoutFlushes, dejitter_with_flushes, find_flushes
from groundup.clock.dejitter import Dejittered, IrregularTimestampsError
from groundup.clock.device_stream import DeviceStream
from groundup.clock.order_search import find_order
from groundup.clock.pacing import TimerPacing, find_timer_pacing
from groundup.clock.quantisation import Dithered, quantisation_step
from groundup.clock.sample_order import Order, Run
from groundup.clock.sampling_rate import scatter
from groundup.clock.scheduled_sampling import maybe_scheduled
from groundup.clock.stamps import Stamps
from groundup.model.ledger import LedgerRow

_FEWEST_TO_STRAIGHTEN = 2
_AWAY_S = 0.2


@dataclass(frozen=True)
class Sampling:
    """How the samples of a stream were taken, by their stamps.

    Attributes
    ----------
    order : Order
    straight : Dejittered or None
        Their even times, where a device took them.
    program : TimerPacing or None
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


def find_sampling(device: DeviceStream, unknown: int) -> Sampling:
    """How the samples were taken, by their stamps; what cannot be told is said."""
    stream = device.stream
    none = Order((Run(0, len(device.stamps), 0.0),))
    if unknown:
        text = f"{unknown} of the {len(device.stamps)} time stamps of {stream.id} are no times"
        message = f"{text}; the others are kept as they came"
        device.rows.append(LedgerRow(device.first(), stream.id, "stamps", "fault", unknown, message))
        return Sampling(none)
    if stream.rate > 0 and len(device.stamps) >= _FEWEST_TO_STRAIGHTEN:
        return _regular(device)
    if stream.rate == 0 and device.pieces:
        return Sampling(none, jump=jumping_events(device.continuous(), device.arrival_bounds(), stream.id))
    return Sampling(none)


def _regular(device: DeviceStream) -> Sampling:
    """Of a stream with a rate: its order, what came at once, its ticks, and who times the samples."""
    rate, measured = device.stream.rate, device.correction is None
    continuous = device.continuous()
    taken = find_order(continuous, rate, device.arrival_bounds(), device.stream.samples)
    arranged = taken.arranged(continuous)
    device.in_order = [replace(e, start=taken.later(e.start), stop=taken.later(e.stop)) for e in device.segments]
    if len(taken.shifts) > 1:
        device.moved = device.stamps.shifted(taken.shifts)
    came = find_flushes(arranged, rate) if measured else []
    grain = quantisation_step(Stamps(WithoutFlushes(arranged, came)), rate) if measured else 0.0
    arranged = Stamps(Dithered(arranged, grain)) if grain > 0.0 else arranged
    program = straight = None
    try:
        program = find_timer_pacing(Stamps(WithoutFlushes(arranged, came)), rate) if measured else None
        if program is None or program.together:
            returns = sorted({*_returns(device, arranged), *taken.joints})
            straight, came = dejitter_with_flushes(
                arranged, came, rate, device.seed, returns, lossless=program is not None, late=measured
            )
    except IrregularTimestampsError as error:
        message = f"the time stamps of {device.stream.id} are kept as they came: {error}"
        device.rows.append(LedgerRow(device.first(), device.stream.id, "stamps", "fault", 0, message))
        return Sampling(taken, None, program, came, grain, scatter(arranged, rate))
    scheduled = straight is not None and program is None and measured and maybe_scheduled(arranged, rate, straight)
    return Sampling(taken, straight, program, came, grain, scheduled=scheduled)


def _returns(device: DeviceStream, continuous: Stamps) -> list[int]:
    """Where the clock stepped while the device was away: it may have come back as another."""
    starts = [segment.start for segment in device.in_order[1:] if 0 < segment.start < len(continuous)]
    return [k for k in starts if continuous.at(k) - continuous.at(k - 1) > _AWAY_S]
