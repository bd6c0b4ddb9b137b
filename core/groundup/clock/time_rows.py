"""What the ledger says of a stream's rate, of samples that are missing, and of measurements that are not believed."""

import numpy as np

from groundup.clock.dejitter import Dejittered
from groundup.clock.lab_time import LabTime
from groundup.clock.pacing import RATE_TOLERANCE
from groundup.clock.probes import Probes
from groundup.model.ledger import LedgerRow


def rate_rows(name: str, nominal: float, straight: Dejittered, rate: float, time: LabTime) -> list[LedgerRow]:
    """What there is to say of its sampling rate: that it changes, or is not what the stream says."""
    rows = []
    starts = time.of(np.array([index for index, _ in straight.intervals])).tolist()
    if len(straight.intervals) > 1:
        for start, (_, before), (_, after) in zip(starts[1:], straight.intervals, straight.intervals[1:], strict=False):
            message = f"{name} changes its rate from {1 / before:.2f} to {1 / after:.2f} Hz; times are right"
            rows.append(LedgerRow(start, name, "rate", "fault", 0, message))
    elif abs(rate / nominal - 1.0) > RATE_TOLERANCE:
        message = (
            f"{name} says {nominal:g} Hz and samples at {rate:.2f} Hz; times are right, but check the device's setting"
        )
        rows.append(LedgerRow(starts[0], name, "rate", "fault", 0, message))
    return rows


def gap_rows(name: str, straight: Dejittered, time: LabTime) -> list[LedgerRow]:
    """Where samples are missing."""
    after, lost = straight.gaps.T
    ends = time.of(np.column_stack([after - 1, after]).ravel()).reshape(-1, 2).tolist()
    return [
        LedgerRow(
            begin, name, "gap", "warning", count,
            f"{count} samples of {name} are missing ({end - begin:.3f} s); time goes on rightly after the gap",
        )
        for (begin, end), count in zip(ends, lost.tolist(), strict=True)
    ]  # fmt: skip


def probe_rows(name: str, probes: Probes) -> list[LedgerRow]:
    """What measurements of the clock are not believed."""
    out = probes.outliers
    if probes.contrary:
        message = (
            f"the measurements of the clock of {name} contradict each other by {probes.contrary:.6g} s, "
            "and are too few to tell which is right: its sync is unknown"
        )
        return [LedgerRow(out[0].lab, name, "probes", "fault", len(out), message)]
    if len(out) == 1:
        message = f"a measurement of the clock of {name} is off by {out[0].off:+.6g} s and left out; it moves no sample"
        return [LedgerRow(out[0].lab, name, "probes", "warning", 1, message)]
    if out:
        worst = max((one.off for one in out), key=abs)
        message = (
            f"{len(out)} measurements of the clock of {name} are off, by up to {worst:+.6g} s, and left out; "
            "they move no sample"
        )
        return [LedgerRow(out[0].lab, name, "probes", "warning", len(out), message)]
    return []
