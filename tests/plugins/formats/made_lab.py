"""A made lab whose truth is known: plates, EMG, an IMU, markers and events, each at its own rate, as a recording."""

from pathlib import Path

import numpy as np

from groundup.lsl.control import control_spec
from groundup.lsl.control_messages import trial_start_json, trial_stop_json
from groundup.plugin import Channel, Event, Floats, Imported, ImportedStream, Plate, StreamSpec, Subject, event_json
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import

# The plate's x is the lab's, its y and z point against the lab's, as C3D has it.
CORNERS = ((0.6, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.4, 0.0), (0.6, 0.4, 0.0))
UNITS = ("N", "N", "N", "Nm", "Nm", "Nm")
START, SECONDS = 2.5, 4.0
EVENTS = (
    Event(3.25, "IC", "L", "file"),
    Event(3.5 + 1 / 3, "FO", "L", "file"),
    Event(4.0, "IC", "R", "file"),
    Event(4.625, "FO", "R", "file"),
    Event(5.0, "marker", "", "file", text="Türe zu"),
)


def times(rate: float, seconds: float = SECONDS) -> Floats:
    return START + np.arange(round(rate * seconds)) / rate


def centre(t: Floats) -> Floats:
    """Centre of pressure in plate axes from its middle, m, shape (n, 2): somebody sways."""
    return np.column_stack([0.1 * np.sin(2 * np.pi * 0.5 * t), 0.05 * np.cos(2 * np.pi * 0.3 * t)])


def centre_in_lab(t: Floats) -> Floats:
    """The same in the lab, m, shape (n, 2)."""
    return np.asarray([0.3, 0.2] + centre(t) * [1.0, -1.0])


def forces(t: Floats, depth: float = 0.04) -> Floats:
    """What somebody does to the plate, in its axes, about sensors this far below its top: 700 N, a little askew."""
    fx, fy, fz = 20 * np.sin(2 * np.pi * t), 10 * np.cos(2 * np.pi * t), 700 + 30 * np.sin(2 * np.pi * 1.3 * t)
    x, y = centre(t).T
    # Moment about the sensors of a force at (x, y, -depth), and a free moment of 2 Nm.
    return np.column_stack([fx, fy, fz, y * fz + depth * fy, -depth * fx - x * fz, 2.0 + x * fy - y * fx])


def lab(*, grid: bool = True) -> Imported:
    """The streams; off the grid they begin at their own times and their clocks drift."""
    off = 0.0 if grid else 0.00237
    drift = 1.0 if grid else 1.0 + 20e-6
    t = times(1000.0)
    plate = StreamSpec(
        "Plate", "Force", 1000.0, "double64", tuple(Channel(f"P1 {c}", u, "plate:1", "L") for c, u in
        zip(("Fx", "Fy", "Fz", "Mx", "My", "Mz"), UNITS, strict=True)),
        "p", plate=Plate(2, CORNERS, (0.0, 0.0, -0.04)),
    )  # fmt: skip
    at = times(2000.0) * drift + off
    emg = StreamSpec(
        "EMG", "EMG", 2000.0, "float32", (Channel("SOL L", "mV", "soleus", "L"), Channel("Μ. tibialis", "mV")), "e"
    )
    muscles = np.column_stack([np.sin(2 * np.pi * 80 * at), np.cos(2 * np.pi * 50 * at)]).astype(np.float32)
    frames = times(100.0)
    markers = StreamSpec(
        "Markers", "MoCap", 100.0, "double64",
        tuple(Channel(f"{m}.{a}", "mm") for m in ("LHEE", "RHEE") for a in "xyz"), "m",
    )  # fmt: skip
    places = np.column_stack([1000 * np.sin(frames + k) for k in range(6)])
    places[20:30, 3:] = np.nan
    still = times(200.0) * drift + off / 2
    imu = StreamSpec("IMU", "IMU", 200.0, "float32", tuple(Channel(f"acc {a}", "m/s^2", "shank") for a in "abc"), "i")
    acc = np.tile([0.0, 0.0, 9.81], (len(still), 1)).astype(np.float32)
    texts = [[event_json(event)] for event in EVENTS]
    said = StreamSpec("Events", "Markers", 0.0, "string", (Channel("event"),), "t")
    return Imported(
        (
            ImportedStream("plate_left", plate, forces(t), t),
            ImportedStream("emg", emg, muscles, at),
            ImportedStream("mocap", markers, places, frames),
            ImportedStream("imu", imu, acc, still),
            ImportedStream("said", said, texts, np.array([event.time for event in EVENTS])),
        ),
        Subject(70.0, 1.75),
    )


def trial() -> ImportedStream:
    """A control stream: one trial, of four fifths of the time."""
    said = [[trial_start_json("walk", "usual")], [trial_stop_json()]]
    return ImportedStream("control", control_spec(), said, np.array([START + 0.1 * SECONDS, START + 0.9 * SECONDS]))


def recording(path: Path, made: Imported) -> Path:
    seal(source_from_import(made), path)
    return path


def analog(key: str, rate: float, samples: Floats, label: str = "a", start: float = 0.0) -> ImportedStream:
    """One plain stream."""
    spec = StreamSpec(
        key, "Analog", rate, "double64", tuple(Channel(f"{label}{i}", "V") for i in range(samples.shape[1]))
    )
    return ImportedStream(key, spec, samples, start + np.arange(len(samples)) / rate)
