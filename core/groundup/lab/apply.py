"""``[streams.ID]`` put on a stream: its sites, sides, units and plate as the lab knows them."""

import math
from dataclasses import replace

from groundup.lab.errors import LabError, nearest
from groundup.lab.tables import LabChannel, LabStream
from groundup.model.streams import Channel, StreamSpec


def apply_lab(spec: StreamSpec, stream: LabStream, where: str = "lab.toml") -> StreamSpec:
    """The stream as the lab knows it: its sites, sides, units, plate and latency over the device's own.

    A site belongs to every channel of that label.

    Parameters
    ----------
    spec : StreamSpec
    stream : LabStream
    where : str
        What to name in errors, such as ``"lab.toml: [streams.emg]"``.

    Raises
    ------
    LabError
        If the stream has no channel of a label that lab.toml names.
    """
    labels = [channel.label for channel in spec.channels]
    for label in stream.channels:
        if label not in labels:
            raise LabError(
                f'{where} names the channel "{label}", which the stream "{spec.name}" does not have; '
                f"it has {_listed(labels)}{nearest(label, labels)}"
            )
    return replace(
        spec,
        channels=tuple(_channel(channel, stream.channels.get(channel.label)) for channel in spec.channels),
        plate=spec.plate if stream.plate is None else stream.plate.plate(),
        latency_s=spec.latency_s if stream.latency_s is None else stream.latency_s,
        extra=spec.extra if stream.bandwidth_hz is None else {**spec.extra, "bandwidth_hz": repr(stream.bandwidth_hz)},
    )


def wrong_rate(spec: StreamSpec, stream: LabStream, where: str) -> str:
    """A sentence if the stream announces another rate than lab.toml says it must have, else empty."""
    if stream.rate is None or math.isclose(stream.rate, spec.rate, rel_tol=1e-6):
        return ""
    return f'{where} rate is {stream.rate:g} Hz, but the stream "{spec.name}" announces {spec.rate:g} Hz'


def _channel(channel: Channel, lab: LabChannel | None) -> Channel:
    if lab is None:
        return channel
    return replace(
        channel,
        site=lab.site or channel.site,
        # A site that the lab gives without a side has none: the device's side was for the device's site.
        side=lab.side or ("" if lab.site else channel.side),
        unit=lab.unit or channel.unit,
    )


def _listed(labels: list[str], most: int = 12) -> str:
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + more if labels else "no channels"
