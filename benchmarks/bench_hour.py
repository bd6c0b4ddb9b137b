"""An hour of 100 channels, made by repeating real data: time and memory of the analysis with every metric."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from groundup.analysis.spill import Spill
from groundup.model.signals import Floats, Signal
from groundup.model.streams import Channel

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_SECONDS = 3600.0
# Recorded at 204.8 Hz on another walk, whose strides are 5.5 % longer than those of plates and EMG: at its own rate the
# stride-period check would refuse every IMU metric, and they would cost nothing.
_IMU_HZ = 216.08
_SITES = ("foot", "shank", "thigh")
_MUSCLES = {
    "ME": "gluteus_medius",
    "MA": "gluteus_maximus",
    "RF": "rectus_femoris",
    "VL": "vastus_lateralis",
    "BF": "biceps_femoris",
    "TA": "tibialis_anterior",
    "GM": "gastrocnemius_medialis",
    "SO": "soleus",
}


def run() -> list[Row]:
    """Analyse in a process of its own, so that its memory is its own."""
    if not _DATA.is_dir():
        print("the real recordings (../shared/data) are not on this machine: nothing measured", file=sys.stderr)
        return []
    made = subprocess.run([sys.executable, "-m", "benchmarks.bench_hour"], capture_output=True, text=True, check=True)
    found = json.loads(made.stdout.splitlines()[-1])
    what = f"{found['channels']} channels, {_SECONDS:g} s, {found['strides']} strides, {found['values']} values"
    nobody, nothing = "none", float("nan")
    return [
        Row(f"analysis with every metric, {what}", found["seconds"], "s", nobody, nothing, "60"),
        Row("its processor time", found["cpu_s"], "s", nobody, nothing),
        Row("peak memory of the process", found["peak_gb"], "GB", nobody, nothing, "2"),
    ]


def hour(keep: Callable[[Signal], Signal]) -> list[Signal]:
    """Two plates of a split-belt treadmill and 16 EMG at 1 kHz, twelve IMUs."""
    from groundup_plugins.formats.c3d import C3DImporter

    signals = []
    time = np.arange(int(_SECONDS * 1000)) / 1000.0
    for stream in C3DImporter().read(_DATA / "walk_splitbelt_c3d" / "treadmill_events.c3d").streams:
        if stream.spec.plate is not None:
            samples = _repeated(np.asarray(stream.samples, float), len(time))
            plate = Signal(stream.id, "plate", time, samples, stream.spec.channels, 1000.0, stream.spec.plate)
            signals.append(keep(plate))
    path = _DATA / "walk_emg_synergies" / "raw_emg_1000hz.csv"
    names = path.read_text().split("\n", 1)[0].split(",")
    table = np.loadtxt(path, delimiter=",", skiprows=1)[:, [names.index(name) for name in _MUSCLES]]
    both = np.hstack([table, np.roll(table, 500, axis=0)])
    channels = tuple(Channel(f"{side} {name}", "uV", site, side) for side in "RL" for name, site in _MUSCLES.items())
    signals.append(keep(Signal("emg", "emg", time, _repeated(both, len(time)), channels, 1000.0)))
    imu = np.genfromtxt(_DATA / "foot_imu_walk" / "imu_sample.csv", delimiter=",", skip_header=2)[:, -6:]
    ticks = np.arange(int(_SECONDS * _IMU_HZ)) / _IMU_HZ
    places = [(site, side) for site in _SITES for side in "LR"] + [(s, "") for s in ("pelvis", "trunk", "head")]
    for number, (site, side) in enumerate([*places, ("", ""), ("", ""), ("", "")]):
        axes = zip("xyzuvw", ["m/s^2"] * 3 + ["deg/s"] * 3, strict=True)
        columns = tuple(Channel(f"{axis}{number}", unit, site, side) for axis, unit in axes)
        samples = _repeated(np.roll(np.nan_to_num(imu), number, axis=0), len(ticks))
        signals.append(keep(Signal(f"imu{number}", "imu", ticks, samples, columns, _IMU_HZ)))
    return signals


def _repeated(samples: Floats, count: int) -> Floats:
    made = np.empty((count, samples.shape[1]))
    for first in range(0, count, len(samples)):
        part = made[first : first + len(samples)]
        part[:] = samples[: len(part)]
    return made


def _measure() -> None:
    import resource
    import time

    from groundup.analysis.pipeline import analyse
    from groundup.model.subject import Subject
    from groundup.plugin.manager import plugins

    installed = plugins()
    processors = [loaded.item for loaded in installed.processors.values()]
    metrics = [loaded.item for loaded in installed.metrics.values()]
    spill = Spill(Path.cwd())
    signals = hour(spill.keep)
    channels = sum(len(signal.channels) for signal in signals)
    started, cpu = time.perf_counter(), time.process_time()
    result = analyse(signals, [], Subject(70.0), processors, metrics, spill=spill)
    facts = {
        "channels": channels,
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "strides": len(result.strides),
        "values": sum(row.status == "ok" for row in result.rows),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    _measure()
