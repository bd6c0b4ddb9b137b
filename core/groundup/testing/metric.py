"""The laws of a metric: its value follows the person, not the clock, the labels or the amplifier; or there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import ClassVar

import msgspec
import numpy as np

from groundup.analysis.metrics.measure import MetricRow
from groundup.lab.settings import Settings
from groundup.model.anatomy import Side, other_side
from groundup.model.events import Stance
from groundup.model.signals import Signal
from groundup.model.status import FAILED, NOT_COMPUTABLE, OK
from groundup.plugin.metric import Metric, plain_settings
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.testing.law import Contract, NotTried, require
from groundup.testing.measured import Change, Measured, as_it_is
from groundup.testing.people import Person

_SHIFT_S = 4096.0
_LOST_S = (6.1, 6.18)
# What is said of all strides together, or over a peak, MVIC or norm of all of them, moves a little when one is lost.
_TOGETHER = 0.25
_FORCE = ("N", "N/s", "N/m")


class MetricContract(Contract):
    """Laws of a metric.

    ::

        class TestBrakingTime(MetricContract):
            metric = braking_time

    Attributes
    ----------
    metric : Metric
        What the ``@metric`` decorator made.
    """

    metric: ClassVar[Metric]

    @classmethod
    @cache
    def measured(cls) -> Measured:
        """The metric on made people; give it people of your own who show what it needs."""
        return Measured([cls.metric])

    def _rows(self, change: Change = as_it_is, shift_s: float = 0.0, heavier: float = 1.0) -> list[MetricRow]:
        on = self.measured()
        return [row for who in on.people for row in on.rows(self.metric.name, who, change, shift_s, heavier)]

    def _pairs(self, change: Change, shift_s: float = 0.0) -> list[tuple[MetricRow, MetricRow]]:
        here, there = self._rows(), self._rows(change, shift_s)
        require(len(here) == len(there), f"{len(here)} values became {len(there)}")
        return list(zip(here, there, strict=True))

    def test_it_says_what_it_is(self) -> None:
        """Definition, unit and source: nobody can use a number without them."""
        name, good = self.metric.name, re.fullmatch(r"[a-z][a-z0-9_]*", self.metric.name)
        require(good, f"it is called {name!r}: begin with a letter, and use lower-case letters, digits and _")
        require(self.metric.definition, "it has no definition: give the function a docstring")
        require(self.metric.unit, 'it has no unit: say unit="..." ("1" for a pure number)')
        require(self.metric.reference, "it has no reference: say where the definition is from, or that it is yours")

    def test_its_settings_are_a_table_of_lab_toml(self) -> None:
        """Every key is typed, has a default, and comes back from the file as it was."""
        kind = self.metric.settings_type
        good = isinstance(kind, type) and issubclass(kind, Settings)
        require(good, f"settings_type is {kind!r}: make it a subclass of groundup.plugin.Settings")
        constants = sorted(set(self.metric.constants) & set(plain_settings(kind())))
        require(not constants, f"{', '.join(constants)} is a constant and a key of its settings: give it one name")
        require(
            msgspec.convert(msgspec.to_builtins(kind()), kind) == kind(),
            "its settings do not come back from lab.toml as they were: use plain types",
        )

    def test_it_asks_for_sites_and_not_for_channels(self) -> None:
        """A lab's own labels mean nothing in another lab."""
        from groundup.model.anatomy import is_site

        wrong = sorted(site for need in self.metric.needs for site in need.sites if not is_site(site))
        require(
            not wrong, f"it needs {', '.join(wrong)}, which groundup.model.anatomy does not know as muscle or segment"
        )

    def test_it_has_a_value_on_somebody(self) -> None:
        """Else the other laws hold of nothing."""
        rows = self._rows()
        if not any(row.status == OK for row in rows):
            why = rows[0].why if rows else "nobody shows what it describes"
            raise NotTried(f"no value on the kit's people ({why}): give measured() people of your own")

    def test_it_gives_a_number_or_says_why_not(self) -> None:
        """Never NaN without a reason, never an exception."""
        for row in self._rows():
            failed, why = row.status == FAILED, row.reason
            require(not failed or "read-only" not in why, f"it changes what it is given ({why}): work on a copy")
            require(not failed, f"it raised {why}: raise NotComputableError(why) for what it cannot")
            given = why.startswith("the metric gave")
            require(not given, f"{why}: raise NotComputableError(why) where there is no number")
            number = (row.status == OK) == bool(np.isfinite(row.value)) and row.unit == self.metric.unit
            require(number, f"{row.value} {row.unit} with the status {row.status!r}")

    def test_it_touches_nothing(self) -> None:
        """No files, no network: live it is called for every stride."""
        self._rows()
        touched = sorted(set(self.measured().touched[self.metric.name]))
        require(not touched, f"its function did {', '.join(touched[:5])}: read that when the module is imported")

    def test_the_same_data_give_the_same_value(self) -> None:
        """To the bit; what is random has a seed."""
        for one, other in self._pairs(_again):
            same = np.array([one.value]).tobytes() == np.array([other.value]).tobytes()
            require(same, f"once {one.value!r}, once {other.value!r}: seed what is random, keep nothing between calls")

    def test_a_shift_in_time_changes_no_value(self) -> None:
        """The lab clock says when, and is no part of the value."""
        for one, other in self._pairs(_later, _SHIFT_S):
            require(
                _close(one.value, other.value, 1e-5),
                f"{one.value:.6g} at {one.t0:.2f} s is {other.value:.6g} "
                f"{_SHIFT_S:.0f} s later: use times relative to the stretch",
            )

    def test_left_and_right_swapped_are_right_and_left(self) -> None:
        """What compares right with left may change its sign, and nothing else."""
        here, there = _keyed(self._rows()), _keyed(self._rows(_swapped))
        named = {(trial, other_side(side), t0, t1) for trial, side, t0, t1 in there}
        require(named == set(here), "sides do not swap with the channels' sides")
        pairs = [(row.value, here[k[0], other_side(k[1]), k[2], k[3]].value) for k, row in there.items()]
        same = all(_close(a, b, 1e-6) for a, b in pairs)
        compares = [need.both for need in self.metric.needs if need.what not in ("subject", "distance")]
        signed = all(compares) and all(_close(a, -b, 1e-6) for a, b in pairs)
        require(
            same or signed, "left and right do not get the same values when the sides are swapped: treat both alike"
        )

    def test_no_value_depends_on_what_the_lab_calls_its_channels(self) -> None:
        """Labels and ids are the lab's own."""
        if any(need.labels or need.key for need in self.metric.needs):
            raise NotTried("it asks for a marker or stream by the name that labs give it")
        for one, other in self._pairs(_renamed):
            same = (one.side, one.trial) == (other.side, other.trial) and _close(one.value, other.value, 1e-9)
            require(same, f"{one.value:.6g} became {other.value:.6g} under other labels: ask for sites and sides")

    def test_louder_emg_changes_only_what_is_in_volts(self) -> None:
        """Scaling as declared: four times the EMG is four times a value in volts, and no other."""
        factor = 4.0 if self.metric.unit.startswith("V") else 1.0
        for one, other in self._pairs(_louder):
            require(
                _close(one.value * factor, other.value, 1e-6),
                f"with EMG 4 times as loud {one.value:.6g} became "
                f"{other.value:.6g} {self.metric.unit}: {'declare' if factor == 1 else 'check'} the unit, or "
                "normalise (emg(..., normalise_by=...))",
            )

    def test_a_heavier_person_changes_only_what_is_in_newtons(self) -> None:
        """Force and mass together: what is in body weights, or a kilogram, stays."""
        if self.metric.unit == "%":
            return
        factor = 1.1 if self.metric.unit in _FORCE else 1.0
        here, there = _keyed(self._rows()), _keyed(self._rows(_heavier, heavier=1.1))
        # A foot is on the plate from 20 N on, and so a little earlier.
        for key in here.keys() & there.keys():
            one, other = here[key].value, there[key].value
            if np.isfinite([one, other]).all():
                require(
                    _close(one * factor, other, 0.03, 0.02),
                    f"a person 10 % heavier has {other:.6g} in place of "
                    f"{one:.6g} {self.metric.unit}: declare the unit (N), or divide by the weight (SUBJECT)",
                )

    def test_a_gap_never_makes_a_wrong_number(self) -> None:
        """Each value stays as it was, or is not computable."""
        self._lost(_with_a_gap, "a gap")

    def test_nan_never_makes_a_wrong_number(self) -> None:
        """Each value stays as it was, or is not computable."""
        self._lost(_with_nan, "NaN")

    def test_without_what_it_needs_it_has_no_value(self) -> None:
        """No channel, no number."""
        for kind in sorted({NEED_KINDS[need.what].recorded for need in self.metric.needs} - {""}):
            for row in self._rows(_without(kind)):
                none = row.status == NOT_COMPUTABLE
                require(none, f"{row.value} ({row.status}) without the channels it needs: do not put a number in")

    def test_one_stride_gives_nothing_that_is_said_of_many(self) -> None:
        """A spread over one stride is none."""
        many = [need for need in self.metric.needs if need.each is not None]
        # One left and one right stance can be compared.
        if many and not all(need.each is Stance and need.both for need in many):
            found = [row.value for row in self._rows(_one_stride) if row.status == OK]
            require(not found, f"{found} of a single stride: raise NotComputableError below a least number of them")

    def _lost(self, change: Change, what: str) -> None:
        metric = self.metric
        together = any(need.normalise_by or need.each for need in metric.needs) or "norm" in metric.parameters
        whole = bool(metric.needs) and not any(need.each or need.first_s for need in metric.needs)
        whole = whole and any(need.what not in ("subject", "rises") for need in metric.needs)
        for who in self.measured().people:
            before = _keyed(self.measured().rows(metric.name, who))
            lost = (who.start + _LOST_S[0], who.start + _LOST_S[1])
            for key, row in _keyed(self.measured().rows(metric.name, who, change)).items():
                if row.status == OK:
                    require(
                        key in before, f"{what} made a value of {row.t0:.2f} to {row.t1:.2f} s that was none before"
                    )
                    close = _close(before[key].value, row.value, _TOGETHER if together else 1e-3, 1e-6)
                    require(
                        close,
                        f"with {what} {before[key].value:.6g} became {row.value:.6g}: leave out what was lost, "
                        "or raise NotComputableError",
                    )
                else:
                    require(row.status == NOT_COMPUTABLE, f"with {what}: {row.reason}: raise NotComputableError(why)")
                inside = whole and row.t0 < lost[0] - 0.1 and row.t1 > lost[1] + 0.1
                require(not inside or row.status != OK, f"{row.value} where its data have {what}: do not fill it")


def _keyed(rows: list[MetricRow]) -> dict[tuple[str, Side, float, float], MetricRow]:
    return {(row.trial, row.side, round(row.t0, 1), round(row.t1, 1)): row for row in rows}


def _close(one: float, other: float, relative: float, least: float = 1e-9) -> bool:
    if np.isnan(one) or np.isnan(other):
        return bool(np.isnan(one) and np.isnan(other))
    return abs(one - other) <= max(relative * abs(one), least)


def _again(signal: Signal, person: Person) -> Signal:
    return signal


def _later(signal: Signal, person: Person) -> Signal:
    return replace(signal, time=signal.time + _SHIFT_S)


def _swapped(signal: Signal, person: Person) -> Signal:
    return replace(signal, channels=tuple(replace(c, side=other_side(c.side)) for c in signal.channels))


def _renamed(signal: Signal, person: Person) -> Signal:
    channels = tuple(replace(c, label=f"Kanal {7 * n}") for n, c in enumerate(signal.channels))
    return replace(signal, id=f"box {signal.id[::-1]}", channels=channels)


def _louder(signal: Signal, person: Person) -> Signal:
    return replace(signal, samples=signal.samples * 4.0) if signal.kind == "emg" else signal


def _heavier(signal: Signal, person: Person) -> Signal:
    return replace(signal, samples=signal.samples * 1.1) if signal.kind == "plate" else signal


def _with_a_gap(signal: Signal, person: Person) -> Signal:
    keep = ~_lost_in(signal, person)
    return replace(signal, time=signal.time[keep], samples=signal.samples[keep])


def _with_nan(signal: Signal, person: Person) -> Signal:
    samples = signal.samples.copy()
    samples[_lost_in(signal, person)] = np.nan
    return replace(signal, samples=samples)


def _lost_in(signal: Signal, person: Person) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    lost: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (signal.time > person.start + _LOST_S[0]) & (
        signal.time < person.start + _LOST_S[1]
    )
    return lost


def _one_stride(signal: Signal, person: Person) -> Signal:
    t0, t1 = (2.0, 3.9) if len(person.signals) > 4 else (0.0, 2.0)
    inside = (signal.time >= person.start + t0) & (signal.time <= person.start + t1)
    return replace(signal, time=signal.time[inside], samples=signal.samples[inside])


@cache  # the same change for all metrics, which is analysed once
def _without(kind: str) -> Callable[[Signal, Person], Signal | None]:
    def change(signal: Signal, person: Person) -> Signal | None:
        return None if signal.kind == kind else signal

    return change
