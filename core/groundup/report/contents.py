"""Everything that stands in a report, read from the recordings: the template only lays it out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.profile import circular
from groundup.analysis.profile.axes import AXIS_DESCRIPTIONS, BOUND, COMPARED
from groundup.analysis.profile.circumstances import circumstances_of
from groundup.analysis.profile.curve_norms import CurveNorm, curve_norm
from groundup.analysis.profile.differences import Difference
from groundup.analysis.profile.norms import compared_from, norm_sentences
from groundup.analysis.profile.profile_lines import spread_words
from groundup.analysis.profile.spread import spread
from groundup.analysis.profile.strategy_profile import BESIDE, AxisProfile, Entry, significant
from groundup.model.anatomy import Side
from groundup.model.reasons import usual_reason
from groundup.model.status import OK
from groundup.model.subject import Subject
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.recording.info import person_words, summary
from groundup.recording.tables import reasons_of
from groundup.report import figures
from groundup.report.contact_words import contact_words
from groundup.report.curves import Walked, force_curves, impact_curves, muscle_curves, walked
from groundup.report.method_text import without_repeats
from groundup.report.strip import strip
from groundup.report.timing import MuscleTiming, muscle_timing
from groundup.workflows.analyze import stored_profile, stored_rows
from groundup.workflows.compare import NothingToCompareError, compare_recordings

_MOST_LEDGER = 30


@dataclass(frozen=True)
class Figure:
    """A picture of a report: what it shows, in words too."""

    title: str
    words: str
    svg: str


def contents(paths: Sequence[Path]) -> dict[str, Any]:
    """What the template is given.

    Parameters
    ----------
    paths : sequence of Path
        One recording, or one from before and one from after.

    Raises
    ------
    ValueError
        If there are none, or more than two.
    """
    if not 1 <= len(paths) <= 2:
        raise ValueError(f"a report is of one recording or compares two, not {len(paths)}")
    every = [_of(path) for path in paths]
    return {
        "bound": BOUND,
        "recordings": every,
        "axes": _axes([one["profile"] for one in every]),
        "number": number,
        "person_words": person_words,
        "strip": strip,
        "spread_words": spread_words,
        "said_of_norms": lambda entry: norm_sentences(entry.compared, significant),
        "compared": len(every) == 2,
        "comparison": COMPARED,
        "differences": _differences(paths),
    }


def _differences(paths: Sequence[Path]) -> list[Difference]:
    """Before and after, metric by metric; empty of one recording, or where one holds no metrics."""
    try:
        return list(compare_recordings(paths).differences) if len(paths) == 2 else []
    except NothingToCompareError:
        return []


def _axes(profiles: Sequence[Sequence[AxisProfile]]) -> list[dict[str, Any]]:
    """Each axis, with what each metric says of it in every recording."""
    axes = []
    for axis in dict.fromkeys(part.axis for profile in profiles for part in profile):
        groups: dict[str, list[Entry]] = {}
        for entry in (e for profile in profiles for part in profile if part.axis == axis for e in part.entries):
            groups.setdefault(entry.metric, []).append(entry)
        methods = without_repeats({name: pair[0].method for name, pair in groups.items()})
        axes.append(
            {
                "axis": axis or BESIDE,
                "words": AXIS_DESCRIPTIONS[axis],
                "groups": list(groups.values()),
                "methods": methods,
            }
        )
    return axes


def _of(path: Path) -> dict[str, Any]:
    with Recording(path) as recording:
        found = summary(recording)
        walk = walked(recording)
        timing = muscle_timing(recording, walk.strides)
        return {
            "name": path.name,
            "summary": found,
            "profile": stored_profile(recording),
            "ledger": _ledger(found),
            "figures": _figures(recording, walk, timing),
            "timing": timing,
            "metrics": _metrics(recording),
            "processed": [_processed(recording, id) for id in recording.processed],
            "notes": list(recording.notes),
            "contacts": contact_words(recording.event_list()),
            "stances": len(walk.stances),
            "strides": len(walk.strides),
        }


def number(value: float | None, digits: int = 3) -> str:
    """As `significant`; None is not known either."""
    return significant(math.nan if value is None else value, digits)


def _ledger(found: dict[str, Any]) -> dict[str, Any]:
    noted = [row for row in found["ledger"] if row["severity"] != "info"]
    origin = found["clock_origin"] or 0.0
    noted.sort(key=lambda row: (row["severity"] != "fault", row["time"] or 0.0))
    shown = [{**row, "at_s": None if row["time"] is None else row["time"] - origin} for row in noted[:_MOST_LEDGER]]
    return {"rows": shown, "more": len(noted) - len(shown)}


def _figures(recording: Recording, walk: Walked, timing: Sequence[MuscleTiming]) -> list[Figure]:
    found = []
    if forces := force_curves(walk):
        norms = _force_norms(walk, recording.participant)
        words = "Every stance on a plate faint, their mean and one standard deviation. Blue left, dashed orange right."
        words += "".join(
            f" {sentence[0].upper()}{sentence[1:]}."
            for sentence in dict.fromkeys(_norm_sentence(n) for n in norms.values())
            if sentence
        )
        found.append(Figure("Ground reaction force", words, figures.force_figure(forces, norms)))
    if paths := _pressure(walk):
        words = "The path of the centre of pressure in each stance, seen from above."
        found.append(Figure("Centre of pressure", words, figures.pressure_figure(paths)))
    if muscles := muscle_curves(walk):
        words = (
            "Envelope of each muscle from contact to contact of its own foot: strides faint, mean, one SD. Bars above: "
            "when it was on, and under that in grey when it normally is."
        )
        found.append(Figure("Muscle activity", words, figures.muscle_figure(muscles, timing)))
    if impacts := impact_curves(walk):
        words = "Size of the acceleration around the foot's contact, from the foot (below) up to the head."
        found.append(Figure("The shock on its way up", words, figures.impact_figure(impacts)))
    events = recording.events
    contacts = events[events["kind"].isin(["IC", "FO", "seat_off", "seat_on", "sync"])]
    if len(contacts):
        words = "Triangles down: the foot meets the ground; up: it leaves. Hollow: doubtful, and used by no metric."
        found.append(Figure("Events", words, figures.event_figure(contacts, _begin(recording))))
    return found


def _force_norms(walk: Walked, subject: Subject) -> dict[str, CurveNorm]:
    """The norm of each force, as far as the installed ones are of people who did the same."""
    known = circumstances_of((), walk.strides, walk.stances, (), subject)[0]
    installed = [loaded.item for loaded in plugins().norms.values()]
    return {name: curve_norm(f"grf_{name}", installed, known) for name in ("vertical", "forward")}


def _norm_sentence(norm: CurveNorm) -> str:
    return f"grey: {norm.description}" if len(norm.low) else norm.description


def _begin(recording: Recording) -> float:
    times = [stream.time for stream in recording.streams.values() if len(stream)]
    return min((float(np.nanmin(time)) for time in times if np.isfinite(time).any()), default=0.0)


def _pressure(walk: Walked) -> list[tuple[Side, str, np.ndarray]]:
    found: list[tuple[Side, str, np.ndarray]] = []
    plates = {c.site: s for s in walk.resolver.signals if s.kind == "grf" for c in s.channels if c.site}
    for stance in walk.stances:
        signal = plates.get(stance.source)
        labels = [c.label for c in signal.channels] if signal is not None else []
        if signal is None or not {"CoPx", "CoPy"} <= set(labels):
            continue
        part = signal.between(stance.t0, stance.t1)
        path = np.column_stack([part.column("CoPx"), part.column("CoPy")])
        found.append((stance.side, stance.source, path[np.isfinite(path).all(axis=1)]))
    return found


def _metrics(recording: Recording) -> list[dict[str, Any]]:
    rows: dict[str, list[MetricRow]] = {}
    for row in stored_rows(recording):
        rows.setdefault(row.name, []).append(row)
    return [
        {
            **_metric(name, table, recording.clock_origin),
            "spread": spread(rows.get(name, ()), table.attrs.get("circular")),
        }
        for name, table in recording.metrics.items()
    ]


def _metric(name: str, table: pd.DataFrame, origin: float) -> dict[str, Any]:
    good = table[table["status"] == OK]["value"]
    bad = reasons_of(table[table["status"] != OK])
    period = table.attrs.get("circular")
    low, middle, high = circular.percentiles(good, [25, 50, 75], period) if len(good) else (math.nan,) * 3
    return {
        "name": name,
        "unit": str(table["unit"].iloc[0]) if len(table) else "",
        "count": len(good),
        "values": len(table),
        "median": middle,
        "low": low,
        "high": high,
        "reason": usual_reason(bad).since(origin) if bad else "",
        **{key: table.attrs.get(key, "") for key in ("method", "plugin", "version", "source", "parameters")},
        "norms": norm_sentences(compared_from(table.attrs.get("norm")), significant),
    }


def _processed(recording: Recording, id: str) -> dict[str, Any]:
    attrs = recording.processed[id].attrs
    return {"id": id, **{key: attrs.get(key, "") for key in ("plugin", "version", "parameters")}}
