"""The strategy profile as lines of text, for a terminal."""

import math
from collections.abc import Sequence

from groundup.analysis.profile.method_spread import method_words
from groundup.analysis.profile.norms import norm_sentences
from groundup.analysis.profile.strategy_profile import BESIDE, AxisProfile, Entry, norm_words, significant
from groundup.model.status import FAILED, NOT_COMPUTABLE


def profile_lines(profile: Sequence[AxisProfile], *, width: int = 96, methods: bool = True) -> list[str]:
    """Render a profile for a terminal.

    Parameters
    ----------
    profile : sequence of AxisProfile
    width : int
        Longest line, in characters (80 or more).
    methods : bool
        Whether each metric's definition follows it.

    Returns
    -------
    list of str
        Lines without line ends.
    """
    names = [entry.metric for part in profile for entry in part.entries]
    column = max((len(name) for name in names), default=0)
    titles = f"{'median':>8} {'unit':<4} {'95 % interval':<18} {'values':>7}  {'left':>8} {'right':>8}  norm"
    lines = ["STRATEGY PROFILE  (it describes; it does not diagnose)", f"  {'':{column}}  {titles}"]
    for part in profile:
        lines.append((part.axis or BESIDE).upper())
        if not part.entries:
            lines.append("  no installed metric speaks for this axis")
        for entry in part.entries:
            lines += _entry_lines(entry, column, width, methods)
    return [line.rstrip() for line in lines]


def _entry_lines(entry: Entry, column: int, width: int, methods: bool) -> list[str]:
    lines = []
    if entry.strides:
        interval = (
            f"{significant(entry.low)} to {significant(entry.high)}" if math.isfinite(entry.low) else "under 6 values"
        )
        unit = "" if entry.unit == "1" else entry.unit
        lines.append(
            f"  {entry.metric:{column}}  {significant(entry.median):>8} {unit:<4} {interval:<18} {entry.strides:>7}  "
            f"{significant(entry.left):>8} {significant(entry.right):>8}  {norm_words(entry)}"
        )
    else:
        lines.append(f"  {entry.metric:{column}}  " + ("failed" if entry.status == FAILED else "not computable"))
    indent = " " * (column + 4)
    for sentence in norm_sentences(entry.compared, significant) if entry.strides else ():
        lines += _wrapped(sentence, indent, width)
    if parts := spread_words(entry):
        lines += _wrapped(parts, indent, width)
    if entry.reason and entry.strides:
        lines += _wrapped(f"{entry.not_computable} more without a value, because {entry.reason}", indent, width)
    elif entry.reason:
        lines += _wrapped(f"because {entry.reason}" if entry.status == NOT_COMPUTABLE else entry.reason, indent, width)
    if methods and entry.method:
        lines += _wrapped(entry.method, indent, width)
    return lines


def spread_words(entry: Entry) -> str:
    """How far a value may be off, how strides, sides and sessions differ; empty where none of it is known."""
    found, unit = entry.spread, "" if entry.unit == "1" else f" {entry.unit}"
    parts = []
    if math.isfinite(entry.uncertainty):
        parts.append(f"a value is known to \u00b1{significant(entry.uncertainty)}{unit} (95 %)")
    if math.isfinite(found.sd):
        share = f" (CV {significant(found.cv)} %)" if math.isfinite(found.cv) else ""
        parts.append(f"from value to value SD {significant(found.sd)}{unit}{share}")
    if math.isfinite(found.difference_low):
        share = ""
        if math.isfinite(found.asymmetry):
            share = f", {found.asymmetry:+.1f} % ({found.asymmetry_low:+.1f} to {found.asymmetry_high:+.1f} %)"
        interval = f"{found.difference_low:+.3g} to {found.difference_high:+.3g}"
        parts.append(f"right less left {found.difference:+.3g}{unit} ({interval}){share}")
    if entry.method_spread is not None and entry.strides:
        parts.append(method_words(entry.method_spread, significant))
    if entry.detectable is not None and entry.strides:
        parts.append(f"a change between two sessions is told apart from {entry.detectable.words(significant)}, on")
    return "; ".join(parts)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) + 1 > width and line != indent:
            lines.append(line)
            line = indent
        line = f"{line}{word}" if line == indent else f"{line} {word}"
    return [*lines, line]
