"""Resolves what a metric needs of a stretch of time to traces cut from the processed signals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from groundup.analysis.gait.belt import belt_distance
from groundup.analysis.gait.belt_speed_check import BeltSpeedCheck
from groundup.analysis.gait.foot_forces import SIDE_NAME, FootForces, marker_path
from groundup.analysis.gait.heel_markers import heel_markers
from groundup.analysis.gait.steps import Stepping
from groundup.analysis.gait.walking_bouts import WalkingBout
from groundup.analysis.gait.walking_scene import WalkingScene
from groundup.analysis.metrics.channel_groups import (
    ChannelGroup,
    accelerations,
    angular_velocities,
    cut,
    muscles,
    positions,
)
from groundup.analysis.metrics.emg_normalisation import Normaliser
from groundup.analysis.metrics.joint_outputs import JointOutputs
from groundup.analysis.metrics.named_needs import by_kind, events_in, named
from groundup.analysis.metrics.trial_words import called, value_in_name, with_eyes
from groundup.model.anatomy import SEGMENT_RANK, Side, other_side
from groundup.model.events import Event, SitToStand, Stance, Stride, Trial
from groundup.model.mapped import mapped_file
from groundup.model.reasons import Reason, usual_reason
from groundup.model.signals import Signal, Trace, lock_traces
from groundup.model.subject import Subject
from groundup.plugin.need import Need, Normalisation
from groundup.plugin.need_kinds import NEED_KINDS
from groundup.plugin.not_computable import NotComputableError

# A sensor on a leg has a side; one that names none could be on either, and stands for neither.
_MIDLINE = frozenset(site for site, rank in SEGMENT_RANK.items() if rank >= SEGMENT_RANK["pelvis"])
_OWN_FOOT = frozenset({"grf", "legs", "step", "distance"})
"""What is looked for by the stance or stride itself, and would be the same for either side."""
LEAST_MOVED_M = 0.2
MOST_DRIFT_M = 0.4  # who walks on a belt comes back to the same place, a little before or behind it
RELEASE_EVERY = 200  # stretches
_RECENT = 128  # traces: a few stretches' worth, so that none is cut twice and none is kept for long

Stretch = Stance | Stride | SitToStand | Trial


@dataclass
class Resolver:
    """Cuts what metrics need out of the signals of one recording.

    Attributes
    ----------
    signals : sequence of Signal
        Raw and processed.
    stances, strides : sequences
    walks : sequence of WalkingBout
        Which way the person goes when.
    subject : Subject
    rises : sequence of SitToStand
    trials : sequence of Trial
        Among them those that EMG is normalised by.
    normaliser : Normaliser, optional
        One that knows more than these signals and strides.
    release : callable
        Called from time to time while many stretches are cut: what has been read of the signals may leave the memory.
    events : sequence of Event
        Of all kinds.
    known_events : frozenset of str
        Kinds of events that were found before these.
    missing : mapping of kind of signal to str
        Why there is none of a kind that a processor would make of the steps.
    """

    signals: Sequence[Signal]
    stances: Sequence[Stance] = ()
    strides: Sequence[Stride] = ()
    walks: Sequence[WalkingBout] = ()
    subject: Subject = field(default_factory=Subject)
    rises: Sequence[SitToStand] = ()
    trials: Sequence[Trial] = ()
    normaliser: Normaliser | None = None
    release: Callable[[], None] = lambda: None
    events: Sequence[Event] = ()
    known_events: frozenset[str] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)
    _kinds: dict[str, list[ChannelGroup]] = field(default_factory=dict)
    _chosen: dict[tuple[Any, ...], dict[str, ChannelGroup]] = field(default_factory=dict)
    _recent: dict[tuple[int, float, float], Trace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._normaliser = self.normaliser or Normaliser(self.strides, self.rises, self.trials)
        self._by_kind = by_kind(self.events)
        self._ground = FootForces(self.signals, self.stances, self.walks)
        self._joints = JointOutputs(self.signals, self._ground, self.subject, self.missing.get("model", ""))
        heels, treadmill = heel_markers(self.signals), self.subject.treadmill
        scene = WalkingScene(self.signals, heels, self._ground, self.walks, treadmill)
        self._stepping, self._belt_speed = Stepping(scene), BeltSpeedCheck(scene)

    def resolve(self, need: Need, stretch: Stretch, side: Side) -> Any:
        """What a metric asked for, of one stretch of time and one side; `Need` says in which form.

        Traces are read-only: other metrics are given the same.

        Raises
        ------
        NotComputableError
            If it was not recorded there, has a gap or NaN there, or its channel is flawed there.
        """
        if need.both:
            one = replace(need, both=False)
            sides: tuple[Side, Side] = ("L", "R")
            given = {s: self._of_side(one, stretch, s) for s in sides}
        else:
            # Both feet rise: one leg's EMG is held against the load on both.
            rising = isinstance(stretch, SitToStand) and need.what == "grf"
            given = self._of_side(need, stretch, "" if rising else side)
        lock_traces(given)
        return given

    def normalisation(self, normalise_by: Normalisation) -> str:
        """What envelopes are given over in this recording, in words."""
        return self._normaliser.description(normalise_by)

    def _of_side(self, need: Need, stretch: Stretch, side: Side) -> Any:
        if need.each is not None:
            return self._each(need, stretch, side)
        if need.other and need.what == "grf" and not isinstance(stretch, Trial):
            return self._ground.other_force(need.component, stretch, need.after_s)
        if need.other and not side and isinstance(stretch, Stance | Stride):
            raise NotComputableError("which foot it is of is not known, and so neither is the other one")
        if need.other:
            return self._of_side(replace(need, other=False), stretch, other_side(side))
        if (
            need.what in _OWN_FOOT
            and side
            and isinstance(stretch, Stance | Stride)
            and side == other_side(stretch.side)
        ):
            raise NotComputableError(f"a {NEED_KINDS[need.what].words} is of the foot that a stance or stride is of")
        if need.what == "subject":
            return self.subject
        if need.what == "rises":
            return self._rises(stretch)
        if need.what == "cop":
            of = self._ground.own_centre if need.component == "own" else self._ground.centre
            return [of(other) for other in self._with_eyes(need.eyes, stretch)] if need.eyes else of(stretch)
        if need.what == "load":
            return self._ground.load(stretch)
        if need.what == "joint":
            return self._joints.output(need, stretch, side)
        if need.what == "legs":
            if not isinstance(stretch, Stride):
                raise NotComputableError("the forces of both legs are known of strides only")
            return self._ground.legs(stretch, need.after_s)
        if need.what == "distance":
            return self._distance(stretch, side)
        if need.what == "step":
            if not isinstance(stretch, Stance):
                raise NotComputableError("a step is known of stances only")
            return self._stepping.step(stretch)
        if need.what == "grf":
            if isinstance(stretch, SitToStand):
                return self._ground.rising(need.component, stretch, side)
            return self._ground.force(need.component, stretch, side)
        t0, t1 = stretch.t0 - need.before_s, stretch.t1 + need.after_s
        if need.what == "events":
            return events_in(need, self._by_kind, self.known_events | self._by_kind.keys(), t0, t1, side)
        try:
            sources = self._sources(need, side)
        except NotComputableError:
            if not (need.many and need.whole_only):
                raise
            return {}
        if need.first_s:
            t1 = min(t1, stretch.t0 + need.first_s)
        traces: dict[str, Trace] = {}
        for site, source in sources.items():
            try:
                traces[site] = self._cut(source, t0, t1, need.normalise_by)
            except NotComputableError:
                if not (need.many and need.whole_only):
                    raise
        return traces if need.many else next(iter(traces.values()))

    def _each(self, need: Need, stretch: Stretch, side: Side) -> list[tuple[Stance | Stride, Any]]:
        """What is needed of each stride or stance of that side in a stretch, without those that do not have it."""
        parts: Sequence[Stance | Stride] = self.strides if need.each is Stride else self.stances
        mine = [p for p in parts if p.side == side and stretch.t0 <= p.t0 and p.t1 <= stretch.t1]
        what = "stride" if need.each is Stride else "stance"
        if not mine:
            raise NotComputableError(f"no {what} of the {SIDE_NAME[side]} foot was seen in it")
        one, found, reasons = replace(need, each=None), [], []
        for number, part in enumerate(mine):
            if number % RELEASE_EVERY == 0:
                self.release()
            try:
                found.append((part, _by_itself(self.resolve(one, part, side))))
            except NotComputableError as error:
                reasons.append(error.reason)
        if not found:
            raise NotComputableError.of(_unfit(what, reasons))
        return found

    def _sources(self, need: Need, side: Side) -> dict[str, ChannelGroup]:
        """The sites a need asks for, on this side (accelerations of the midline too); of two sensors the first."""
        key = (need.what, need.sites, side, need.name, need.key, need.labels)
        if key not in self._chosen:
            by_name = need.what in ("marker", "signal", "stream")
            self._chosen[key] = named(need, self.signals, side) if by_name else self._choose(need, side)
        return self._chosen[key]

    def _choose(self, need: Need, side: Side) -> dict[str, ChannelGroup]:
        found: dict[str, ChannelGroup] = {}
        every = self._every("gyr" if need.what == "gyr" else NEED_KINDS[need.what].signal)
        for source in every:
            if need.sites and source.site not in need.sites:
                continue
            if source.side == side and (source.site not in found or found[source.site].side != side):
                found[source.site] = source
            elif source.side == "" and NEED_KINDS[need.what].on_midline and source.site in _MIDLINE:
                found.setdefault(source.site, source)
        if not found:
            kind = NEED_KINDS[need.what].signal
            unnamed = [c.label for s in self.signals if s.kind == kind for c in s.channels if not c.site]
            raise NotComputableError(_absent(need, side, every, unnamed))
        return found

    def _every(self, kind: str) -> list[ChannelGroup]:
        """All sources of a kind of signal, found once."""
        if kind not in self._kinds:
            if kind == "imu":
                self._kinds[kind] = accelerations(self.signals)
            elif kind == "gyr":
                self._kinds[kind] = angular_velocities(self.signals)
            elif kind in ("mocap", "foothold"):
                self._kinds[kind] = positions(self.signals, kind)
            else:
                self._kinds[kind] = muscles(self.signals, kind)
        return self._kinds[kind]

    def _cut(self, source: ChannelGroup, t0: float, t1: float, over: Normalisation) -> Trace:
        # Metrics that ask for some muscles or segments and those that ask for all look at the same traces.
        key = (id(source), t0, t1)
        if key not in self._recent:
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            self._recent[key] = cut(source, t0, t1)
        trace = self._recent[key]
        return self._normaliser.normalise(trace, source, over) if over else trace

    def _with_eyes(self, eyes: str, stretch: Stretch) -> list[Trial]:
        """Trials that are the same as one with the eyes closed, but for that."""
        name = called(stretch) if isinstance(stretch, Trial) else ""
        if value_in_name("eyes", "closed", name) != "closed":
            raise NotComputableError(
                'it is of a trial whose name or condition says that the eyes were shut: "eyes closed"'
            )
        assert isinstance(stretch, Trial)
        found = with_eyes(eyes, stretch, self.trials)
        if not found:
            raise NotComputableError(f'no trial is called the same as "{name}", but with the eyes {eyes}')
        return found

    def _rises(self, stretch: Stretch) -> list[SitToStand]:
        found = [rise for rise in self.rises if stretch.t0 <= rise.t0 < stretch.t1]
        if not found:
            raise NotComputableError("no rise from a chair was seen in it")
        return found

    def _distance(self, stretch: Stretch, side: Side) -> float:
        """How far the foot goes in a stride: by the belt, a marker on it, from plate to plate, or a sensor on it."""
        if not isinstance(stretch, Stride):
            raise NotComputableError("a distance is known of strides only")
        belt = belt_distance(self.signals, self.subject.treadmill, stretch)
        if belt is not None:
            return self._on_the_belt(belt, stretch, side)
        marker, stood = (
            next((p for p in self._every(kind) if p.site == "foot" and p.side == side), None)
            for kind in ("mocap", "foothold")
        )
        if marker is not None:
            moved = marker_path(marker, stretch)
        else:
            try:
                moved = self._ground.stride_length(stretch)
            except NotComputableError:
                if stood is None:
                    raise
                moved = marker_path(stood, stretch)
        if moved < LEAST_MOVED_M:
            raise NotComputableError(
                f"the foot lands {moved:.2f} m from where it stood, as on a treadmill of unknown speed: give it under "
                "[treadmill] in lab.toml"
            )
        return moved

    def _on_the_belt(self, belt: float, stride: Stride, side: Side) -> float:
        """What the belt goes in a stride, where the foot comes back to where it was in the lab."""
        marker = next((p for p in self._every("mocap") if p.site == "foot" and p.side == side), None)
        try:
            moved = marker_path(marker, stride) if marker is not None else self._ground.stride_length(stride)
        except NotComputableError:
            moved = 0.0
        if moved > MOST_DRIFT_M:
            raise NotComputableError(
                f"the foot lands {moved:.2f} m from where it stood, and the belt is told to go {belt:.2f} m: "
                'an overground trial has "its name" = 0 under [treadmill.trials] in lab.toml'
            )
        self._belt_speed.check(stride)
        return belt


def _by_itself(found: Any) -> Any:
    """A trace of one channel without the file it lies in: else all channels of an hour are read for one of them."""
    if isinstance(found, Trace) and mapped_file(found.values) is not None:
        return replace(found, values=found.values.copy())
    return found


def _absent(need: Need, side: Side, every: Sequence[ChannelGroup], unnamed: Sequence[str]) -> str:
    what = NEED_KINDS[need.what].words
    of = f" of {' or '.join(sorted(need.sites))}" if need.sites else ""
    # One on the midline would do for either side: that it is missing there says nothing of a side.
    midline = bool(need.sites) and NEED_KINDS[need.what].on_midline and need.sites <= _MIDLINE
    on = f" on the {SIDE_NAME[side]} side" if side and not midline else ""
    if any(s.side == "" and (not need.sites or s.site in need.sites) for s in every):
        return f"the {what}{of} has no side: give its channel one under [streams.ID.channels] in lab.toml"
    hint = f"; {len(unnamed)} channels have no site: name it under [streams.ID.channels] in lab.toml" if unnamed else ""
    return f"no {what}{of}{on} was recorded{hint}"


def _unfit(what: str, reasons: Sequence[Reason]) -> Reason:
    """Why no stride or stance has what is needed, by the reason of each."""
    usual = usual_reason(reasons)
    if len(reasons) == 1:
        return replace(usual, text=f"its one {what} will not do: {usual.text}")
    return replace(usual, text=f"none of its {len(reasons)} {what}s will do; most often, {usual.text}")
