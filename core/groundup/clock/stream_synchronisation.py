"""One stream on its way to the lab clock: its samples straightened, its clock followed, what showed in the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from groundup.clock.arrival_check import growing_delay
from groundup.clock.buffer_flushes import Flush
from groundup.clock.certificate import Basis, certify
from groundup.clock.dejitter import Dejittered
from groundup.clock.device_stream import DeviceStream
from groundup.clock.lab_lines import even_lines, lines_as_sent
from groundup.clock.lab_time import LabTime
from groundup.clock.line_uncertainty import with_order_uncertainty, with_uncertainty
from groundup.clock.pacing import RATE_TOLERANCE
from groundup.clock.quantisation import hidden_shift
from groundup.clock.sample_order import Oddity
from groundup.clock.sampling import Sampling, find_sampling
from groundup.clock.stream_rows import add_rows, unplaced_at_steps
from groundup.clock.synced_time import LazySyncedTime
from groundup.clock.time_rows import gap_rows, rate_rows
from groundup.model.ledger import LedgerRow

_MANY_GAPS = 10
_FEW_PLACED = 0.02  # of the samples: a certificate is about 95 %


def synchronise_stream(device: DeviceStream) -> LazySyncedTime:
    """Time, rate, certificate and ledger."""
    unknown = device.stamps.unknown()
    found = find_sampling(device, unknown)
    straight, program, rate = found.straight, found.program, device.stream.rate
    late = 0.0 if program is None else program.late + program.perhaps / 2.0
    lines, errors = even_lines(device, straight) if straight is not None else lines_as_sent(device, late)
    order = found.order if found.order.changed else None
    elapsed = None if straight is None else straight.elapsed
    time = LabTime(device.moved, tuple(lines), elapsed, device.stream.latency_s, order)
    scattered, hidden_s = found.scattered, 0.0
    if straight is not None:
        rate, scattered = _straight_rows(device, straight, found, time)
        hidden_s = _hidden_shift(straight, found.grain) if found.grain > 0.0 else 0.0
    placed: list[Oddity | Flush] = [*found.order.oddities, *unplaced_at_steps(device), *found.came]
    basis = Basis(
        regular=device.stream.rate > 0, jitter=None, samples=len(device.stamps), unknown=unknown, scattered=scattered,
        timer=program, correction=device.correction, other=device.other, corner=_corner(device, straight),
        placed=np.nan if found.jump else _placed(placed, len(device.stamps)),
        ticks=(found.grain, hidden_s), away=_growing_delay(device),
        at_once=sum(flush.count for flush in found.kept_flushes(device.stream.rate) if flush.off > 0.0),
        scheduled=found.scheduled, lasted=device.lasted(),
        early=0.0 if device.correction is None else device.correction.early(),
    )  # fmt: skip
    if straight is not None:
        basis = replace(
            basis, jitter=straight.jitter, early=basis.early + straight.early, few=straight.few,
            hidden_losses=straight.hidden_losses, miscount=_miscount(straight), bent=straight.bent,
        )  # fmt: skip
    time = _with_uncertainty(device, time, basis, found)
    if program is not None:
        rate = 1.0 / (program.interval * device.drift())
    add_rows(device, found, rate, time)
    return LazySyncedTime(
        time, rate, certify(errors, device.probes, basis), tuple(sorted(device.rows, key=attrgetter("time")))
    )


def _straight_rows(device: DeviceStream, straight: Dejittered, found: Sampling, time: LabTime) -> tuple[float, float]:
    """The measured rate, and how far stamps that should come evenly do not, with what the ledger says of both."""
    longest = straight.longest if found.came else None
    ends = (longest.start, longest.stop - 1) if longest is not None else (0, found.order.count - 1)
    rate = _measured_rate(straight, time, *ends)
    if found.program is None:
        device.rows += rate_rows(device.stream.id, device.stream.rate, straight, rate, time)
    # Slower than it says: a program may be woken on ticks, and then its stamps were the sampling times.
    slower = device.correction is None and rate < (1.0 - RATE_TOLERANCE) * device.stream.rate
    device.rows += gap_rows(device.stream.id, straight, time)
    return rate, straight.off if slower or found.scheduled or found.program is not None else 0.0


def _measured_rate(straight: Dejittered, time: LabTime, first: int, last: int) -> float:
    """Samples taken, lost ones counted in, over the time they took."""
    begin, end = time.of(np.array([first, last])).tolist()
    taken = (straight.elapsed.at(last) - straight.elapsed.at(first)) / straight.interval
    return float(taken / (end - begin)) if end > begin else 0.0


def _corner(device: DeviceStream, straight: Dejittered | None) -> float:
    # Where that began or ended shows in stamps of even sampling, but not in any others.
    return 0.0 if device.slewed is None or straight is not None else device.slewed.corner


def _with_uncertainty(device: DeviceStream, time: LabTime, basis: Basis, found: Sampling) -> LabTime:
    """Time, each sample as sure as all that the certificate rests on leaves it."""
    other = device.other.bound if device.other is not None and np.isfinite(device.other.bound) else 0.0
    for uncertainty in (basis.scattered, basis.ticks[1], other, basis.corner):
        time = with_uncertainty(time, uncertainty) if uncertainty > 0.0 else time
    time = replace(time, lines=tuple(with_order_uncertainty(line, found.order) for line in time.lines))
    time = with_uncertainty(time, basis.away + basis.bent[0]) if basis.away + basis.bent[0] > 0.0 else time
    return with_uncertainty(time, np.nan) if found.jump else time


def _growing_delay(device: DeviceStream) -> float:
    """How far times may be off at the ends because arrivals run away from them, in s; and the ledger says it."""
    if not device.pieces or device.other is not None or not len(device.stream.arrivals):
        return 0.0
    off = growing_delay(device.arrival_bounds())
    if off != 0.0:
        more = "later" if off > 0.0 else "sooner"
        text = f"the samples of {device.stream.id} arrive {abs(off):.3g} s {more} behind their times at the end"
        message = f"{text} than at first: its clock runs otherwise than was measured, or what sends it falls behind"
        device.rows.append(LedgerRow(device.first(), device.stream.id, "clock", "warning", 0, message))
    return abs(off) / 2.0


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


def _miscount(straight: Dejittered) -> float:
    """What it makes that one lost sample more or less is not always told, where stamps are late by intervals."""
    blurred = straight.jitter > straight.interval and len(straight.gaps) > _MANY_GAPS
    return straight.interval if blurred else 0.0
