"""Wrong sampling rates found from 20 strides of the virtual walkers, against comparing mean stride periods."""

from dataclasses import replace

import numpy as np
from scipy import stats

from benchmarks.rows import Row
from groundup.analysis.gait.rhythm import find_rhythm
from groundup.analysis.gait.stride_period import check_stride_periods
from groundup.model.signals import Signal
from groundup_plugins.devices.virtual_lab import VirtualLabSettings
from groundup_plugins.devices.virtual_lab.device import virtual_device
from groundup_plugins.devices.virtual_lab.sampler import Sampler

_SEEDS = 12
_PEER = "difference of mean stride periods, p < 0.001"


def run() -> list[Row]:
    """Share found for each error and kind of device, of pairs of streams; and false alarms."""
    walks = [_walk(seed, 23.0) for seed in range(1, _SEEDS + 1)]
    rows = []
    for wrong in (0.99, 0.98, 0.96):
        for name, which, other in (("plate", 0, 2), ("EMG", 2, 0), ("foot IMU", 3, 0), ("pelvis IMU", 7, 2)):
            found = [_pair(walk, which, other, side) for walk in walks for side in (wrong, 2.0 - wrong)]
            ours, theirs = np.mean(found, axis=0)
            rows.append(Row(f"{name} wrong by {1 - wrong:.0%}: found", ours, "", _PEER, theirs, "1"))
    rest = [_walk(seed, seconds) for seed in range(100, 106) for seconds in (10.0, 20.0, 60.0)]
    every = [*walks, *rest]
    alarms = sum(bool(check_stride_periods(walk)) for walk in every) / len(every)
    naive = sum(_differ(walk[0], walk[2]) for walk in every) / len(every)
    rows.append(
        Row(f"false alarms in {len(every)} recordings of 10 streams", alarms, "", f"{_PEER}, 2 streams", naive, "0")
    )
    return rows


def _pair(walk: list[Signal], which: int, other: int, wrong: float) -> tuple[bool, bool]:
    bad = walk[which]
    bad = replace(bad, time=bad.time[0] + np.arange(len(bad.time)) / (bad.rate * wrong), rate=bad.rate * wrong)
    found = check_stride_periods([bad, walk[other]])
    right = len(found) == 1 and abs(abs(np.log(found[0].ratio)) - abs(np.log(wrong))) < 0.003
    return right, _differ(bad, walk[other])


def _differ(a: Signal, b: Signal) -> bool:
    """What is done without pairing the strides: a t-test of the two sets of stride periods."""
    rhythms = [find_rhythm(s, float(s.time[0]), float(s.time[-1])) for s in (a, b)]
    if any(rhythm is None for rhythm in rhythms):
        return False
    periods = [np.diff(rhythm.times) for rhythm in rhythms if rhythm is not None]
    return bool(stats.ttest_ind(*periods, equal_var=False).pvalue < 0.001)


def _walk(seed: int, seconds: float) -> list[Signal]:
    t0 = 83_000.3 + 97.1 * seed
    signals = []
    for part in ("plate_left", "plate_right", "emg", "imu"):
        strategy = "ground_up" if seed % 2 else "proximal"
        device = virtual_device(VirtualLabSettings(part=part, seed=seed, strategy=strategy))
        assert isinstance(device, Sampler)
        index = np.arange(int(t0 * device.rate), int((t0 + seconds) * device.rate))
        read = device.instrument.read(index, index / device.rate)
        for key, spec in device.streams.items():
            values = np.asarray(read[key], np.float64)
            signals.append(Signal(spec.name, spec.kind, index / device.rate, values, spec.channels, spec.rate))
    return signals
