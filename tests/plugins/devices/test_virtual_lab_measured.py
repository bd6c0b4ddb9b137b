"""What groundup's own analysis measures on the virtual lab's signals is what is true of the walker."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from groundup.analysis.pipeline import AnalysisResult, run_pipeline
from groundup.plugin import Signal, Subject
from groundup_plugins.devices.virtual_lab import VirtualLabSettings, Walker
from groundup_plugins.devices.virtual_lab.device import virtual_device
from groundup_plugins.devices.virtual_lab.forces import ground_reaction as ground_reaction_of
from groundup_plugins.devices.virtual_lab.sampler import Sampler
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES, StrategyName
from groundup_plugins.devices.virtual_lab.truth import truth_of
from groundup_plugins.metrics import gait, glutes, ground_reaction, load_wave, shock_loss
from groundup_plugins.processors import contacts, emg_envelope, force_plate

pytestmark = pytest.mark.rig

T0, T1 = 830_000.3, 830_012.3
PROCESSORS = [p for module in (force_plate, contacts, emg_envelope) for p in module.groundup_processors()]
METRICS = [m for module in (gait, ground_reaction, glutes, load_wave, shock_loss) for m in module.groundup_metrics()]


def analysed(strategy: StrategyName, swap: tuple[str, str] | None = None) -> AnalysisResult:
    signals = []
    for part in ("plate_left", "plate_right", "emg", "imu"):
        worn = swap if part == "imu" else None
        device = virtual_device(VirtualLabSettings(part=part, strategy=strategy, swap_sensors=worn))
        assert isinstance(device, Sampler)
        index = np.arange(int(np.ceil(T0 * device.rate)), int(T1 * device.rate))
        time = index / device.rate
        for key, samples in device.instrument.read(index, time).items():
            spec = device.streams[key]
            values = samples.astype(np.float64)
            signals.append(Signal(spec.name, spec.kind, time, values, spec.channels, spec.rate, spec.plate))
    return run_pipeline(signals, [], Subject(mass_kg=70.0), PROCESSORS, METRICS)


def on_belt(strategy: StrategyName, contact: dict[str, Any]) -> dict[str, float]:
    """When the force of a true contact goes up and down through 50 N, by which a foot is on a belt."""
    time = np.arange(contact["ic"] - 0.01, contact["fo"] + 0.01, 1e-5)
    above = time[ground_reaction_of(Walker(strategy), time, contact["side"]).up > 50.0]
    return {"ic": float(above[0]), "fo": float(above[-1])}


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_the_analysis_finds_what_is_true_of_the_walker(strategy: StrategyName) -> None:
    result = analysed(strategy)
    truth = truth_of(Walker(strategy), T0, T1)
    for event, key in (("IC", "ic"), ("FO", "fo")):
        for side in ("L", "R"):
            found = np.array([e.time for e in result.events if (e.kind, e.side) == (event, side)])
            true = [on_belt(strategy, c)[key] for c in truth["contacts"] if c["side"] == side and c[key] < T1 - 0.05]
            assert max(np.abs(found - time).min() for time in true) < 0.002
    values = defaultdict(list)
    for row in result.rows:
        if row.side == "R" or not row.name.startswith("shock_loss"):  # the whole chain is worn on the right
            values[row.name].append(row.value)
    within = {
        "stride_time": 0.005,
        "stance_time": 0.005,
        "grf_peak_1": 0.01,
        "grf_valley": 0.01,
        "grf_peak_2": 0.01,
        "braking_impulse": 0.005,
        "propulsive_impulse": 0.005,
        "glute_braking_share": 0.03,
        "distal_absorption": 0.05,
        "load_wave_lag": 0.001,
        "load_wave_order": 1e-9,
        **{f"shock_loss_{distal}_{proximal}": 0.3 for distal, proximal in shock_loss.PATHS},
    }
    for name, tolerance in within.items():
        assert len(values[name]) >= (7 if name.startswith("shock_loss") else 15)
        assert np.mean(values[name]) == pytest.approx(truth["metrics"][name]["both"], abs=tolerance), name


def test_swapped_sensors_leave_the_load_path_not_computable() -> None:
    rows = [row for row in analysed("ground_up", ("pelvis", "trunk")).rows if row.name == "distal_absorption"]
    assert len(rows) >= 15
    assert np.isnan([row.value for row in rows]).all()
    assert all("does not travel up" in row.reason for row in rows)
