"""Everything that stands in a report, read from the recordings: the templates only lay it out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundup.analysis.profile.axes import BOUND
from groundup.report import appendix
from groundup.report.chosen import Chosen
from groundup.report.clinician import clinician_figures
from groundup.report.comparison import seen, sorted_by_effect
from groundup.report.options import ReportOptions
from groundup.report.page_one import shown
from groundup.report.part import Part, part_of
from groundup.report.sentences import changes, sentences
from groundup.report.steps_table import steps_table
from groundup.report.strategy_picture import strategy_picture
from groundup.report.wording import Words, words_of
from groundup.workflows.compare import NothingToCompareError, compare_recordings


def contents(paths: Sequence[Path], options: ReportOptions) -> dict[str, Any]:
    """What the templates are given.

    Parameters
    ----------
    paths : sequence of Path
        One recording, or one from before and one from after.
    options : ReportOptions

    Raises
    ------
    ValueError
        If there are none, or more than two.
    """
    if not 1 <= len(paths) <= 2:
        raise ValueError(f"a report is of one recording or compares two, not {len(paths)}")
    words = words_of(options.language, options.words)
    parts = [part_of(path, options) for path in paths]
    every = [part.numbers for part in parts]
    compared = len(parts) == 2
    differences = _differences(paths, options) if compared else []
    rows, missing = steps_table(every, words)
    return {
        "words": words,
        "language": str(words.tables["language"]),
        "parts": parts,
        "compared": compared,
        "clinic": parts[-1].clinic,
        "person": options.person or parts[-1].summary["participant"]["id"] or words("page.nobody"),
        "comment": options.comment,
        "body": _body(parts[-1], words),
        "walks": _walks(parts[-1].chosen, words),
        "sentences": changes(differences, every, words) if compared else sentences(parts[0].numbers, words),
        "picture": strategy_picture(every, words),
        "steps": rows,
        "missing": missing,
        "figures": clinician_figures(parts, words),
        "comparison": sorted_by_effect(differences),
        "seen": seen,
        "reliable": any(one.detectable is not None for one in differences),
        "shown": lambda metric, unit, value: shown(metric, unit, value, words),
        "numbers": None if compared else appendix.numbers_by_axis(parts[0]),
        "methods": appendix.methods_of(parts),
        "without_value": appendix.without_value(parts),
        "bound": BOUND,
        "appendix": appendix,
        "as_css": as_css,
    }


def _differences(paths: Sequence[Path], options: ReportOptions) -> Any:
    """Before and after, metric by metric; empty where one holds no metrics."""
    try:
        return list(compare_recordings(paths, options.conditions, options.reliability).differences)
    except NothingToCompareError:
        return []


def _body(part: Part, words: Words) -> str:
    """Mass and height, as far as they are known."""
    numbers = (("mass_kg", "kg", 0), ("height_m", "m", 2), ("age_years", words("page.years"), 0))
    known = part.subject.numbers
    return ", ".join(
        f"{words.decimal(f'{known[key]:.{digits}f}')} {unit}" for key, unit, digits in numbers if known.get(key, 0) > 0
    )


def _walks(chosen: Chosen, words: Words) -> str:
    def name(trial: Any) -> str:
        return " ".join(dict.fromkeys(part for part in (trial.name, trial.condition) if part))

    if chosen.shown:
        return ", ".join(dict.fromkeys(name(trial) for trial in chosen.shown))
    if chosen.left_out:
        return words("page.all_but", names=", ".join(dict.fromkeys(name(trial) for trial in chosen.left_out)))
    return words("page.all_trials")


def as_css(text: str) -> str:
    """Text as a string of a style sheet, in which nothing of it can be anything but text."""
    return '"' + "".join(c if c.isalnum() or c in " .,:·-" else f"\\{ord(c):x} " for c in text) + '"'
