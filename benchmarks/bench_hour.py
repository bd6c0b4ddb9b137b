"""An hour of 100 channels of the virtual lab: time and memory of the analysis with every metric."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from groundup.analysis.spill import Spill
from groundup.model.signals import Floats, Signal
from groundup_plugins.devices.virtual_lab.emg import Emg
from groundup_plugins.devices.virtual_lab.imu import Imus
from groundup_plugins.devices.virtual_lab.plates import ForcePlate
from groundup_plugins.devices.virtual_lab.walker import Walker

_SECONDS = 3600.0
_REPEATED_S = 120.0
_MORE_IMUS = 3


def run() -> list[Row]:
    """Analyse in a process of its own, so that its memory is its own."""
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
    """Two plates and 16 EMG at their own rates, twelve IMUs: one walker, so that no sensor contradicts another."""
    who, signals = Walker("ground_up", 3, 70.0), []
    for instrument in (ForcePlate(who, "L"), ForcePlate(who, "R"), Emg(who), Imus(who)):
        index = np.arange(int(_REPEATED_S * instrument.rate))
        count = int(_SECONDS * instrument.rate)
        time = np.arange(count) / instrument.rate
        read = instrument.read(index, index / instrument.rate)
        for key, spec in instrument.streams.items():
            values = _repeated(np.asarray(read[key], float), count)
            signals.append(keep(Signal(spec.name, spec.kind, time, values, spec.channels, instrument.rate, spec.plate)))
    for number in range(_MORE_IMUS):  # worn nowhere that a metric asks for
        last = signals[-1]
        channels = tuple(replace(channel, site="", side="") for channel in last.channels)
        signals.append(keep(replace(last, id=f"imu{number}", channels=channels)))
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

    from groundup.analysis.pipeline import run_pipeline
    from groundup.model.subject import Subject
    from groundup.plugin.manager import plugins

    installed = plugins()
    processors = [loaded.item for loaded in installed.processors.values()]
    metrics = [loaded.item for loaded in installed.metrics.values()]
    spill = Spill(Path.cwd())
    signals = hour(spill.keep)
    channels = sum(len(signal.channels) for signal in signals)
    started, cpu = time.perf_counter(), time.process_time()
    result = run_pipeline(signals, [], Subject(70.0), processors, metrics, spill=spill)
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
