"""The appendix for the researcher: how far a recording can be trusted, every number, and how it was made."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundup.analysis.profile.axes import AXIS_DESCRIPTIONS
from groundup.analysis.profile.strategy_profile import AXES, significant
from groundup.report.method_text import without_repeats
from groundup.report.numbers import Number
from groundup.report.part import Part

_MOST_LEDGER = 12
_LONG = 40  # characters of parameters: what is shorter is said again
_PHASES = re.compile(r"from [\d.]+ to [\d.]+ %(?:(?:,| and) (?:from )?[\d.]+ to [\d.]+ %)*")
_MOMENT = re.compile(r", (?:from|at) -?[\d.]+(?: to -?[\d.]+)? s$")
_INSTALL = re.compile(r"[:,;]?\s*\(?pip install [\"']?[\w\[\],.-]+[\"']?\)?")


@dataclass(frozen=True)
class Method:
    """How some metrics were made: those that differ in the name of a muscle alone are said together."""

    metrics: Sequence[str]
    text: str
    parameters: str
    source: int
    plugin: str


@dataclass(frozen=True)
class Methods:
    """All methods, with the sources that their numbers name, and which version of which package made them."""

    methods: Sequence[Method]
    sources: Sequence[str]
    versions: Sequence[str]


@dataclass(frozen=True)
class NumberGroup:
    """Numbers of one axis of the strategy profile, or of none; of each the number of its norm's people, 0 for none."""

    title: str
    words: str
    rows: Sequence[tuple[Number, int]]


@dataclass(frozen=True)
class Numbers:
    """All numbers of a recording, the people they are held against, and why others are held against none."""

    groups: Sequence[NumberGroup]
    people: Sequence[str]
    no_norm: Mapping[str, list[str]]


def numbers_by_axis(part: Part) -> Numbers:
    """Every metric that has a value, by axis."""
    people: list[str] = []
    no_norm: dict[str, list[str]] = {}
    groups = []
    valued = [one for one in part.numbers.values() if one.count]
    for axis in (*AXES, ""):
        rows = []
        for one in (number for number in valued if number.axis == axis):
            for compared in one.compared:
                if not compared.known and compared.why:
                    no_norm.setdefault(client_text(compared.why), []).append(one.name)
            rows.append((one, _place(people, _people(one)) if one.norm.known else 0))
        if rows or axis:
            groups.append(NumberGroup(axis or "beside the axes", AXIS_DESCRIPTIONS[axis] if axis else "", rows))
    return Numbers(groups, people, no_norm)


def _people(number: Number) -> str:
    norm = number.norm
    of = f" ({norm.of})" if norm.of else ""
    rest = "; ".join(text for text in (norm.source, norm.licence) if text)
    return f"{norm.name}{of}: {rest}" if rest else f"{norm.name}{of}"


def norm_text(number: Number) -> str:
    """The interval of a norm, or its mean, and the value that is held against it where that is another one."""
    norm = number.norm
    if not norm.known:
        return ""
    if math.isfinite(norm.mean):
        return f"mean {significant(norm.mean)}, no interval"
    to = "on and round to" if norm.low > norm.high else "to"
    text = f"{significant(norm.low)} {to} {significant(norm.high)}"
    return f"{text}; {significant(norm.value)} †" if norm.method else text


def methods_of(parts: Sequence[Part]) -> Methods:
    """How every metric with a value was made, what several have in common said once."""
    latest = {name: one for part in parts for name, one in part.numbers.items() if one.count}
    families: dict[tuple[str, str, str, str], list[str]] = {}
    for name, one in latest.items():
        text, with_ = _of_any_muscle(one)
        made_by = str(one.about["plugin"])
        families.setdefault((text, with_, str(one.about["source"]), made_by), []).append(name)
    said = without_repeats({names[0]: text for (text, *_), names in families.items()})
    given: dict[str, str] = {}
    sources: list[str] = []
    found = []
    for (_, with_, source, made_by), names in families.items():
        first = given.setdefault(with_, names[0])
        short = with_ if first == names[0] or len(with_) < _LONG else f"as {first}"
        found.append(
            Method(
                shortened(names, _muscles(latest)),
                said[names[0]],
                short,
                _place(sources, source) if source else 0,
                made_by,
            )
        )
    versions = {f"{str(one.about['plugin']).partition(':')[0]} {one.about['version']}" for one in latest.values()}
    return Methods(found, sources, sorted(versions))


def _of_any_muscle(number: Number) -> tuple[str, str]:
    """Method and parameters of a metric, without what is of its muscle alone: the figure of timing has that."""
    known, text = dict(number.about.get("parameters") or {}), str(number.about["method"])
    muscle = str(known.pop("muscle", ""))
    if muscle:
        text = _PHASES.sub("in its normal phases", text.replace(muscle, "muscle"))
        known = {k: v for k, v in known.items() if k != "shows" and not k.startswith(("normal_on_", "normal_off_"))}
    return text, ", ".join(f"{key} {value}" for key, value in known.items())


def _place(known: list[str], text: str) -> int:
    """Its number in a list, from 1 on, to which it is added where it is new."""
    if text not in known:
        known.append(text)
    return known.index(text) + 1


def without_value(parts: Sequence[Part]) -> dict[str, list[str]]:
    """Why metrics have no value, or some of theirs have none, each reason once, to their names."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for part in parts for name in part.numbers):
        every = [part.numbers[name] for part in parts if name in part.numbers]
        valued, missing = sum(one.count for one in every), sum(one.values - one.count for one in every)
        reason = _MOMENT.sub("", next((one.reason for one in every if one.reason), ""))
        muscle = str((every[0].about.get("parameters") or {}).get("muscle", ""))
        reason = reason.replace(muscle, "that muscle") if muscle else reason
        if valued and missing:
            found.setdefault(client_text(reason), []).append(f"{missing} of {name}")
        elif not valued:
            found.setdefault(client_text(reason) or "nothing of its kind was seen", []).append(name)
    muscles = _muscles({name: one for part in parts for name, one in part.numbers.items()})
    ordered = sorted(found.items(), key=lambda one: -len(one[1]))
    return {why: shortened(names, muscles) for why, names in ordered}


def _muscles(numbers: Mapping[str, Number]) -> dict[str, str]:
    """The muscle of each metric that is of one."""
    known = {name: dict(one.about.get("parameters") or {}).get("muscle") for name, one in numbers.items()}
    return {name: str(muscle) for name, muscle in known.items() if muscle}


def shortened(names: Sequence[str], muscles: Mapping[str, str]) -> list[str]:
    """Names of which those that differ in the muscle alone are one: ``emg_on_* of soleus, rectus_femoris``."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        muscle = muscles.get(name)
        kinds.setdefault(name.replace(muscle, "*") if muscle else name, []).append(muscle or "")
    same: dict[tuple[str, ...], list[str]] = {}
    for kind, of in kinds.items():
        same.setdefault(tuple(of) if "*" in kind else (), []).append(kind)
    return [
        text
        for of, some in same.items()
        for text in (some if not of else [f"{', '.join(some)} of {' and '.join(', '.join(of).rsplit(', ', 1))}"])
    ]


def ledger(part: Part) -> dict[str, Any]:
    """What went wrong, faults first, moments since the recording began; what is more is counted."""
    noted = [row for row in part.summary["ledger"] if row["severity"] != "info"]
    origin = part.summary["clock_origin"] or 0.0
    noted.sort(key=lambda row: (row["severity"] != "fault", row["time"] or 0.0))
    shown = [{**row, "at_s": None if row["time"] is None else row["time"] - origin} for row in noted[:_MOST_LEDGER]]
    return {"rows": shown, "more": len(noted) - len(shown)}


def sync_groups(part: Part) -> list[dict[str, Any]]:
    """Streams whose time is known by the same reason, so that the reason is said once."""
    found: dict[str, list[dict[str, Any]]] = {}
    for stream in part.summary["streams"]:
        found.setdefault(str(stream["sync_reason"]), []).append(stream)
    return [{"reason": reason, "streams": streams} for reason, streams in found.items()]


def spread_text(number: Number) -> str:
    """Standard deviation from value to value, with its share of the mean; empty where it is not known."""
    found = number.spread
    if not math.isfinite(found.sd):
        return ""
    return significant(found.sd) + (f" ({significant(found.cv)} %)" if math.isfinite(found.cv) else "")


def sides_text(number: Number) -> str:
    """Right less left with its interval, in percent of the mean where that says anything; empty where not known."""
    found = number.spread
    if math.isfinite(found.asymmetry_low):
        return f"{found.asymmetry:+.1f} % ({found.asymmetry_low:+.1f} to {found.asymmetry_high:+.1f})"
    if math.isfinite(found.difference_low):
        return f"{found.difference:+.3g} ({found.difference_low:+.3g} to {found.difference_high:+.3g})"
    return ""


def parameters(about: Mapping[str, Any]) -> str:
    """Parameters of a metric or a processor in one line."""
    known = about.get("parameters") or {}
    return ", ".join(f"{key} {value}" for key, value in known.items()) if isinstance(known, Mapping) else ""


def client_text(text: str) -> str:
    """A reason without the command that would install what is missing: a page for a client is no manual."""
    return _INSTALL.sub("", text)
