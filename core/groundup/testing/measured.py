"""Metrics measured on made people, as they are and with something changed; each change is analysed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import run_pipeline
from groundup.model.anatomy import MUSCLES
from groundup.model.signals import Signal
from groundup.model.subject import Subject, Treadmill
from groundup.plugin.metric import Metric
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.processor import Processor
from groundup.testing.people import Person, riser, walker
from groundup.testing.touching import touching

Change = Callable[[Signal, Person], Signal | None]
"""What becomes of a signal; None: it was not recorded."""


_MAY_LACK = ("emg", "imu", "model")
"""Kinds of signals that nobody need have: what cuts the strides is needed by all."""


def as_it_is(signal: Signal, person: Person) -> Signal:
    """No change."""
    return signal


class Measured:
    """Values of some metrics on some people.

    Parameters
    ----------
    metrics : sequence of Metric
    people : sequence of Person, optional
        By default a walker and somebody who rises from a chair.
    processors : sequence of Processor classes, optional
        By default those that are installed.

    Attributes
    ----------
    touched : dict
        Metric to what its function touched: files, sockets ...
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        people: Sequence[Person] | None = None,
        processors: Sequence[type[Processor]] | None = None,
    ) -> None:
        requested = frozenset(site for metric in metrics for need in metric.needs for site in need.sites)
        self.people = (walker(requested.intersection(MUSCLES)), riser()) if people is None else tuple(people)
        self.touched: dict[str, list[str]] = {metric.name: [] for metric in metrics}
        self._metrics = [replace(m, function=_watched(m.function, self.touched[m.name])) for m in metrics]
        self._processors = processors
        self._found: dict[tuple[object, ...], Mapping[str, list[MetricRow]]] = {}

    def rows(
        self, name: str, person: Person, change: Change = as_it_is, shift_s: float = 0.0, heavier: float = 1.0
    ) -> list[MetricRow]:
        """Rows of one metric on one person.

        Parameters
        ----------
        name : str
        person : Person
        change : callable
        shift_s : float
            How much later all trials are.
        heavier : float
            Factor on the person's mass.
        """
        key = (person.name, change, shift_s, heavier)
        if key not in self._found:
            self._found[key] = self._analyzed(person, change, shift_s, heavier)
        return self._found[key].get(name, [])

    def _analyzed(
        self, person: Person, change: Change, shift_s: float, heavier: float
    ) -> Mapping[str, list[MetricRow]]:
        if self._processors is None:
            from groundup.plugin.manager import plugins

            self._processors = [loaded.item for loaded in plugins().processors.values()]
        requested = [signal for signal in person.signals if self._asks_for(signal.kind)]
        signals = [made for signal in requested if (made := change(signal, person)) is not None]
        trials = [replace(t, t0=t.t0 + shift_s, t1=t.t1 + shift_s) for t in person.trials]
        subject = Subject(person.mass_kg * heavier, treadmill=Treadmill(person.belt_m_s))
        result = run_pipeline(signals, [], subject, self._processors, self._metrics, trials=trials)
        rows: dict[str, list[MetricRow]] = {}
        for row in result.rows:
            rows.setdefault(row.name, []).append(row)
        return rows

    def _asks_for(self, kind: str) -> bool:
        """Whether any of the metrics needs signals of a kind."""
        needed = {NEED_KINDS[need.what].recorded for metric in self._metrics for need in metric.needs}
        return kind not in _MAY_LACK or kind in needed


def _watched(function: Callable[..., float], touched: list[str]) -> Callable[..., float]:
    """The function, watched."""
    called: list[bool] = []

    def watched(stretch: Any, *needs: Any) -> float:
        with touching() as found:
            value = function(stretch, *needs)
        if called:  # what the first call imports is no input
            touched.extend(found)
        called.append(True)
        return value

    watched.__doc__ = function.__doc__
    return watched
