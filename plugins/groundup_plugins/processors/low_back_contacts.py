"""The low-back-contacts processor: initial contacts of both feet from one IMU at the low back (site ``pelvis``)."""

from collections.abc import Iterable
from functools import cache, partial

import numpy as np

from groundup.plugin import Event, Floats, Processor, Product, Side, Signal, SignalForm, Stage, hookimpl
from groundup_plugins.processors.low_back_rhythm import moves_alike, rhythmic
from groundup_plugins.processors.low_back_sides import first_is_right
from groundup_plugins.processors.low_back_steps import Steps, find_peaks_of_steps, steps_by_sway
from groundup_plugins.processors.pelvis_movement import pelvis_movement
from groundup_plugins.processors.rolling import Idle, RollingEvents
from groundup_plugins.processors.worn_imus import whole_runs, worn

LEAST_RATE = 25.0
_SURE, _DOUBTFUL = 0.6, 0.4
_SWAY_HZ = (0.4, 0.1)  # of usual and of slow walking
_LEAST_S = 3.0


class LowBackContacts(Processor):
    """Initial contacts from the step-to-step rhythm of acceleration, and their side from how the pelvis is pushed.

    The length of the acceleration, so that the mount does not matter, is band-passed to 0.6-4 Hz, and each peak that
    stands out may be a step: the contact is when it has nearly risen to it. It is one where the body begins to be
    pushed to the other side. Contacts are sure where they are walked in a rhythm, at least four in a row, of strides
    that are as long as the next and in which the pelvis moves alike; in a turn of more than 60° in a stride, beside a
    missed step or a pause, and without a known side they are doubtful, and no stride is cut across them. Foot offs are
    not told: no truth was at hand that they could be held against.
    """

    name = "low_back_contacts"
    accepts = "imu"

    def whole(self, signal: Signal) -> Product:
        """Contacts of both feet in a whole recording.

        Raises
        ------
        NotComputableError
            If the sensor's acceleration has no known unit, or less than 25 Hz.
        """
        return Product(events=self._find(signal))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 24 s; each contact is told about 3 s after it happened."""
        if not worn(form, "pelvis", least_rate=LEAST_RATE, turning=False):
            return Idle()
        return RollingEvents(form, self._find, span_s=24.0, settle_s=3.0, every_s=0.5)

    def _find(self, signal: Signal) -> tuple[Event, ...]:
        events: list[Event] = []
        for imu in worn(SignalForm.of(signal), "pelvis", least_rate=LEAST_RATE, turning=False):
            for time, acceleration, turning in whole_runs(signal, imu, _LEAST_S):
                found = contacts(acceleration, turning, signal.rate)
                moments = np.interp([at for at, _ in found], np.arange(len(time)), time).tolist()
                for moment, (_, side) in zip(moments, found, strict=True):
                    events.append(Event(moment, "IC", side, imu.source, _SURE if side else _DOUBTFUL))
        return tuple(sorted(events))


def contacts(acceleration: Floats, turning: Floats, rate: float) -> list[tuple[float, Side]]:
    """Contacts in samples (not whole) and the foot that landed, empty where that is doubtful.

    Parameters
    ----------
    acceleration : ndarray, shape (n, 3)
        m/s².
    turning : ndarray, shape (n, 3) or (0, 3)
        rad/s.
    rate : float
        Hz.
    """
    peaks = find_peaks_of_steps(acceleration, rate)
    if not len(peaks):
        return []
    moved = pelvis_movement(acceleration, turning, rate)
    # Most strides are the same at usual and at slow walking.
    alike = cache(partial(moves_alike, moved))
    found_rows = [rhythmic(steps_by_sway(peaks, moved.sideways, rate, hz), moved, 0.8 / hz, alike) for hz in _SWAY_HZ]
    rows = _apart(_longest([row for rows in found_rows for row in rows]), peaks)
    found: list[tuple[float, Side]] = []
    for row, right in zip(rows, first_is_right(rows, moved), strict=True):
        for number, at in enumerate(row.at.tolist()):
            side: Side = "" if right is None else "R" if right == (number % 2 == 0) else "L"
            found.append((at, side))
    outside = [at for at in peaks.tolist() if not any(row.at[0] <= at <= row.at[-1] for row in rows)]
    return sorted(found + [(at, "") for at in outside])


def _longest(rows: list[Steps]) -> list[Steps]:
    """Of rows that overlap those of most contacts, in the order of time."""
    kept: list[Steps] = []
    for row in sorted(rows, key=lambda row: -len(row.at)):
        if all(row.at[-1] <= other.at[0] or other.at[-1] <= row.at[0] for other in kept):
            kept.append(row)
    return sorted(kept, key=lambda row: float(row.at[0]))


def _apart(rows: list[Steps], peaks: Floats) -> list[Steps]:
    """The rows, in order, with a peak between each two that is in none, so that no stride goes from one to the next."""
    kept: list[Steps] = []
    for row in rows:
        while kept and len(row.at) and not ((kept[-1].at[-1] < peaks) & (peaks < row.at[0])).any():
            row = row.part(1, len(row.at))
        if len(row.at) > 1:
            kept.append(row)
    return kept


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The low-back-contacts processor."""
    return [LowBackContacts]
