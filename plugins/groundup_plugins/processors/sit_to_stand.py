"""The sit-to-stand processor: rising from a chair and sitting down, from the vertical force under the feet."""

from collections.abc import Iterable

import numpy as np
from scipy.signal import sosfiltfilt

from groundup.plugin import (
    Event,
    EventKind,
    Floats,
    NotComputableError,
    Processor,
    Product,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.processors.butterworth import sections
from groundup_plugins.processors.contacts import vertical_column, vertical_force
from groundup_plugins.processors.force_rises import (
    LEAST_SEATED_S,
    SitToStandSettings,
    find_rises,
    length,
    runs_of,
    standing_load,
    stepping_in,
)
from groundup_plugins.processors.rises_live import RollingRises, Thinned, Three
from groundup_plugins.processors.runs import finite_runs

_CONFIDENCE = 0.8
_LEAST_RATE = 25.0
_LIVE_RATE = 100.0
_SPAN_S, _SETTLE_S, _EVERY_S = 30.0, 3.2, 0.5


class SitToStandEvents(Processor):
    """Rising: ``seated``, ``seat_off``, ``standing``; sitting down: ``standing``, ``seat_on``, ``seated``.

    A rise is a foot that stays on the plate while its load grows from less than half of the standing load to all of it.
    Seat-off is when the load first reaches the standing load: what the seat still carries before, the feet do not.
    The rise begins when the load leaves its sitting level for good and ends when it comes to rest at the standing
    level, after the body was slowed down. Sitting down is a rise backwards in time. Each plate is looked at by itself;
    rises that two plates see are joined later, and one that the other plate sees as sitting down (a person who shifts
    from foot to foot) is none.
    """

    name = "sit_to_stand"
    accepts = "grf"
    settings_type = SitToStandSettings
    settings: SitToStandSettings

    def whole(self, signal: Signal) -> Product:
        """Find the rises of a whole ground reaction force."""
        vertical = vertical_force(signal)
        self._check(SignalForm.of(signal))
        events: list[Event] = []
        runs = [r for r in signal.segments() if length(r) >= signal.rate and np.isfinite(vertical[r]).all()]
        smooth = [self._smooth(vertical[run], signal.rate) for run in runs]
        usual = standing_load(smooth, signal.rate)
        for run, force in zip(runs, smooth, strict=True):
            threes = self._find(SignalForm.of(signal), signal.time[run], force, usual, signal.rate)
            events += (event for three in threes for event in three)
        return Product(events=tuple(sorted(events)))

    def causal(self, form: SignalForm) -> Stage:
        """The same, on the last 30 s at 100 Hz; a rise is told about 3 s after it ended, with all its three events.

        By then how the person stands is known by itself. What tells a person from a foot is the greatest load that
        was held in these 30 s.
        """
        self._check(form)

        def look(signal: Signal) -> list[Three]:
            # A plate may learn in the first rise which way its load points, at a sample that it leaves out.
            force = _bridged(np.abs(signal.samples[:, 0]))
            runs = [run for run in finite_runs(force) if length(run) >= signal.rate]
            if not any(self._may_have_sat(force[run], signal.rate) for run in runs):
                return []
            smooth = [self._smooth(force[run], signal.rate) for run in runs]
            usual = standing_load(smooth, signal.rate)
            return [
                three
                for run, part in zip(runs, smooth, strict=True)
                for three in self._find(form, signal.time[run], part, usual, signal.rate)
            ]

        def stage(thin: SignalForm) -> Stage:
            return RollingRises(thin, look, span_s=_SPAN_S, settle_s=_SETTLE_S, every_s=_EVERY_S)

        return Thinned(form, [vertical_column(form)], _LIVE_RATE, stage)

    @staticmethod
    def _check(form: SignalForm) -> None:
        if form.rate < _LEAST_RATE:
            raise NotComputableError(
                f"{form.id} is sampled at {form.rate:.0f} Hz, and {_LEAST_RATE:.0f} Hz is the least"
            )

    def _may_have_sat(self, force: Floats, rate: float) -> bool:
        """Whether a foot carried little for a while, as that of one who sits does: who walks need not be looked at."""
        return any(
            length(run) > 0.8 * LEAST_SEATED_S * rate and not (force[run] < 0.8 * self.settings.unloaded_n).all()
            for run in runs_of(force < 0.6 * force.max())
        )

    def _smooth(self, force: Floats, rate: float) -> Floats:
        lowpass = sections(2, min(self.settings.low_pass_hz, 0.4 * rate), "lowpass", rate)
        return np.asarray(sosfiltfilt(lowpass, force))

    def _find(self, form: SignalForm, time: Floats, force: Floats, usual: float, rate: float) -> list[Three]:
        """The rises, and what is sitting down, in a smooth force (N) without a gap."""
        if not usual:
            return []
        site, side = form.channels[0].site or form.id, form.channels[0].side
        last = len(force) - 1.0
        stepping = stepping_in(force, rate, usual, self.settings)

        def event(kind: EventKind, index: float) -> Event:
            return Event(_at(time, index), kind, side, site, _CONFIDENCE)

        found: list[Three] = [
            (event("seated", rise.begins), event("seat_off", rise.off), event("standing", rise.ends))
            for rise in find_rises(force, stepping, rate, usual, self.settings)
        ]
        return found + [
            (
                event("standing", last - fall.ends),
                event("seat_on", last - fall.off),
                event("seated", last - fall.begins),
            )
            for fall in find_rises(force[::-1], stepping[::-1], rate, usual, self.settings)
        ]


def _bridged(force: Floats) -> Floats:
    """The same without missing samples that stand alone."""
    alone = np.flatnonzero(np.isnan(force[1:-1]) & np.isfinite(force[:-2]) & np.isfinite(force[2:])) + 1
    whole = force.copy()
    whole[alone] = (force[alone - 1] + force[alone + 1]) / 2
    return whole


def _at(time: Floats, index: float) -> float:
    before = int(index)
    after = min(before + 1, len(time) - 1)
    return float(time[before] + (index - before) * (time[after] - time[before]))


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the sit-to-stand processor."""
    return [SitToStandEvents]
