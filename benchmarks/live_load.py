"""The load of `bench_live` and `soak_live`, sent from a process of its own: ``python -m benchmarks.live_load PREFIX``.

8 EMG streams of 16 channels at 2 kHz, 2 plates at 1 kHz and 8 IMUs at 200 Hz in chunks of 10 ms, in another order each
time; with ``wait`` from when somebody listens to each. A person steps on the plates; contacts lie so that what decides
them falls into the middle of a chunk. When standard input closes, it prints when each chunk of the plates was pushed,
and how many samples of each stream.
"""

import json
import sys
import threading

import numpy as np

from groundup import lsl
from groundup.lsl.outlet import Outlet
from groundup.model.streams import Channel, Plate, StreamSpec
from groundup.system.processes import stop_when_input_closes

CHUNK_S = 0.01
PLATE_HZ, EMG_HZ, IMU_HZ = 1000, 2000, 200
STRIDE, STANCE = 1100, 660  # samples of the plates
FIRST = {"plateL": 505, "plateR": 1055}
_MUSCLES = ("gluteus_medius", "gluteus_maximus", "soleus", "tibialis_anterior", "rectus_femoris", "biceps_femoris")
_CORNERS = ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))
SEGMENTS = ("foot", "shank", "thigh")


def specs(prefix: str) -> dict[str, StreamSpec]:
    """The streams, by their short names."""
    found = {}
    for number in range(8):
        sites = [(m, s) for m in _MUSCLES for s in ("L", "R")] if number == 0 else []
        channels = tuple(
            Channel(f"c{i}", "V", *(sites[i] if i < len(sites) else ("", "")))  # type: ignore[arg-type]
            for i in range(16)
        )
        found[f"emg{number}"] = StreamSpec(f"{prefix}emg{number}", "EMG", EMG_HZ, "float32", channels)
    for side, site in (("L", "plate:1"), ("R", "plate:2")):
        labels = (("Fx", "N"), ("Fy", "N"), ("Fz", "N"), ("Mx", "Nm"), ("My", "Nm"), ("Mz", "Nm"))
        channels = tuple(Channel(label, unit, site, side) for label, unit in labels)  # type: ignore[arg-type]
        name = f"plate{side}"
        found[name] = StreamSpec(prefix + name, "Force", PLATE_HZ, "float32", channels, plate=Plate(2, _CORNERS))
    for number in range(8):
        site, side = (*((s, d) for s in SEGMENTS for d in "LR"), ("pelvis", ""), ("trunk", ""))[number]
        labels = (*((f"acc_{a}", "m/s^2") for a in "xyz"), *((f"gyr_{a}", "rad/s") for a in "xyz"))
        channels = tuple(Channel(label, unit, site, side) for label, unit in labels)  # type: ignore[arg-type]
        found[f"imu{number}"] = StreamSpec(f"{prefix}imu{number}", "IMU", IMU_HZ, "float32", channels)
    return found


def plate(numbers: np.ndarray, name: str) -> np.ndarray:
    """Reaction of the ground on a person who steps on this plate every stride, shape (n, 6)."""
    phase = (numbers - FIRST[name]) % STRIDE
    on = (phase < STANCE) & (numbers >= FIRST[name])
    values = np.zeros((len(numbers), 6), np.float32)
    values[:, 2] = np.where(on, -700.0, 0.0)
    values[:, 1] = np.where(on, 100.0 * np.sin(2 * np.pi * phase / STANCE), 0.0)
    return values


def main() -> None:
    prefix = sys.argv[1]
    stop = threading.Event()
    stop_when_input_closes(stop)
    random = np.random.default_rng(0)
    every = specs(prefix)
    outlets = {name: Outlet(spec, prefix + name) for name, spec in every.items()}
    noise = {name: random.standard_normal((4096, len(spec.channels)), np.float32) for name, spec in every.items()}
    sent, pushed, behind = dict.fromkeys(every, 0), {"plateL": [], "plateR": []}, 0.0
    names = list(every)
    print("ready", flush=True)
    for outlet in outlets.values() if "wait" in sys.argv[2:] else ():
        while not outlet.wait_for_consumer(0.5) and not stop.is_set():
            continue
    start, chunk = lsl.clock() + 0.5, 0
    while not stop.wait(max(0.0, start + (chunk + 1) * CHUNK_S - lsl.clock())):
        chunk += 1
        behind = max(behind, lsl.clock() - start - chunk * CHUNK_S)
        random.shuffle(names)
        for name in names:
            rate = every[name].rate
            numbers = np.arange(sent[name], round(chunk * CHUNK_S * rate))
            if name in pushed:
                samples = plate(numbers, name)
                pushed[name].append(lsl.clock())
            else:
                at = (sent[name] * 7) % 3000
                samples = 1e-4 * noise[name][at : at + len(numbers)]
            outlets[name].push(samples, start + numbers / rate)
            sent[name] += len(numbers)
    print(json.dumps({"start": start, "pushed": pushed, "sent": sent, "behind": behind}), flush=True)
    threading.Event().wait(1.0)


if __name__ == "__main__":
    main()
