"""Sampling rates: what times tell, what a file says of itself, and whether the one can be beside the other."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, FORCE, VOLTAGE
from groundup_plugins.formats.csv.layout import Layout
from groundup_plugins.formats.csv.settings import CsvSettings

LEAST_ROWS = 11
"""Fewer say nothing of a rate."""
_REGULAR = 0.05  # of an interval: what rounding and jitter may be in a file that is called regular
_EXACT = 1e-3  # of the whole time: what one rounded time may be
_STILL = 0.6  # of the rows with the time of the row before: two at 2 kHz in milliseconds are half
_APART = 0.05  # between a rate that is said and one that is: more is another rate
_OTHER = 0.01  # more is no rounding of it
_FASTEST_S = 1 / 15_000  # between two rows: what samples faster has its unit declared
_SLOWEST_S = 0.5  # longer between two rows: no EMG, no force, no IMU
_NEVER_S = 10.0  # longer: nothing that is recorded of a person who moves
_SAMPLED = (ACCELERATION, ANGULAR_VELOCITY, FORCE, VOLTAGE)
_STATED = re.compile(
    r"\b(?:sampl\w*|abtast\w*|acquisition|frame|data|update|output)[ _-]*(?:rate|freq\w*)?"
    r"(?P<before>[\s:=,;\"()\[\]]*(?P<unit>k?Hz)?[\s:=,;\"()\[\]]*)(?P<number>\d+(?:[.,]\d+)?)\s*(?P<behind>k?Hz)?",
    re.IGNORECASE,
)


def rate_of(time: NDArray[np.float64]) -> float:
    """Sampling rate where the rows are regular but for gaps and rounded times, else 0."""
    steps = np.diff(time)
    if len(steps) < LEAST_ROWS - 1:
        return 0.0
    interval = float(np.median(steps))
    near = np.abs(steps - interval) < _REGULAR * interval if interval > 0 else np.zeros(len(steps), bool)
    if near.mean() >= 0.95:
        # Times are often rounded to milliseconds: the mean of many steps knows the rate better than any one.
        return _round(1.0 / float(steps[near].mean()), float(np.ptp(steps[near])) / float(steps[near].sum()))
    # Rounded to more than a few per cent of the interval: regular if no time is further from its place than that, and
    # so many rows that the rounding does not bend the rate.
    places = np.arange(len(time))
    slope, begin = np.polyfit(places, time - time[0], 1)
    quantum = float(np.min(steps[steps > 0], initial=np.inf))
    apart = float(np.ptp(time - time[0] - begin - places * slope))
    if not 0 < apart <= min(1.5 * quantum, 3.0 * slope) or quantum > _EXACT * (time[-1] - time[0]):
        return 0.0
    return _round(1.0 / float(slope), quantum / float(time[-1] - time[0]))


def _round(rate: float, uncertainty: float) -> float:
    """The whole number that a rate is, as far as its times tell."""
    near = abs(rate - round(rate)) <= max(uncertainty, 1e-6) * rate
    return float(round(rate)) if near and rate > 1.5 else rate


def agreed_rate(found: float, stated: float, what: str, notes: list[str]) -> float:
    """The rate of times, which must be the one that a file says.

    Parameters
    ----------
    found, stated : float
        What the times tell and what the file says, Hz; 0 where one is not known.
    what : str
        Whose they are, for sentences.
    notes : list of str
        Told of a rate that is said a little wrongly.

    Raises
    ------
    ValueError
        If they are two rates.
    """
    if not (found and stated):
        return found or stated
    if abs(found / stated - 1) > _APART:
        raise ValueError(
            f"{what} says {stated:g} Hz, and its times go on at {found:g} Hz: one of both is wrong; export it again"
        )
    if abs(found / stated - 1) > _OTHER:
        notes.append(f"{what} says {stated:g} Hz, and its times go on at {found:g} Hz: the times are believed")
        return found
    return stated


def check_rate(layout: Layout, settings: CsvSettings, time: NDArray[np.float64], notes: list[str]) -> float:
    """The declared rate, or the one found; they must be one.

    Raises
    ------
    ValueError
        If the declared rate is not that of the time column, or times stand still.
    """
    found, name = rate_of(time), layout.path.name
    if settings.rate and found and abs(found / settings.rate - 1) > _APART:
        raise ValueError(
            f"{name}: its time column has {found:g} Hz and rate of [import.csv] is {settings.rate:g}: set "
            "time_unit_s, or take rate out"
        )
    steps = np.diff(time)
    if not settings.rate and not found and len(steps) > 1 and np.mean(steps == 0) > _STILL:
        at = int(np.flatnonzero(steps == 0)[0]) + 1
        raise ValueError(
            f"{name}: its times stand still for many rows, the first of them in row {at + 1} of its "
            'values: set rate in [import.csv] of lab.toml, and time = "" if its rows are evenly spaced'
        )
    return agreed_rate(found, settings.rate, f"{name}: what is declared or stands above its labels", notes)


def check_stated(layout: Layout, settings: CsvSettings, rates: Sequence[float]) -> None:
    """Refuse a file of which the lines above the labels say other rates than all its times tell.

    Raises
    ------
    ValueError
        If they do, and nobody has declared which is right.
    """
    stated = [] if settings.rate or settings.time_unit_s else stated_rates(layout.above)
    if not (stated and rates) or min(abs(found / rate - 1) for found in rates for rate in stated) <= _APART:
        return
    line = next(text for text in layout.above if stated_rates((text,)))
    raise ValueError(
        f'{layout.path.name}: a line above its values says "{line.strip()[:60]}", and its time column has '
        f"{rates[0]:g} Hz: set time_unit_s in [import.csv]"
        f" of lab.toml to what 1 in that column is (1 for a second, 0.001 for a "
        "millisecond)"
    )


def stated_rates(lines: Sequence[str]) -> list[float]:
    """Sampling rates that the lines above the labels name, Hz: ``Sampling rate: 1000 Hz``, ``Frame rate [kHz],2``."""
    found = []
    for match in (match for line in lines for match in _STATED.finditer(line)):
        if not match["before"] or not (match["unit"] or match["behind"] or re.search(r"rate|freq", match[0], re.I)):
            continue  # "Sample 1"
        factor = 1000.0 if (match["unit"] or match["behind"] or "").lower() == "khz" else 1.0
        numbers = {match["number"].replace(",", "."), match["number"].replace(",", "")}
        found += [factor * float(number) for number in numbers if float(number) > 0]
    return found


def check_pace(layout: Layout, label: str, unit: str, time: NDArray[np.float64]) -> None:
    """Refuse times that cannot be in the unit that their label says: EMG at 1 Hz, plates at 100 kHz.

    Raises
    ------
    ValueError
        If rows follow each other faster than any device here samples, or slower than what they hold is ever sampled.
    """
    steps = np.diff(time)
    steps = steps[steps > 0]
    step = float(np.median(steps)) if len(steps) >= LEAST_ROWS - 1 else 0.0
    held = [unit for unit in layout.units if any(unit.strip().lower() in known for known in _SAMPLED)]
    if not (0 < step < _FASTEST_S or step >= (_SLOWEST_S if held else _NEVER_S)):
        return
    of = f", and columns in {held[0]}" if held else ""
    raise ValueError(
        f'{layout.path.name}: the time column "{label}" is in {unit} by its label, and would have {1 / step:g} Hz{of}: '
        "set time_unit_s in [import.csv] of lab.toml to what 1 in it is (1 for a second, 0.001 for a millisecond)"
    )
