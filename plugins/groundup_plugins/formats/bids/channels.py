"""The rows of BIDS's channels.tsv and electrodes.tsv: types, muscles by the body map, tracked points, axes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, MUSCLES, Channel
from groundup.recording import Stream
from groundup_plugins.formats.bids.tables import clean
from groundup_plugins.formats.c3d.channels import AXIS
from groundup_plugins.formats.edf.header import signal_labels
from groundup_plugins.formats.names import unique
from groundup_plugins.processors.plate_units import length_unit

EMG_COLUMNS = ("name", "type", "units", "sampling_frequency", "signal_electrode", "reference", "group",
               "target_muscle", "placement_scheme", "placement_description", "description")  # fmt: skip
ELECTRODE_COLUMNS = ("name", "x", "y", "z", "type", "group", "site", "side")
MOTION_COLUMNS = ("name", "component", "type", "tracked_point", "units", "placement")
_SIDES = {"L": "left", "R": "right"}
_QUATERNION = re.compile(r"(?:^|[ ._:-])q(?:uat)?[ ._-]?([wxyz])$", re.IGNORECASE)


def muscle(channel: Channel) -> str:
    """Name of the muscle under a channel, ``left tibialis anterior``; empty where the body map does not tell."""
    if channel.site not in MUSCLES:
        return ""
    return f"{_SIDES.get(channel.side, '')} {channel.site.replace('_', ' ')}".strip()


def place(channel: Channel) -> str:
    """Where a channel is on the body, in words."""
    return f"{_SIDES.get(channel.side, '')} {channel.site.replace('_', ' ')}".strip()


def names(stream: Stream) -> list[str]:
    """A name for each channel, none of them twice or empty."""
    return unique([clean(re.sub(r"\s+", " ", channel.label)).strip() for channel in stream.channels], stream.id)


def emg_names(stream: Stream) -> list[str]:
    """The same as the BDF file has them: at most 16 letters of ASCII."""
    return signal_labels([channel.label for channel in stream.channels])


def electrode_names(streams: Sequence[Stream]) -> dict[str, list[str]]:
    """Of the channels of each stream of EMG, by its id; those of several streams have one table, and none is twice."""
    told = {stream.id: emg_names(stream) for stream in streams}
    often = Counter(name for names in told.values() for name in names)
    flat = [f"{key} {name}" if often[name] > 1 else name for key, names in told.items() for name in names]
    rows = iter(unique(flat, "electrode"))
    return {key: [next(rows) for _ in names] for key, names in told.items()}


def emg_rows(
    stream: Stream, electrodes: Sequence[str], rate: float, reference: str, placement: str
) -> list[dict[str, Any]]:
    """Rows of channels.tsv of EMG, in the order of the BDF file."""
    return [
        {
            "name": name, "type": "EMG", "units": "uV" if channel.unit.strip() == "V" else channel.unit,
            "sampling_frequency": rate, "signal_electrode": electrode, "reference": reference, "group": stream.id,
            "target_muscle": muscle(channel), "placement_scheme": "other" if placement else "",
            "placement_description": placement, "description": channel.label,
        }
        for name, electrode, channel in zip(emg_names(stream), electrodes, stream.channels, strict=True)
    ]  # fmt: skip


def electrode_rows(stream: Stream, electrodes: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of electrodes.tsv: nobody measured where they lie, the sites are those of SENIAM's recommendations."""
    return [
        {"name": name, "group": stream.id, "site": channel.site, "side": channel.side}
        for name, channel in zip(electrodes, stream.channels, strict=True)
    ]


def motion_rows(stream: Stream) -> list[dict[str, Any]]:
    """Rows of channels.tsv of motion: the time of each sample first, then the channels in their order."""
    rows: list[dict[str, Any]] = [{"name": "latency", "type": "LATENCY", "units": "s"}]
    for name, channel in zip(names(stream), stream.channels, strict=True):
        axis = AXIS.match(channel.label.strip())
        turned = _QUATERNION.search(channel.label.strip())
        kind = _motion_type(stream, channel, turned is not None)
        component = f"quat_{turned[1].lower()}" if turned else axis[2].lower() if axis else ""
        point = axis[1] if axis and stream.spec.kind != "imu" else place(channel) or name
        rows.append({
            "name": name, "component": component, "type": kind, "tracked_point": point, "units": channel.unit,
            "placement": place(channel),
        })  # fmt: skip
    return rows


def _motion_type(stream: Stream, channel: Channel, quaternion: bool) -> str:
    unit = channel.unit.strip().lower()
    if quaternion:
        return "ORNT"
    if stream.spec.kind == "model":
        return "JNTANG" if unit in ("rad", "deg") else "MISC"
    if unit in ACCELERATION:
        return "ACCEL"
    if unit in ANGULAR_VELOCITY:
        return "GYRO"
    if unit in ("t", "mt", "ut", "µt", "μt", "gauss", "g/a") or channel.label.lower().startswith("mag"):
        return "MAGN"
    if length_unit(channel.unit) is not None:
        return "POS"
    return "ORNT" if unit in ("rad", "deg") else "MISC"
