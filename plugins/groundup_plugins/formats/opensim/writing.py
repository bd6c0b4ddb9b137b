"""A recording as OpenSim reads it: ``markers_ID.trc``, ``forces.mot`` and ``external_loads.xml``.

Lengths are metres, forces newtons, y is up: the lab's (x, y, z) are OpenSim's (x, z, -y). Forces are those that
`analyze` found: of the ground upon the person, with the centre of pressure and the free moment about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

import h5py
import numpy as np

from groundup.one_grid import regular_streams
from groundup.plugin import Floats, NotComputableError, Progress
from groundup.recording import Recording, Stream
from groundup_plugins.formats.c3d.channels import AXIS, triples
from groundup_plugins.formats.csv.writing import file_names
from groundup_plugins.processors.plate_units import length_unit
from groundup_plugins.processors.plate_wrench import plate_frame

TO_OPENSIM = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Turns a vector of a lab whose z is up into one whose y is up."""
_ROWS = 4096
_SAME_S = 5e-6
_NAMES = ("vx", "vy", "vz", "px", "py", "pz")


def write_opensim(recording: Recording, out: Path, progress: Progress) -> list[str]:
    """Write markers and forces of a recording.

    Returns
    -------
    list of str
        What is not in the folder.

    Raises
    ------
    ValueError
        If there are neither markers nor forces.
    """
    streams, notes = regular_streams(recording)
    markers = [stream for stream in streams if stream.spec.kind == "mocap" and triples(stream)]
    plates = [f"processed/{key}" for key in recording.processed if _is_force(recording.hdf5[f"processed/{key}"])]
    if not markers and not plates:
        raise ValueError(
            "it has no markers and no ground reaction forces: these come from plates, by `groundup analyze`"
        )
    firsts = [float(recording.hdf5[f"{path}/time"][0]) for path in plates]
    start = min([*firsts, *(float(next(stream.time_pieces())[0]) for stream in markers)])
    out.mkdir()
    turn = TO_OPENSIM @ _upright(streams)
    for key, name in file_names([stream.id for stream in markers]).items():
        _write_trc(recording.streams[key], out / f"markers_{name}.trc", start, turn)
        progress(0.3)
    for number, group in enumerate(_together(recording.hdf5, plates), 1):
        end = "" if number == 1 else f"_{number}"
        notes += _write_mot(recording.hdf5, group, out / f"forces{end}.mot", start)
        _write_loads(group, out / f"external_loads{end}.xml", f"forces{end}.mot")
        progress(0.7)
    progress(1.0)
    kept = {stream.id for stream in markers}
    for stream in streams:
        if stream.spec.plate is not None and not plates:
            notes.append(f"forces of {stream.id} are not in the folder: run `groundup analyze` first")
        elif stream.id not in kept and stream.spec.plate is None:
            notes.append(f"stream {stream.id} is not in the folder: only markers and forces are")
    notes.append(f"time 0 of the files is {start!r} s on the lab clock")
    if plates:
        notes.append(
            "channels and places of the plates are not in the folder, but the forces that `analyze` found of them"
        )
    if len(recording.processed) > len(plates):
        notes.append("other processed signals are not in the folder")
    return [
        *notes,
        "the devices' own time stamps are not in the folder",
        "events, trials, metrics, the person, certificates of sync and the ledger are not in the folder",
    ]


def _is_force(group: h5py.Group) -> bool:
    kind = group.attrs.get("kind", "")
    return (kind.decode() if isinstance(kind, bytes) else str(kind)) == "grf" and group["time"].shape[0] > 0


def _upright(streams: Sequence[Stream]) -> Floats:
    """Rotation that brings the lab's vertical to z, as the plates lie; the identity without any."""
    for stream in streams:
        if stream.spec.plate is not None:
            try:
                return plate_frame(stream.spec.plate).upright
            except NotComputableError:
                continue
    return np.eye(3)


def _write_trc(stream: Stream, out: Path, start: float, turn: Floats) -> None:
    """Write the markers of a stream; one that was not seen is nan: OpenSim does not count empty cells at the end."""
    found = triples(stream)
    labels = [AXIS.sub(r"\1", stream.channels[three[0]].label.strip()).replace("\t", " ") for three in found]
    columns = [index for three in found for index in three]
    metres = np.repeat([length_unit(stream.channels[three[0]].unit) or 1e-3 for three in found], 3)
    rate = f"{stream.rate:.9g}"
    about = (rate, rate, len(stream), len(labels), "m", rate, 1, len(stream))
    with out.open("x", encoding="utf-8", newline="\n") as file:
        file.write(f"PathFileType\t4\t(X/Y/Z)\t{out.name}\n")
        file.write(
            "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
        )
        file.write("\t".join(map(str, about)) + "\n")
        file.write("Frame#\tTime\t" + "\t\t\t".join(labels) + "\t\t\n")
        file.write("\t\t" + "\t".join(f"{axis}{k}" for k in range(1, len(labels) + 1) for axis in "XYZ") + "\n\n")
        number = 1
        for time, _, values in stream.timed_pieces(_ROWS):
            places = np.asarray(values).astype(np.float64)[:, columns] * metres
            turned = (places.reshape(len(time), -1, 3) @ turn.T).reshape(len(time), -1)
            for when, row in zip((time - start).tolist(), turned.tolist(), strict=True):
                cells = "\t".join(f"{value:.9g}" for value in row)
                file.write(f"{number}\t{when:.9f}\t{cells}\n")
                number += 1


def _together(file: h5py.File, plates: Sequence[str]) -> list[list[str]]:
    """The plates that have the same times: they go into one file, since a file has one column of time."""
    groups: list[list[str]] = []
    for path in plates:
        for group in groups:
            if _same_times(file[f"{group[0]}/time"], file[f"{path}/time"]):
                group.append(path)
                break
        else:
            groups.append([path])
    return groups


def _same_times(one: h5py.Dataset, other: h5py.Dataset) -> bool:
    return one.shape == other.shape and all(
        bool((np.abs(one[begin : begin + _ROWS] - other[begin : begin + _ROWS]) <= _SAME_S).all())
        for begin in range(0, one.shape[0], _ROWS)
    )


def _write_mot(file: h5py.File, plates: Sequence[str], out: Path, start: float) -> list[str]:
    """Write forces, centres of pressure and free moments; gives what had to be said of them."""
    names = ["time"]
    for number in range(1, len(plates) + 1):
        names += [f"ground_force_{number}_{name}" for name in _NAMES]
        names += [f"ground_torque_{number}_{axis}" for axis in "xyz"]
    count = file[f"{plates[0]}/time"].shape[0]
    unloaded = unknown = 0
    with out.open("x", encoding="utf-8", newline="\n") as text:
        text.write(f"{out.stem}\nversion=1\nnRows={count}\nnColumns={len(names)}\ninDegrees=yes\nendheader\n")
        text.write("\t".join(names) + "\n")
        for time, parts in _rows(file, plates, count):
            rows = []
            for samples in parts:
                made, none, lost = _as_loads(samples)
                unloaded, unknown = unloaded + none, unknown + lost
                rows.append(made)
            _write_rows(text, np.column_stack([time - start, *rows]))
    notes = []
    if unloaded:
        notes.append(
            f"{out.name}: {unloaded} samples without a centre of pressure (hardly loaded) have zeros, no force"
        )
    if unknown:
        notes.append(
            f"{out.name}: {unknown} samples are missing and stand as nan: cut them off before inverse dynamics"
        )
    return notes


def _rows(file: h5py.File, plates: Sequence[str], count: int) -> Iterator[tuple[Floats, list[Floats]]]:
    for begin in range(0, count, _ROWS):
        part = slice(begin, min(begin + _ROWS, count))
        yield file[f"{plates[0]}/time"][part], [file[f"{path}/samples"][part] for path in plates]


def _write_rows(text: TextIO, rows: Floats) -> None:
    pattern = "\t".join(["%.9f", *["%.9g"] * (rows.shape[1] - 1)]) + "\n"
    text.write("".join([pattern % tuple(row) for row in rows.tolist()]))


def _as_loads(samples: Floats) -> tuple[Floats, int, int]:
    """Force, point and free moment with y up, shape (n, 9); how many rows were unloaded, and how many unknown.

    Parameters
    ----------
    samples : ndarray, shape (n, 6)
        Fx, Fy, Fz (N), CoPx, CoPy (m), Tz (N m), z up.
    """
    zero = np.zeros(len(samples))
    force = samples[:, :3] @ TO_OPENSIM.T
    point = np.column_stack([samples[:, 3:5], zero]) @ TO_OPENSIM.T
    moment = np.column_stack([zero, zero, samples[:, 5]]) @ TO_OPENSIM.T
    made = np.hstack([force, point, moment])
    unknown = ~np.isfinite(samples[:, :3]).all(axis=1)
    unloaded = ~unknown & ~np.isfinite(samples[:, 3:]).all(axis=1)
    made[unloaded] = 0.0
    return made, int(unloaded.sum()), int(unknown.sum())


def _write_loads(plates: Sequence[str], out: Path, forces: str) -> None:
    """Write the external loads: one a plate, upon a body that is still to be named."""
    parts = []
    for number, path in enumerate(plates, 1):
        name = quoteattr(path.rsplit("/", 1)[-1])
        parts.append(
            f"      <ExternalForce name={name}>\n"
            f"        <applied_to_body>FOOT_OF_PLATE_{number}</applied_to_body>\n"
            "        <force_expressed_in_body>ground</force_expressed_in_body>\n"
            "        <point_expressed_in_body>ground</point_expressed_in_body>\n"
            f"        <force_identifier>ground_force_{number}_v</force_identifier>\n"
            f"        <point_identifier>ground_force_{number}_p</point_identifier>\n"
            f"        <torque_identifier>ground_torque_{number}_</torque_identifier>\n"
            "      </ExternalForce>\n"
        )
    with out.open("x", encoding="utf-8", newline="\n") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<OpenSimDocument Version="40000">\n'
            '  <ExternalLoads name="groundup">\n'
            "    <!-- applied_to_body: the name of the body that stands on the plate, calcn_l, calcn_r ... -->\n"
            "    <objects>\n" + "".join(parts) + "    </objects>\n"
            f"    <datafile>{forces}</datafile>\n  </ExternalLoads>\n</OpenSimDocument>\n"
        )
