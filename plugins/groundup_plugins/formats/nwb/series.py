"""The series of a stream in NWB: electric ones of EMG, poses of markers, events of text, plain ones of the rest.

Samples are not handed over: each series gets room in the file, which is filled a piece at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundup.files import as_text
from groundup.plugin import VOLTAGE, Channel
from groundup.recording import Stream
from groundup_plugins.formats.c3d.channels import AXIS, triples
from groundup_plugins.formats.libraries import library
from groundup_plugins.formats.nwb.tables import plain, sync_words
from groundup_plugins.processors.plate_units import length_unit


@dataclass
class Room:
    """Where the samples of a stream go: datasets that are there once the file is written.

    Attributes
    ----------
    time : H5DataIO or None
    parts : list of (H5DataIO, list of int)
        A dataset, and the columns of the stream that go there.
    """

    time: Any = None
    parts: list[tuple[Any, list[int]]] = field(default_factory=list)

    def fill(self, part: slice, time: NDArray[np.float64], values: NDArray[Any]) -> None:
        """Write some rows."""
        self.time.dataset[part] = time
        for place, columns in self.parts:
            place.dataset[part] = values if len(columns) == values.shape[1] else values[:, columns]


def add_stream(stream: Stream, name: str, file: Any, device: Any, origin: float, room: Room) -> str:
    """Add a stream to an NWBFile.

    Parameters
    ----------
    stream : Stream
    name : str
        Of its series.
    file : pynwb.NWBFile
    device : pynwb.device.Device
    origin : float
        Lab time of the session's start, s.
    room : Room
        Gets the datasets that are to be filled.

    Returns
    -------
    str
        What was changed, or empty.
    """
    nwb = library("pynwb", "pynwb", "nwb")
    words = {"description": plain(f"{stream.spec.type}: {stream.spec.name}"), "comments": sync_words(stream)}
    if stream.spec.format == "string":
        return _text(stream, name, file, origin, words)
    voltages = [_volts(channel) for channel in stream.channels]
    if stream.spec.kind == "emg" and all(voltages):
        series = _electric(stream, name, file, device, words, room, voltages)
    elif _is_pose(stream):
        _pose(stream, name, file, device, words, room)
        return ""
    else:
        series = nwb.TimeSeries(
            name=name, unit=_unit(stream.channels), data=_data(stream, room, range(len(stream.channels))),
            timestamps=_times(stream, room), **words,
        )  # fmt: skip
    file.add_acquisition(series)
    return ""


def _times(stream: Stream, room: Room) -> Any:
    room.time = _allocated((len(stream),), np.dtype(np.float64))
    return room.time


def _data(stream: Stream, room: Room, columns: Sequence[int]) -> Any:
    place = _allocated((len(stream), len(columns)), stream.samples.dtype)
    room.parts.append((place, list(columns)))
    return place


def _allocated(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    return library("hdmf.backends.hdf5", "hdmf", "nwb").H5DataIO(shape=shape, dtype=dtype)


def _unit(channels: Sequence[Channel]) -> str:
    units = {channel.unit for channel in channels}
    if len(units) > 1:
        return "see processing/groundup/channels"
    return plain(next(iter(units), "")) or "n/a"


def _volts(channel: Channel) -> float | None:
    return VOLTAGE.get(channel.unit.strip().lower())


def _electric(
    stream: Stream, name: str, file: Any, device: Any, words: dict[str, str], room: Room, volts: list[float | None]
) -> Any:
    if file.electrodes is None:
        for column, meaning in (
            ("label", "Label of the channel"), ("site", "Muscle, as in SENIAM's recommendations"),
            ("side", "L, R, or empty"), ("stream", "Stream of the recording"),
        ):  # fmt: skip
            file.add_electrode_column(name=column, description=meaning)
    first = 0 if file.electrodes is None else len(file.electrodes)
    group = file.create_electrode_group(name=name, description=words["description"], location="body", device=device)
    for channel in stream.channels:
        file.add_electrode(
            location=plain(f"{channel.site} {channel.side}".strip()) or "unknown", group=group,
            label=plain(channel.label), site=channel.site, side=channel.side, stream=stream.id,
        )  # fmt: skip
    rows = list(range(first, first + len(stream.channels)))
    region = file.create_electrode_table_region(rows, "Electrodes of this stream")
    same = len(set(volts)) == 1
    return library("pynwb.ecephys", "pynwb", "nwb").ElectricalSeries(
        name=name, data=_data(stream, room, range(len(rows))), electrodes=region, timestamps=_times(stream, room),
        conversion=volts[0] if same else 1.0, channel_conversion=None if same else volts, **words,
    )  # fmt: skip


def _is_pose(stream: Stream) -> bool:
    """Whether it is markers, and nothing else, with a unit of length."""
    found, units = triples(stream), {channel.unit for channel in stream.channels}
    whole = stream.spec.kind == "mocap" and 3 * len(found) == len(stream.channels) > 0
    return whole and len(units) == 1 and length_unit(units.pop()) is not None


def _pose(stream: Stream, name: str, file: Any, device: Any, words: dict[str, str], room: Room) -> None:
    pose = library("ndx_pose", "ndx-pose", "nwb")
    metre = length_unit(stream.channels[0].unit) or 1.0
    series: list[Any] = []
    names: dict[str, None] = {}
    for three in triples(stream):
        label = AXIS.sub(r"\1", stream.channels[three[0]].label.strip()).replace("/", "_").replace(":", "_")
        names[plain(label) if plain(label) not in names else f"{plain(label)}_{len(names)}"] = None
        series.append(
            pose.PoseEstimationSeries(
                name=list(names)[-1],
                data=_data(stream, room, three),
                unit="meters",
                conversion=metre,
                reference_frame="The lab's axes, as the mocap system has them",
                **words,
                timestamps=series[0] if series else _times(stream, room),
            )
        )
    skeleton = pose.Skeleton(name=f"{name}_markers", nodes=list(names))
    if "behavior" not in file.processing:
        file.create_processing_module("behavior", "Where markers were")
    module = file.processing["behavior"]
    if "Skeletons" not in module.data_interfaces:
        module.add(pose.Skeletons(skeletons=[]))
    module["Skeletons"].add_skeletons(skeleton)
    module.add(
        pose.PoseEstimation(
            name=name,
            pose_estimation_series=series,
            skeleton=skeleton,
            device=device,
            description=f"Markers of a mocap system, nan where one was not seen. {words['comments']}",
        )
    )


def _text(stream: Stream, name: str, file: Any, origin: float, words: dict[str, str]) -> str:
    times: list[float] = []
    texts: list[str] = []
    for time, _, values in stream.timed_pieces():
        times += (time - origin).tolist()
        texts += [" | ".join(row) for row in as_text(values)]
    nwb, common = library("pynwb.event", "pynwb", "nwb"), library("hdmf.common", "hdmf", "nwb")
    columns = [
        nwb.TimestampVectorData(name="timestamp", description="s from the session's start", data=times),
        common.VectorData(name="annotation", description="As it was sent", data=[plain(text) for text in texts]),
    ]
    description = f"{words['description']}. {words['comments']}"
    file.add_events_table(nwb.EventsTable(name=name, description=description, columns=columns))
    changed = sum(plain(text) != text for text in texts)
    notes = [f"{changed} texts are no UTF-8: U+FFFD stands for each wrong byte"] if changed else []
    if len(stream.channels) > 1:
        notes.append(f'its {len(stream.channels)} texts of a sample are one, with " | " between')
    return f"stream {stream.id}: {'; '.join(notes)}" if notes else ""
