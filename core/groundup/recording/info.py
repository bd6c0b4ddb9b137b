"""What is in a recording, in short: for ``groundup info``, as a dict and in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.analysis.replacement import replaced_columns
from groundup.clock import IN_SYNC_MS, sync_words
from groundup.model.health_groups import health_groups
from groundup.model.reasons import NOTHING, usual_reason
from groundup.model.subject import OF_THE_PERSON
from groundup.plugin.stage import SignalForm
from groundup.recording import Recording, Stream
from groundup.recording.metric_lines import MetricCount, metric_lines
from groundup.recording.tables import reasons_of
from groundup.recording.value_lines import SPATIOTEMPORAL, TrialValue, median_table, value_lines

if TYPE_CHECKING:
    import pandas as pd


def summary(recording: Recording) -> dict[str, Any]:
    """What is in a recording.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    dict
        Ready for JSON: NaN is None. Keys: ``path``, ``id``, ``started_utc``, ``participant``, ``software``,
        ``clock_origin`` (s on the lab clock), ``joined`` (how the files lie that it was joined of; ``words``),
        ``duration_s``, ``streams`` (a list of dicts), ``devices`` (what each said of itself: ``model``,
        ``serial``, ``firmware``, ``health``), ``ledger`` (a list of dicts), ``events`` (kind to number),
        ``trials``, ``strides``, ``processed``, ``replaces`` (id to that of the signal in whose
        place it stands), ``notes`` (of the analysis), ``metrics`` (name to number of values,
        how many are computable, and the usual ``reason`` of those that are not, its moments since the recording began),
        ``medians`` (of the usual ones of walking, as `median_table` gives them).
    """
    streams = [_stream(stream) for stream in recording.streams.values()]
    begin, end = _span(streams)
    replaces = {id_: str(one.attrs["replaces"]) for id_, one in recording.processed.items() if "replaces" in one.attrs}
    return {
        "path": str(recording.path),
        "id": recording.id,
        "started_utc": recording.started_utc,
        "participant": {
            "id": recording.participant_id,
            **{key: _number(value) for key, value in recording.participant.numbers.items()},
        },
        "software": recording.software,
        "clock_origin": _number(recording.clock_origin),
        "duration_s": end - begin,
        "streams": streams,
        "joined": [
            {**{k: _number(v) for k, v in asdict(joint).items()}, "words": joint.words} for joint in recording.joints
        ],
        "devices": _devices(recording),
        "ledger": [{key: _number(value) for key, value in row.items()} for row in recording.ledger.to_dict("records")],
        "events": dict(Counter(recording.events["kind"])),
        "trials": len(recording.trials),
        "strides": _strides(recording),
        "processed": list(recording.processed),
        "replaces": replaces,
        "replaced_channels": dict(_replaced_channels(recording, replaces)),
        "notes": list(recording.notes),
        "medians": median_table(_values(recording)),
        "metrics": {name: _metric(table, recording.clock_origin) for name, table in recording.metrics.items()},
    }


def _values(recording: Recording) -> Iterator[TrialValue]:
    """Every value of the usual metrics of walking."""
    for name in SPATIOTEMPORAL:
        if name in recording.metrics:
            table = recording.metrics[name]
            for trial, side, value, unit in zip(
                *(table[key] for key in ("trial", "side", "value", "unit")), strict=True
            ):
                yield TrialValue(name, str(trial), str(side), float(value), str(unit))


def _replaced_channels(recording: Recording, replaces: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Of each signal that stands in place of some channels of another, the labels of those."""
    for id_, source in replaces.items():
        if source in recording.streams:
            channels = recording.streams[source].spec.channels
        elif source in recording.processed:
            channels = recording.processed[source].channels
        else:
            continue
        gone = replaced_columns(recording.processed[id_].channels, SignalForm(source, "", channels, 0.0))
        if len(gone) < len(channels):
            yield id_, [channels[column].label for column in gone]


def _devices(recording: Recording) -> list[dict[str, Any]]:
    """Devices that said anything of themselves, as they were last."""
    last = {row["device"]: row for row in recording.devices.to_dict("records")}
    groups = health_groups(recording.health_list())
    options = recording.option_list()
    names = dict.fromkeys([*last, *(group.device for group in groups), *(row.device for row in options)])
    return [
        {
            "name": name,
            **{key: last.get(name, {}).get(key, "") for key in ("model", "serial", "firmware")},
            "health": [
                {**asdict(g), "channels": list(g.channels), "words": g.words} for g in groups if g.device == name
            ],
            "options": [
                {**asdict(row), "time": _number(row.time), "words": row.words} for row in options if row.device == name
            ],
        }
        for name in names
    ]


def _span(streams: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """From when to when was recorded (s), by the streams whose time is well known, where there are any."""
    timed = [s for s in streams if s["start_s"] is not None]
    sure = [s for s in timed if s["sync_bound_ms"] is not None and s["sync_bound_ms"] <= IN_SYNC_MS]
    spans = [(s["start_s"], s["start_s"] + s["duration_s"]) for s in sure or timed]
    return (min(begin for begin, _ in spans), max(end for _, end in spans)) if spans else (0.0, 0.0)


def _metric(table: pd.DataFrame, origin: float) -> dict[str, Any]:
    bad = reasons_of(table[~np.isfinite(table["value"])])
    reason = usual_reason(bad).since(origin) if bad else ""
    signals = list(table.attrs.get("signals", ()))
    return {"values": len(table), "computable": len(table) - len(bad), "reason": reason, "signals": signals}


def _stream(stream: Stream) -> dict[str, Any]:
    spec, certificate = stream.spec, stream.certificate
    start, stop = _extent(stream)
    lost = lost_samples(stream)
    return {
        "id": stream.id,
        "name": spec.name,
        "type": spec.type,
        "format": spec.format,
        "channels": len(spec.channels),
        "sites": sorted({c.site for c in spec.channels if c.site}),
        "samples": len(stream),
        "nominal_rate_hz": spec.rate,
        "rate_hz": _number(stream.rate),
        "start_s": start if start <= stop else None,
        "duration_s": stop - start if start <= stop else 0.0,
        "lost_samples": lost,
        "lost_share": None if lost is None else lost / (lost + len(stream)) if lost else 0.0,
        **{f"sync_{name}": _number(value) for name, value in asdict(certificate).items()},
    }


def lost_samples(stream: Stream) -> int | None:
    """How many samples its stamps show to be lost; None where they cannot show it."""
    ledger = stream.ledger
    if not stream.certificate.bound_ms <= IN_SYNC_MS and bool((ledger["kind"] == "clock").any()):
        return None
    if bool(((ledger["kind"] == "stamps") & (ledger["severity"] == "warning")).any()):
        return None  # pauses of which nobody can tell whether anything is missing in them
    return int(ledger["count"][ledger["kind"] == "gap"].sum())


def _extent(stream: Stream) -> tuple[float, float]:
    """Its first and last time, in s; infinite, and the wrong way round, when it has none."""
    start, stop = math.inf, -math.inf
    for time in stream.time_pieces():
        known = time[np.isfinite(time)]
        start, stop = min(start, float(known.min(initial=start))), max(stop, float(known.max(initial=stop)))
    return start, stop


def _strides(recording: Recording) -> int:
    """Number of strides that any metric describes."""
    numbers: set[int] = set()
    for table in recording.metrics.values():
        known = table["stride"].to_numpy()
        numbers.update(np.unique(known[known >= 0]).tolist())
    return len(numbers)


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def in_words(found: dict[str, Any]) -> str:
    """A summary as text for the terminal.

    Parameters
    ----------
    found : dict
        As `summary` gives it.
    """
    streams, origin = found["streams"], found["clock_origin"] or 0.0
    lines = [
        f"{found['path']}",
        f"  recorded {_short(found['started_utc']) or 'at an unknown date'}, {found['duration_s']:.1f} s, "
        f"{_count(len(streams), 'stream')}{person_words(found['participant'])}",
        "",
    ]
    width = max((len(_short(s["id"])) for s in streams), default=0)
    lines += [f"  {_short(s['id']):<{width}}  {_stream_words(s)}" for s in streams]
    for device in found["devices"]:
        lines += [f"  {_device_words(device)}", *_option_words(device, origin)]
    lines += [f"  joined: {_short(joint['words'], 400)}" for joint in found["joined"]]
    lines += ["", *_ledger_words(found["ledger"], origin)]
    events = ", ".join(f"{n} {_short(kind)}" for kind, n in sorted(found["events"].items()))
    lines.append(
        f"  events: {events or 'none'}; {_count(found['strides'], 'stride')}, {_count(found['trials'], 'trial')}"
    )
    for new, old in found["replaces"].items():
        some = ", ".join(_short(label) for label in found["replaced_channels"].get(new, ()))
        lines.append(f"  {_short(new)} stands in place of {f'{some} of ' if some else ''}{_short(old)}")
    values = {
        _short(name): MetricCount(count["values"], count["computable"], _short(count["reason"], 300))
        for name, count in found["metrics"].items()
        if count["values"]
    }
    lines += [f"  {line}" for line in value_lines(found["medians"])]
    lines += [f"  {line}" for line in metric_lines(values)]
    if len(values) < len(found["metrics"]) and not any(NOTHING in note for note in found["notes"]):
        lines.append(f"  {_count(len(found['metrics']) - len(values), 'metric')} {NOTHING}")
    lines += [f"  ! {_short(note, 300)}" for note in found["notes"]]
    return "\n".join(lines)


def _stream_words(s: dict[str, Any]) -> str:
    rate = f"{s['rate_hz']:.7g} Hz" if s["rate_hz"] else "irregular"
    bound = s["sync_bound_ms"]
    sync = sync_words(math.nan if bound is None else bound)
    share = s["sync_coverage"]
    covered = f" ({share:.0%})" if bound is not None and share is not None else ""
    why = _short(s["sync_reason"], 300).removeprefix("sync unknown: ")
    reason = f": {why}" if (bound is None or bound > IN_SYNC_MS) and why else ""
    lost = f"{s['lost_samples']} samples lost ({s['lost_share']:.2%})" if s["lost_samples"] else "nothing lost"
    lost = "losses unknown" if s["lost_samples"] is None else lost
    what = f"{s['type'] or 'no type'} {_short(s['name'])!r}"
    return (
        f"{what}, {_count(s['channels'], 'channel')} {s['format']}, {rate}, {s['samples']} samples in "
        f"{s['duration_s']:.1f} s, {lost}, {sync}{covered}{reason}"
    )


def _device_words(device: dict[str, Any]) -> str:
    """Which device it was, and how it did at the end."""
    labels = (("model", ""), ("serial", "serial "), ("firmware", "firmware "))
    which = ", ".join(label + _short(device[key]) for key, label in labels if device[key])
    described = ", ".join(
        _short(g["words"], 100) + (f" ({g['colour']})" if g["colour"] in ("amber", "red") else "")
        for g in device["health"]
    )
    first = {row["option"]: row for row in reversed(device["options"])}
    set_ = ", ".join(f"{_short(name)} {_short(row['value'])} {row['unit']}".rstrip() for name, row in first.items())
    return f"device {_short(device['name'])}: {'; '.join(part for part in (which, described, set_) if part)}"


def _option_words(device: dict[str, Any], origin: float) -> list[str]:
    """What was changed of it, and at which sample."""
    changed = [row for row in device["options"] if row["before"]]
    return [
        f"    {_short(row['words'], 200)} from sample {row['sample']} on"
        + ("" if row["time"] is None else f", at {row['time'] - origin:.3f} s")
        for row in changed
    ]


def _ledger_words(ledger: list[dict[str, Any]], origin: float) -> list[str]:
    """The ledger, its times in seconds since the recording began (the lab clock's own number says nothing here)."""
    noted = [row for row in ledger if row["severity"] != "info" or row["kind"] == "command"]
    if not noted:
        return ["  ledger: nothing went wrong"]
    lines = [f"  ledger: {_count(len(noted), 'line')}"]
    for row in noted[:20]:
        when = "" if row["time"] is None else f" at {row['time'] - origin:.3f} s"
        stream = f", {_short(row['stream'])}" if row["stream"] else ""
        lines.append(f"    {row['severity']}{when}{stream}: {_short(row['message'], 200)}")
    if len(noted) > 20:
        lines.append(f"    and {len(noted) - 20} more")
    return lines


def person_words(participant: dict[str, Any]) -> str:
    """Who was recorded, as `summary` has them, behind a comma; empty where nothing is known."""
    numbers = [(participant[key], number.unit) for key, number in OF_THE_PERSON.items()]
    parts = [_short(participant["id"]), *(f"{value:g} {unit}" for value, unit in numbers if value is not None)]
    text = ", ".join(part for part in parts if part)
    return f", participant {text}" if text else ""


def _short(text: str, most: int = 60) -> str:
    """Text from the network, fit for one line of a terminal."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
