"""What the plates say of a stretch of time: the force under one foot, load and its centre under the whole person."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from groundup.analysis.gait.strides import MAX_STEP_S, MAX_STRIDE_S, SAME_CONTACT_S
from groundup.analysis.gait.walking_bouts import WalkingBout, direction_at
from groundup.analysis.metrics.channel_groups import ChannelGroup, cut
from groundup.model.anatomy import Side, other_side
from groundup.model.events import SitToStand, Stance, Stride, Trial
from groundup.model.signals import Floats, Signal, Trace
from groundup.plugin.not_computable import NotComputableError

SIDE_NAME: dict[Side, str] = {"L": "left", "R": "right", "": "no"}
NO_PLATE = "no force plate was recorded: a stream of forces is one where lab.toml has a table [streams.ID.plate] for it"
NO_CENTRE = "no force plate with a centre of pressure was recorded"
_LOADED_N = 20.0
LEAST_APART_M = 0.05
_FORCES, _CENTRE = ("Fx", "Fy", "Fz"), ("CoPx", "CoPy")


class FootForces:
    """The plates of a recording, and who stands on them when.

    Parameters
    ----------
    signals : sequence of Signal
        Ground reaction forces (kind ``grf``) among them.
    stances : sequence of Stance
    walks : sequence of WalkingBout
    """

    def __init__(self, signals: Sequence[Signal], stances: Sequence[Stance], walks: Sequence[WalkingBout]) -> None:
        self._plates = [plate for s in signals if s.kind == "grf" if (plate := _source(s, _FORCES, "N")) is not None]
        self._by_site = {plate.site: plate for plate in reversed(self._plates)}
        self._stances = stances
        self._of_side: dict[Side, list[Stance]] = {
            side: sorted((s for s in stances if s.side == side and s.source in self._by_site), key=lambda s: s.t0)
            for side in SIDE_NAME
        }
        self._walks = walks

    def force(self, component: str, stretch: Stance | Stride | Trial, side: Side) -> Trace:
        """Force under one foot: a stance exactly as its plate sampled it, else zero while the foot is off."""
        if isinstance(stretch, Stance):
            plate = self._by_site.get(stretch.source)
            if plate is None:
                raise NotComputableError(f"no force plate saw this stance (its contacts are from {stretch.source!r})")
            return self._component(cut(plate, stretch.t0, stretch.t1), component, stretch)
        steps = self._steps(stretch, side)
        first = self._by_site[steps[0].source]
        whole = cut(first, stretch.t0, stretch.t1)
        total = np.zeros(len(whole.time))
        for step in steps:
            on = (whole.time >= step.t0) & (whole.time <= step.t1)
            part = cut(self._by_site[step.source], max(step.t0, stretch.t0), min(step.t1, stretch.t1))
            force = self._component(part, component, step)
            # On the first plate this takes the samples themselves: they are where the force is asked for.
            total[on] += np.interp(whole.time[on], force.time, force.values)
        return Trace(whole.time, total, whole.rate, "N", first.site, side)

    def legs(self, stride: Stride, after_s: float) -> tuple[Trace, Trace]:
        """Forces (N) under the foot of a stride, and under the other: columns forward, left, up.

        The other foot has what all plates carry beside the first. Its stance that the stride ends in is waited for so
        long, live and offline: until a contact is over nothing tells whether it was whole.
        """
        step = self._steps(stride, stride.side)[0]
        self._other_foot(stride, stride.t1 + after_s)
        way = direction_at(self._walks, stride.t0, stride.t1)
        if way is None:
            raise NotComputableError("the direction of walking cannot be told from the force plates")
        first = self._by_site[step.source]
        whole = cut(first, stride.t0, stride.t1)
        total, own = np.zeros((len(whole.time), 3)), np.zeros((len(whole.time), 3))
        for plate in self._plates:
            force = whole if plate is first else cut(plate, stride.t0, stride.t1)
            total += force.values if plate is first else _at(whole.time, force)
        # Up to its next contact the foot is on the ground once.
        on = whole.time <= step.t1
        own[on] = whole.values[on]
        (x, y) = way
        turned = np.array([[x, -y, 0.0], [y, x, 0.0], [0.0, 0.0, 1.0]])
        return (
            replace(whole, values=own @ turned, side=stride.side),
            replace(whole, values=(total - own) @ turned, side=other_side(stride.side)),
        )

    def other_force(self, component: str, stretch: Stance | Stride | SitToStand, after_s: float) -> Trace:
        """One component of the force (N) under the other foot than that of a stride, as `legs` has it."""
        if not isinstance(stretch, Stride):
            raise NotComputableError("the force under the other foot is known of strides and trials only")
        trace = self.legs(stretch, after_s)[1]
        return replace(trace, values=trace.values[:, ("ap", "ml", "v").index(component)])

    def load(self, stretch: Stance | Stride | SitToStand | Trial) -> Trace:
        """Vertical force (N) on all plates together, at the times of the first."""
        if not self._plates:
            raise NotComputableError(NO_PLATE)
        traces = [cut(plate, stretch.t0, stretch.t1) for plate in self._plates]
        time = traces[0].time
        total = sum(np.interp(time, trace.time, trace.values[:, 2]) for trace in traces)
        return Trace(time, np.asarray(total), traces[0].rate, "N")

    def rising(self, component: str, rise: SitToStand, side: Side) -> Trace:
        """Vertical force under the feet of a person who rises; with a side, under that foot's own plates."""
        if component != "v":
            raise NotComputableError("a rise from a chair has no direction of progression")
        plates = [plate for plate in self._plates if side in ("", plate.side)]
        traces = [cut(plate, rise.t0, rise.t1) for plate in plates]
        # What carries nothing once the person stands, such as a plate under the chair, is not under the feet.
        under = [t for t in traces if float(t.values[-max(1, round(0.05 * t.rate)) :, 2].mean()) > _LOADED_N]
        if not under:
            raise NotComputableError(
                f"no force plate is under the {SIDE_NAME[side] + ' foot alone' if side else 'feet'}"
            )
        total = sum(np.interp(under[0].time, t.time, t.values[:, 2]) for t in under)
        return Trace(under[0].time, np.asarray(total), under[0].rate, "N", under[0].site, side)

    def centre(self, stretch: Stance | Stride | SitToStand | Trial) -> Trace:
        """Centre of pressure (m) and load (N) of the whole person, columns x, y, load."""
        if any(s.t1 > stretch.t0 and s.t0 < stretch.t1 for s in self._stances):
            raise NotComputableError("the person walks in it: steps were seen")
        parts = []
        for plate in self._plates:
            centre = _source(plate.signal, _CENTRE, "m")
            if centre is not None:
                load, at = cut(plate, stretch.t0, stretch.t1), cut(centre, stretch.t0, stretch.t1, nan=True)
                if np.isnan(at.values).all() and float(np.median(load.values[:, 2])) > _LOADED_N:
                    raise NotComputableError(f"{plate.signal.id} has no centre of pressure: its plate gives no moments")
                parts.append((load, at))
        if not parts:
            raise NotComputableError(NO_CENTRE if self._plates else NO_PLATE)
        time, rate = parts[0][0].time, parts[0][0].rate
        weighted, total = np.zeros((len(time), 2)), np.zeros(len(time))
        for load, at in parts:
            carried = np.where(np.isfinite(at.values).all(axis=1), load.values[:, 2], 0.0)
            moment = np.nan_to_num(at.values) * carried[:, None]
            if load.time is not time:
                carried = np.interp(time, load.time, carried)
                moment = np.column_stack([np.interp(time, load.time, column) for column in moment.T])
            weighted, total = weighted + moment, total + carried
        if not (total > 0).all():
            at_s = time[int(np.argmin(total > 0))]
            raise NotComputableError(
                "the plates carry nobody: it needs one who stands on them all the time", float(at_s)
            )
        return Trace(time, np.column_stack([weighted / total[:, None], total]), rate, "m")

    def own_centre(self, stretch: Stance | Stride | SitToStand | Trial) -> Trace:
        """As `centre`, in the person's own axes: columns forward, left (m) and load."""
        centre, feet = self.centre(stretch), {}
        for plate in self._plates:
            at = _source(plate.signal, _CENTRE, "m") if plate.side else None
            if at is not None:
                path = cut(at, stretch.t0, stretch.t1, nan=True).values
                path = path[np.isfinite(path).all(axis=1)]
                if len(path):
                    feet[plate.side] = path.mean(axis=0)
        if len(feet) < 2:
            raise NotComputableError(
                "which way the person faces is not known: let each foot stand on a plate of its own, with its side"
            )
        across = feet["L"] - feet["R"]
        apart = float(np.linalg.norm(across))
        if apart < LEAST_APART_M:
            raise NotComputableError(f"the feet stand {apart:.2f} m apart: which way the person faces cannot be told")
        x, y = across / apart
        # Left is (x, y), and so forward (y, -x), with z up.
        turned = centre.values[:, :2] @ np.array([[y, x], [-x, y]])
        return replace(centre, values=np.column_stack([turned, centre.values[:, 2]]))

    def stride_length(self, stride: Stride) -> float:
        """Distance (m) between where one foot stood and where it stands next, on two plates.

        Raises
        ------
        NotComputableError
            If a plate did not see both, or one plate did, which a moving belt may carry.
        """
        ends = (stride.t0, stride.t1)
        steps = [s for s in self._near(*ends, stride.side) if min(abs(s.t0 - t) for t in ends) <= SAME_CONTACT_S]
        if len(steps) != 2:
            raise NotComputableError("no plate or marker saw where the foot landed at both ends of the stride")
        if steps[0].source == steps[1].source:
            raise NotComputableError(
                "both steps are on one plate, as on a treadmill: give its speed under [treadmill] in lab.toml"
            )
        there, here = (np.nanmean(self.centre_path(step).values, axis=0) for step in steps)
        return float(np.linalg.norm(here - there))

    def on_plate(self, stance: Stance) -> bool:
        """Whether a plate saw a stance."""
        return stance.source in self._by_site

    def stance_at(self, side: Side, contact: float) -> Stance | None:
        """The stance of a foot on a plate that began at a contact; None where no plate saw it."""
        near = self._near(contact, contact, side)
        return next((s for s in near if abs(s.t0 - contact) <= SAME_CONTACT_S), None)

    def returns(self, stance: Stance) -> bool:
        """Whether the same foot was on the same plate a step ago, as on a treadmill."""
        mine = self._near(stance.t0 - MAX_STEP_S, stance.t0, stance.side)
        return any(s.source == stance.source and 0 <= stance.t0 - s.t1 < MAX_STEP_S for s in mine)

    def centre_path(self, stance: Stance) -> Trace:
        """The centre of pressure under a stance (m), values of shape (n, 2); NaN where the load is too small."""
        centre = _source(self._by_site[stance.source].signal, _CENTRE, "m")
        if centre is None:
            raise NotComputableError("the plates have no centre of pressure")
        return cut(centre, stance.t0, stance.t1, nan=True)

    def _component(self, force: Trace, component: str, stance: Stance) -> Trace:
        """One component of Fx, Fy, Fz, in the person's own directions."""
        values = force.values[:, 2]
        if component != "v":
            way = direction_at(self._walks, stance.t0, stance.t1)
            if way is None:
                raise NotComputableError("the direction of walking cannot be told from the force plates")
            # Left of a person who walks along (x, y), with z up, is (-y, x).
            x, y = way if component == "ap" else (-way[1], way[0])
            values = force.values[:, 0] * x + force.values[:, 1] * y
        return Trace(force.time, values, force.rate, "N", force.site, stance.side)

    def _steps(self, stretch: Stride | Trial, side: Side) -> list[Stance]:
        """Stances of this foot on plates within a stride or trial; a stride's first one has to be among them."""
        steps = [
            s
            for s in self._near(stretch.t0, stretch.t1, side)
            if s.t1 > stretch.t0 and s.t0 < stretch.t1 - SAME_CONTACT_S
        ]
        if isinstance(stretch, Stride):
            begins = [s for s in steps if abs(s.t0 - stretch.t0) <= SAME_CONTACT_S]
            if not begins:
                raise NotComputableError(
                    f"no force plate saw the {SIDE_NAME[side]} foot alone from contact to foot off"
                )
            return begins + [s for s in steps if s not in begins]
        if not steps:
            raise NotComputableError(f"no force plate saw a stance of the {SIDE_NAME[side]} foot")
        return steps

    def _other_foot(self, stride: Stride, until: float) -> None:
        """Refuse a stride in which a contact of the other foot was not seen, whole and alone, by a plate."""
        side = other_side(stride.side)
        ends = [s.t1 for s in self._near(stride.t0, stride.t1, side)]
        begins = [s.t0 for s in self._near(stride.t0, stride.t1, side) if s.t1 <= until]
        missing = NotComputableError(
            f"no force plate saw the {SIDE_NAME[side]} foot alone from contact to foot off, soon after the stride"
        )
        for time, known in ((stride.other_foot_off, ends), (stride.other_contact, begins)):
            # In running the other foot is off before.
            if not math.isnan(time) and not any(abs(one - time) <= SAME_CONTACT_S for one in known):
                raise missing
        if math.isnan(stride.other_contact):
            raise NotComputableError("no one sure contact of the other foot was seen in it")

    def _near(self, t0: float, t1: float, side: Side) -> list[Stance]:
        """Stances of this foot on plates that may lie in a stretch of time: they are in the order of time."""
        mine, margin = self._of_side[side], MAX_STRIDE_S + SAME_CONTACT_S
        first = bisect_left(mine, t0 - margin, key=lambda s: s.t0)
        return mine[first : bisect_right(mine, t1 + SAME_CONTACT_S, key=lambda s: s.t0)]


def _source(signal: Signal, labels: Sequence[str], unit: str) -> ChannelGroup | None:
    """Columns of a plate by their labels; None where it lacks one."""
    have = [channel.label for channel in signal.channels]
    if not all(label in have for label in labels):
        return None
    columns = tuple(have.index(label) for label in labels)
    first = signal.channels[columns[0]]
    return ChannelGroup(signal, columns, first.site, first.side, unit)


def _at(time: Floats, trace: Trace) -> Floats:
    """Every column of a trace at other times, shape (n, k)."""
    return np.column_stack([np.interp(time, trace.time, column) for column in trace.values.T])


def marker_path(source: ChannelGroup, stride: Stride) -> float:
    """How far a marker is from where it was, between the ends of a stride (m)."""
    ends: list[Floats] = []
    for t in (stride.t0, stride.t1):
        near = cut(source, t - 1 / source.signal.rate, t + 1 / source.signal.rate)
        ends.append(np.array([np.interp(t, near.time, near.values[:, axis]) for axis in range(3)]))
    return float(np.linalg.norm(ends[1] - ends[0]))
