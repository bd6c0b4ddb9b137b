"""What the ledger says of one stream on its way to the lab clock: jumps, programs, clocks, order, flushes."""

from dataclasses import replace

import numpy as np

from groundup.clock.arrival_check import constant_delay
from groundup.clock.buffer_flushes import flush_rows
from groundup.clock.clock_segments import to_lab
from groundup.clock.device_stream import DeviceStream
from groundup.clock.lab_time import LabTime
from groundup.clock.pacing import timer_pacing_rows
from groundup.clock.sample_order import Oddity, Order
from groundup.clock.sampling import Sampling
from groundup.clock.time_rows import probe_rows
from groundup.model.ledger import LedgerRow

_MOST_ROWS = 20  # about stamps that jump


def add_rows(device: DeviceStream, found: Sampling, rate: float, time: LabTime) -> None:
    """What the ledger says of jumps, programs, clocks, order and flushes."""
    name = device.stream.id
    if found.jump is not None:
        device.rows.append(LedgerRow(device.first(), name, "stamps", "fault", *found.jump))
    if found.program is not None:
        device.rows += timer_pacing_rows(found.program, name, device.stream.rate, rate, device.lab_time)
    _clock_rows(device)
    _order_rows(device, found.order)
    for unsure in unplaced_at_steps(device):
        message = f"{unsure.count} samples of {name}, from number {unsure.start} on, {unsure.sentence}"
        device.rows.append(LedgerRow(device.lab_time(unsure.start), name, "stamps", "fault", unsure.count, message))
    came = found.kept_flushes(device.stream.rate)
    starts = np.array([flush.start for flush in came], np.int64)
    as_came = found.straight is None
    at = [device.lab_time(k) for k in starts.tolist()] if as_came else time.of(starts).tolist()
    device.rows += flush_rows(came, name, at)
    if device.other is not None:
        message = device.other.description(name)
        device.rows.append(LedgerRow(device.first(), name, "clock", "fault", len(device.stamps), message))


def _clock_rows(device: DeviceStream) -> None:
    name = device.stream.id
    for before, after in zip(device.between_steps, device.between_steps[1:], strict=False):
        step = float(before.curve.value[-1] - after.curve.value[0])
        message = f"the clock of {name} stepped by {step:+.4f} s; it is followed on both sides"
        device.rows.append(LedgerRow(after.first, name, "clock_step", "warning", 0, message))
    if device.slewed is not None:
        ppm = 1e6 * device.slewed.pace
        message = f"the clock of {name} was set while it ran, by {ppm:.0f} ppm more or less for a time; it is followed"
        device.rows.append(LedgerRow(device.first(), name, "clock", "warning", 0, message))
    if device.other is None:
        device.rows += probe_rows(device.stream.id, device.probes)
        off = constant_delay(device.arrival_bounds(), name) if device.pieces and len(device.stream.arrivals) else None
        if off is not None:
            device.rows.append(LedgerRow(device.first(), name, "clock", "warning", 0, off))


def _order_rows(device: DeviceStream, taken: Order) -> None:
    name = device.stream.id
    for oddity in taken.oddities[:_MOST_ROWS]:
        at = float(to_lab(np.array([device.stamps.at(oddity.start)]), device.segments[0])[0][0])
        shift = next(run.shift for run in (*taken.runs, *taken.untimed) if run.start <= oddity.start < run.stop)
        at += shift if np.isfinite(shift) else 0.0
        message = f"{oddity.count} samples of {name}, from number {oddity.start} on, {oddity.sentence}"
        device.rows.append(LedgerRow(at, name, "stamps", "fault", oddity.count, message))
    if len(taken.oddities) > _MOST_ROWS:
        more = taken.oddities[_MOST_ROWS:]
        message = (
            f"{sum(one.count for one in more)} more samples of {name} have stamps that jump, in {len(more)} places"
        )
        device.rows.append(LedgerRow(device.first(), name, "stamps", "fault", len(more), message))


def unplaced_at_steps(device: DeviceStream) -> list[Oddity]:
    """Samples of which nothing tells on which side of a step of the clock they were stamped."""
    found: list[Oddity] = []
    for segment in (
        segment for segment in device.segments if segment.uncertainty > 0.0 and segment.stop > segment.start
    ):
        text = (
            f"were stamped between two measurements between which the clock stepped, or stood still for "
            f"{segment.uncertainty:.4g} s: nothing tells before or after which, so they may be off by as much"
        )
        before = found[-1] if found else None
        if before is not None and before.start + before.count == segment.start and before.off == segment.uncertainty:
            found[-1] = replace(before, count=before.count + segment.stop - segment.start)
        else:
            found.append(Oddity(segment.start, segment.stop - segment.start, text, segment.uncertainty))
    return found
