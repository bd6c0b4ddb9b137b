"""What contacts by a sensor worn on a segment of the leg have in common: where they are looked for, and when told."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from groundup.plugin import Event, Floats, Processor, Product, Signal, SignalForm, Stage
from groundup_plugins.processors.rolling import Idle, RollingEvents
from groundup_plugins.processors.worn_imus import whole_runs, worn

LEAST_RATE = 50.0
_LEAST_S = 2.0
Contacts = Iterator[tuple[int, int, float]]
"""Samples of foot off and of the contact after it, and how sure both are."""


class WornContacts(Processor):
    """IC and FO by the swings that a sensor on one segment shows.

    Attributes
    ----------
    segment : str
        Site of the sensor.
    """

    accepts = "imu"
    segment: ClassVar[str]

    @abstractmethod
    def swings(self, acceleration: Floats, turning: Floats, rate: float) -> Contacts:
        """The swings of one leg, from acceleration (m/s²) and angular velocity (rad/s), each of shape (n, 3)."""

    def whole(self, signal: Signal) -> Product:
        """Contacts in a whole recording.

        Raises
        ------
        NotComputableError
            If the sensor lacks a gyroscope, a unit, or 50 Hz.
        """
        return Product(events=self._find(signal))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 10 s; each contact is told about 1 s after it happened."""
        if not worn(form, self.segment, least_rate=LEAST_RATE):
            return Idle()
        return RollingEvents(form, self._find, span_s=10.0, settle_s=1.0)

    def _find(self, signal: Signal) -> tuple[Event, ...]:
        events: list[Event] = []
        for imu in worn(SignalForm.of(signal), self.segment, least_rate=LEAST_RATE):
            for time, acceleration, turning in whole_runs(signal, imu, _LEAST_S):
                for off, contact, sure in self.swings(acceleration, turning, signal.rate):
                    events.append(Event(float(time[off]), "FO", imu.side, imu.source, sure))
                    events.append(Event(float(time[contact]), "IC", imu.side, imu.source, sure))
        return tuple(sorted(events))
