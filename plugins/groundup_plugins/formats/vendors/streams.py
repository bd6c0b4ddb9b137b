"""Streams as a vendor's columns make them: those of one time together, words as markers, muscles and units named."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundup.plugin import (
    ACCELERATION,
    ANGULAR_VELOCITY,
    VOLTAGE,
    Channel,
    Event,
    Floats,
    ImportedStream,
    Plate,
    StreamSpec,
    event_json,
    guessed_site,
)
from groundup_plugins.processors.imu_channels import MAGNETIC
from groundup_plugins.processors.plate_units import force_unit, length_unit, moment_unit

_SHOWN = 8  # channels at most, in a sentence
_MEASURED = {"EMG", "IMU", "Force"}


def merged(streams: Sequence[ImportedStream]) -> list[ImportedStream]:
    """Streams of one key put together where they have the same times; else each has a key of its own."""
    found: list[ImportedStream] = []
    groups: dict[str, list[int]] = {}
    for stream in streams:
        places = groups.setdefault(stream.id, [])
        same = next((i for i in places if _same_times(found[i], stream)), None)
        if same is not None:
            found[same] = _beside(found[same], stream)
            continue
        number = len(places) + 1
        places.append(len(found))
        found.append(stream if number == 1 else replace(stream, id=f"{stream.id}_{number}"))
    return found


def _same_times(one: ImportedStream, other: ImportedStream) -> bool:
    return (
        one.spec.format == other.spec.format != "string"
        and one.spec.type == other.spec.type
        and np.array_equal(one.timestamps, other.timestamps)
    )


def _beside(one: ImportedStream, other: ImportedStream) -> ImportedStream:
    channels = (*one.spec.channels, *other.spec.channels)
    samples = np.column_stack([np.asarray(one.samples), np.asarray(other.samples)])
    return replace(one, spec=replace(one.spec, channels=channels), samples=samples)


def marked(streams: Sequence[ImportedStream]) -> list[ImportedStream]:
    """Columns of words as one column of markers: a marker where a word begins, none while it only goes on."""
    step = min((1 / s.spec.rate for s in streams if s.spec.rate > 0), default=0.0)
    found = []
    for stream in streams:
        if stream.spec.format != "string":
            found.append(stream)
            continue
        times, texts = [], []
        last: list[tuple[str, float]] = [("", -np.inf)] * len(stream.spec.channels)
        for time, row in zip(stream.timestamps.tolist(), stream.samples, strict=True):
            for column, word in enumerate(map(str, row)):
                if word and (word != last[column][0] or time - last[column][1] > 1.5 * step):
                    times.append(time)
                    texts.append([word])
                if word:
                    last[column] = word, time
        if texts:
            spec = replace(stream.spec, channels=(Channel("marker"),))
            found.append(replace(stream, spec=spec, samples=texts, timestamps=np.array(times)))
    return found


def with_muscles(streams: Sequence[ImportedStream], name: str, notes: list[str]) -> list[ImportedStream]:
    """EMG channels with the muscle that their name means, where it means one only; each is named in a note."""
    found, guessed, unknown = [], [], []
    for stream in streams:
        if stream.spec.kind != "emg":
            found.append(stream)
            continue
        channels = []
        for channel in stream.spec.channels:
            site, side = guessed_site(channel.label, "emg")
            guessed += [f"{channel.label} = {site}{f' {side}' if side else ''}"] if site else []
            unknown += [] if site else [channel.label]
            channels.append(replace(channel, site=site, side=side))
        found.append(replace(stream, spec=replace(stream.spec, channels=tuple(channels))))
    if guessed:
        notes.append(
            "check the muscles, which are guessed from the names of the channels (sites = false in "
            f"[import.{name}] guesses none): {'; '.join(guessed)}"
        )
    if unknown:
        notes.append(
            f"no muscle is known of the EMG channels {_some(unknown)}: write [streams.emg.channels] in lab.toml"
        )
    return found


def said_units(streams: Sequence[ImportedStream], file: str, notes: list[str]) -> None:
    """Say which channels have a unit that nobody here knows, or none: nothing is computed of them."""
    for stream in streams:
        if stream.spec.type not in _MEASURED:
            continue
        odd = [f'{c.label} ("{c.unit}")' for c in stream.spec.channels if not _known(c.unit, stream.spec.type)]
        if odd:
            notes.append(
                f"{file}: the unit of {_some(odd)} in {stream.id} is none that is known here, and nothing is computed "
                f"of it: give the channels their unit in [streams.{stream.id}.channels] of lab.toml"
            )


def _known(unit: str, kind: str) -> bool:
    plain = unit.strip().lower()
    if kind == "EMG":
        return plain in VOLTAGE
    if kind == "IMU":
        return plain in ACCELERATION or plain in ANGULAR_VELOCITY or plain in MAGNETIC
    return any(to(unit) is not None for to in (force_unit, length_unit, moment_unit))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def new_stream(
    path: Path, key: str, kind: str, rate: float, channels: Sequence[Channel], samples: Floats, time: Floats,
    plate: Plate | None = None,
) -> ImportedStream:  # fmt: skip
    """A stream of numbers out of a file.

    Parameters
    ----------
    path : Path
    key : str
    kind : str
        Content type.
    rate : float
        Hz; 0 where it is irregular.
    channels : sequence of Channel, length C
    samples : ndarray, shape (N, C)
    time : ndarray, shape (N,)
        Seconds.
    plate : Plate, optional
    """
    spec = StreamSpec(f"{path.stem} {key}", kind, rate, "double64", tuple(channels), f"{path.name}:{key}", plate=plate)
    return ImportedStream(key, spec, samples, time)


def new_events(path: Path, found: Sequence[Event], key: str = "events") -> ImportedStream:
    """Events out of a file, in the order of time."""
    found = sorted(found, key=lambda event: event.time)
    spec = StreamSpec(f"{path.stem} {key}", "Markers", 0.0, "string", (Channel("event"),), f"{path.name}:{key}")
    return ImportedStream(key, spec, [[event_json(e)] for e in found], np.array([e.time for e in found]))
