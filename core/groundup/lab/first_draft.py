"""Writes a first lab.toml from the streams that were found, for a person to check and complete.

What a stream says of itself needs no line. What its labels probably mean is proposed and marked; what they may mean in
several ways is left for a person to choose.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from groundup.lab.label_guess import Proposal, propose
from groundup.lab.settings import Settings
from groundup.model.plate_types import PLATE_TYPES
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import OF_THE_PERSON

_HEAD = """\
# Written by `groundup init` on {day}, from what was found. Check every line that says so, then:
#     groundup check {name}     # every morning: is each device there, and right?
#     groundup record {name}

[participant]
# id = "P01"
{person}
"""
_PLATE = """\
# Where the plate lies decides where the centre of pressure is. Corners as in the C3D standard, in metres.
# [streams.{id}.plate]
# type = 2                              # {types}, as in C3D
# corners_m = [[0.4, 0.6, 0.0], [0.0, 0.6, 0.0], [0.0, 0.0, 0.0], [0.4, 0.0, 0.0]]
# origin_m = [0.0, 0.0, -0.04]
"""
_FORCES = re.compile(r"(?:^|[^a-z])[fm]_?[xyz](?:$|[^a-z])", re.IGNORECASE)


def lab_text(
    streams: Sequence[StreamSpec],
    devices: Mapping[str, tuple[str, type[Settings], Mapping[str, Any]]] | None = None,
    name: str = "lab.toml",
) -> str:
    """The text of a lab.toml.

    Parameters
    ----------
    streams : sequence of StreamSpec
        What is on the network.
    devices : mapping, optional
        Name of each device that a scan found, to its driver, the driver's settings, and those of this device.
    name : str
        What the file will be called, for the comments.
    """
    person = "\n".join(f"# {key} = {number.example}" for key, number in OF_THE_PERSON.items())
    parts = [_HEAD.format(day=date.today().isoformat(), name=name, person=person)]
    parts += [_device(key, *device) for key, device in (devices or {}).items()]
    ids = stream_ids(streams)
    parts += [_stream(id, spec, streams) for id, spec in zip(ids, streams, strict=True)]
    if not streams and not devices:
        parts.append("# [streams.emg]\n# match = \"type='EMG'\"\n")
    return "\n".join(parts)


def stream_ids(streams: Iterable[StreamSpec]) -> list[str]:
    """A short key for each stream, made of its name, no two the same."""
    ids: list[str] = []
    for spec in streams:
        stem = re.sub(r"\W+", "_", spec.name, flags=re.ASCII).strip("_").lower()[:40] or "stream"
        unique, number = stem, 1
        while unique in ids:
            number += 1
            unique = f"{stem}_{number}"
        ids.append(unique)
    return ids


def match_for(spec: StreamSpec, streams: Sequence[StreamSpec]) -> str:
    """The shortest LSL predicate that only this stream fits; of twins, one that fits all of them."""
    parts: list[str] = []
    others = [other for other in streams if other is not spec]
    for key, value in (("name", spec.name), ("type", spec.type), ("source_id", spec.source_id)):
        quoted = _quoted(value)
        if quoted is None or not value:
            continue
        attribute = {"name": "name", "type": "type", "source_id": "source_id"}[key]
        left = [other for other in others if getattr(other, attribute) == value]
        if not parts or len(left) < len(others):
            parts.append(f"{key}={quoted}")
            others = left
        if not others:
            break
    return " and ".join(parts)


def _quoted(value: str) -> str | None:
    """A literal of XPath 1.0, which knows no escapes; None for a text that holds both quotes or a line's end."""
    if re.search(r"[\x00-\x1f]", value) or ("'" in value and '"' in value):
        return None
    return f'"{value}"' if "'" in value else f"'{value}'"


def _device(key: str, driver: str, settings: type[Settings], found: Mapping[str, Any]) -> str:
    lines = [f"[devices.{key}]", f"driver = {_toml(driver)}"]
    lines += [f"{name} = {_toml(value)}" for name, value in found.items()]
    for field in msgspec.structs.fields(settings):
        if field.encode_name in found:
            continue
        if field.required:
            lines.append(f"# {field.encode_name} =          # needed")
        elif field.default not in (msgspec.NODEFAULT, None):
            lines.append(f"# {field.encode_name} = {_toml(field.default)}")
    return "\n".join([*lines, ""])


def _stream(id: str, spec: StreamSpec, streams: Sequence[StreamSpec]) -> str:
    rate = f"{spec.rate:g} Hz" if spec.rate else "irregular"
    count = len(spec.channels)
    what = f"{spec.type or 'no type'}, {count} channel{'' if count == 1 else 's'}, {spec.format}, {rate}"
    lines = [
        f"[streams.{id}]  # {_comment(spec.name)}: {_comment(what)}, on {_comment(spec.hostname or 'this network')}"
    ]
    match = match_for(spec, streams)
    if match:
        lines.append(f"match = {_toml(match)}")
    else:
        lines.append('# match = ""   # its name cannot be written as a predicate: give one that fits, such as its type')
    if spec.rate:
        lines.append(f"rate = {_toml(spec.rate)}")
    lines.append("")
    lines += _channels(id, spec)
    if spec.plate is None and sum(bool(_FORCES.search(c.label)) for c in spec.channels) >= 3:
        lines += [*_PLATE.format(id=id, types=_one_of(PLATE_TYPES)).splitlines(), ""]
    return "\n".join(lines)


def _channels(id: str, spec: StreamSpec) -> list[str]:
    # A key stands once in TOML: channels with one label are one line, which says how many it is about.
    unknown = list({c.label: c for c in spec.channels if not c.site}.values())
    if spec.kind in ("markers", "plate") or not unknown:
        sites = [c.site for c in spec.channels if c.site]
        return ["# Its sites are known from the device.", ""] if sites and spec.kind != "plate" else []
    proposals = [(channel, _proposal(channel, spec)) for channel in unknown]
    if not any(proposal.sites for _, proposal in proposals):
        if spec.kind != "emg":
            return []
        lines = [f"# [streams.{id}.channels]  # the labels name no muscle: write down where each electrode is"]
        lines += [f'# {_toml(c.label)} = {{ site = "", side = "" }}' for c in unknown]
        return [*lines, ""]
    alike = Counter(c.label for c in spec.channels)
    lines = [_channel(channel, proposal) for channel, proposal in proposals]
    counts = [f"; {n} channels have it" if (n := alike[channel.label]) > 1 else "" for channel, _ in proposals]
    return [f"[streams.{id}.channels]", *map("".join, zip(lines, counts, strict=True)), ""]


def _proposal(channel: Channel, spec: StreamSpec) -> Proposal:
    kind = spec.kind if spec.kind in ("emg", "imu") else ""
    found = propose(channel.label, kind)
    # An IMU's channels are called after their axes; where it sits, the stream's name may tell.
    return found if found.sites or kind != "imu" else propose(spec.name, kind)


def _channel(channel: Channel, proposal: Proposal) -> str:
    label = _toml(channel.label)
    side = proposal.side or channel.side
    if len(proposal.sites) == 1:
        check = "check the side" if proposal.exact else "proposed from its label: check"
        return f"{label} = {{ site = {_toml(proposal.sites[0])}, side = {_toml(side)} }}  # {check}"
    if proposal.sites:
        choices = " or ".join(proposal.sites)
        return f'# {label} = {{ site = "", side = {_toml(side)} }}  # {choices}? choose'
    return f'# {label} = {{ site = "", side = "" }}  # its label names no site'


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(str(key))} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(item) for item in value)}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


def _comment(text: str) -> str:
    """Text from the network that stays in its comment."""
    shown = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _one_of(numbers: Iterable[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} or {last}"
