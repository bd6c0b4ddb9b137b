"""The contract of a metric: one decorated function that turns a stance, stride, rise or trial into a number.

::

    @metric("glute_braking_share", of=Stride, unit="1", axis="gluteal role",
            needs=(emg(GLUTEAL), grf("ap")), source="...")
    def glute_braking_share(stride, glutes, ap):
        '''Share of the cycle's gluteal activity while the ground slows the body down.'''
        ...

The framework resolves each need to traces of that stride and calls the function with them in order. What cannot be
resolved (no such channel, a gap, NaN, a channel that is clipped or dead there) makes the value *not computable,
because ...* before the function is called.

What is said of a whole trial by its strides takes them by ``each(emg(), Stride)``; what compares the legs takes
``both_sides(...)``.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from groundup.lab.errors import shown
from groundup.lab.settings import Settings
from groundup.model.events import SitToStand, Stance, Stride, Trial
from groundup.model.reasons import Reason
from groundup.plugin.need_kinds import NEED_KINDS

Scope = type[Stance] | type[Stride] | type[SitToStand] | type[Trial]
Normalisation = Literal["", "peak", "mvic", "reference", "rest"]
"""What EMG envelopes are given over; see `emg`."""
Axis = Literal[
    "",
    "where the work is done",
    "load path",
    "gluteal demand",
    "gluteal role",
    "anti-gravity effort",
    "cooperation",
]
"""An axis of the strategy profile that the metric speaks for; empty for none."""


What = Literal[
    "emg",
    "raw_emg",
    "grf",
    "legs",
    "load",
    "cop",
    "acc",
    "gyr",
    "joint",
    "distance",
    "rises",
    "step",
    "subject",
    "marker",
    "signal",
    "events",
    "stream",
]
"""The kinds of what a metric can need; `groundup.plugin.need_kinds` describes each."""


class NotComputableError(Exception):
    """The honest answer when a number cannot be stood behind; its text ends the sentence "not computable, because".

    Parameters
    ----------
    why : str
        What was missing, and what to do.
    at : float or (float, float), optional
        The moment or the stretch that it is about, s on the lab clock: shown as seconds since the recording began.
    """

    def __init__(self, why: object, at: float | tuple[float, float] | None = None) -> None:
        super().__init__(why, at)
        t0, t1 = (math.nan, math.nan) if at is None else at if isinstance(at, tuple) else (at, at)
        self.reason = Reason(str(why), float(t0), float(t1))

    @classmethod
    def of(cls, reason: Reason) -> "NotComputableError":
        """For a reason that is known already: without the frames another exception came through, and what they hold."""
        return cls(reason.text, None if math.isnan(reason.t0) else (reason.t0, reason.t1))

    def __str__(self) -> str:
        return str(self.reason)


@dataclass(frozen=True)
class Need:
    """Something a metric needs of the stretch of time it describes.

    Attributes
    ----------
    what : str
        One of `What`.
    sites : frozenset of str
        Which sites will do; empty: all that are recorded.
    component : str
        For ``grf``: ``"ap"`` (forward positive), ``"ml"`` (to the person's left positive) or ``"v"`` (up positive).
        For ``cop``: ``"own"``, the person's own axes. For ``joint``: ``"angle"``, ``"moment"`` or ``"power"``.
    many : bool
        Whether the function gets a dict of site to trace instead of one trace.
    before_s, after_s : float
        How much more time than the stretch itself is given, at each end.
    first_s : float
        Only so much of the stretch, from its beginning on; 0: all of it. What is not asked for may have gaps.
    normalise_by : str
        For ``emg``: what each muscle is normalised by; see `emg`.
    each : type, optional
        `Stride` or `Stance`: a list of pairs (stretch, what of it) for those of them in the trial that have it.
    both : bool
        A dict of side to what is needed of that side.
    whole_only : bool
        Of many sites those that are whole there, and not none at all where one is not.
    eyes : {"", "open"}
        For ``cop``, of a trial with the eyes closed: of the trials that are the same but for that; see `cop`.
    name : str
        For ``signal`` its kind or id, for ``events`` their kind, for ``stream`` its type, for ``marker`` a point.
    key : str
        For ``stream`` its id in the recording: ``mill.belts``.
    labels : tuple of str
        For ``marker`` the names in the marker set.
    other : bool
        Of the other side than the value's.
    """

    what: What
    sites: frozenset[str] = frozenset()
    component: str = ""
    many: bool = False
    before_s: float = 0.0
    after_s: float = 0.0
    normalise_by: Normalisation = ""
    first_s: float = 0.0
    each: type[Stance] | type[Stride] | None = None
    both: bool = False
    whole_only: bool = False
    eyes: Literal["", "open"] = ""
    name: str = ""
    key: str = ""
    labels: tuple[str, ...] = ()
    other: bool = False

    def __str__(self) -> str:
        """In words, as the file tells what a metric stands on: ``EMG envelope of soleus, of each stride``."""
        kind = NEED_KINDS[self.what].words
        of = f" of {' or '.join(sorted(self.sites))}" if self.sites else ""
        parts = [
            f"{kind} {self.name or self.key or ', '.join(self.labels)}".strip() + of,
            self.component,
            f"normalised by {self.normalise_by}" if self.normalise_by else "",
            f"from {self.before_s:g} s before" if self.before_s else "",
            f"until {self.after_s:g} s after" if self.after_s else "",
            f"its first {self.first_s:g} s" if self.first_s else "",
            f"with the eyes {self.eyes}" if self.eyes else "",
            "of the other side" if self.other else "",
            "of both sides" if self.both else "",
            f"of each {self.each.__name__.lower()}" if self.each else "",
        ]
        return ", ".join(part for part in parts if part)


_NO_OTHER_SIDE = frozenset({"cop", "distance", "legs", "load", "rises", "step", "subject"})


def emg(
    sites: str | Iterable[str] = (), *, before_s: float = 0.0, after_s: float = 0.0, normalise_by: Normalisation = ""
) -> Need:
    """EMG envelope, of the same side as the stride.

    ``emg("soleus")`` gives one `Trace`; ``emg(GLUTEAL)`` and ``emg()`` give a dict of site to `Trace` with at least one
    of those muscles, or all that are recorded.

    Parameters
    ----------
    normalise_by : {"", "peak", "mvic", "reference", "rest"}
        In volts, or normalised, muscle by muscle: by its own ``peak`` (the median of its peaks in the recording's
        strides of that side; with no stride, in the rises from a chair), a pure number; in % of ``mvic`` (the largest
        0.5 s mean in a trial with the condition "mvic"); in % of a ``reference`` (the MVIC where there is one, else the
        mean over the strides of a trial with the condition "reference"); or as standard deviations above the mean of
        a trial with the condition "rest". What was used is stored with the values.
    """
    return replace(_emg("emg", sites, before_s, after_s), normalise_by=normalise_by)


def raw_emg(sites: str | Iterable[str] = (), *, before_s: float = 0.0, after_s: float = 0.0) -> Need:
    """EMG as recorded (V), otherwise as `emg`."""
    return _emg("raw_emg", sites, before_s, after_s)


def _emg(what: Literal["emg", "raw_emg"], sites: str | Iterable[str], before_s: float, after_s: float) -> Need:
    one = isinstance(sites, str)
    names = frozenset([sites]) if isinstance(sites, str) else frozenset(sites)
    return Need(what, names, many=not one, before_s=before_s, after_s=after_s)


def grf(component: Literal["ap", "ml", "v"]) -> Need:
    """Ground reaction force under the foot of the same side (N), a `Trace`; zero while that foot is in the air.

    ``ap``: forward positive, so braking is negative. ``ml``: to the person's left positive. ``v``: up positive.
    In a rise from a chair only ``v``: the sum of all plates, and with `both_sides` of the plates of each side.
    """
    return Need("grf", component=component)


def cop(*, own_axes: bool = False, eyes: Literal["", "open"] = "") -> Need:
    """Centre of pressure under the whole person, a `Trace` with values (n, 3): x, y (m, lab) and vertical load (N).

    Of several loaded plates the mean weighted by load. Not computable where no plate is loaded, or somebody walks. With
    ``own_axes`` forward and to the person's left in place of x and y: across is the way from one foot to the other, so
    each foot has to stand on a plate of its own, whose channels have a side.

    With ``eyes="open"``, of a trial whose name or condition says that the eyes were closed: a list of what it was in
    the trials that are called the same, numbers aside, but with the eyes open. Live there is none: the one trial is not
    kept until the other is over.
    """
    return Need("cop", component="own" if own_axes else "", eyes=eyes)


def each(need: Need, of: type[Stance] | type[Stride]) -> Need:
    """What is needed, of each stance or stride of that side in the trial: a list of pairs (stretch, what of it).

    Those that do not have it (a gap, a flawed channel) are left out; with none left it is not computable.
    """
    return replace(need, each=of)


def both_sides(need: Need) -> Need:
    """What is needed, of left and right: a dict with ``"L"`` and ``"R"``. The value then has no side of its own."""
    return replace(need, both=True)


def other(need: Need) -> Need:
    """What is needed, of the other side: ``other(emg("soleus"))``, ``other(marker(site="foot"))``.

    ``[grf("v"), other(grf("v"))]`` are the forces under both feet in a stride, computable where `LEGS` is, or in a
    trial; in a stance nothing tells whether a plate saw all of the other foot.

    Raises
    ------
    ValueError
        If it has no other side: it is of the whole person, of both feet, or of the stance or stride itself.
    """
    if need.what in _NO_OTHER_SIDE or need.labels:
        raise ValueError(f"other(...): a {need} has no other side")
    after_s = max(need.after_s, LEGS.after_s) if need.what == "grf" else need.after_s
    return replace(need, other=True, after_s=after_s)


def marker(
    *labels: str, site: str = "", point: Literal["", "heel"] = "", before_s: float = 0.0, after_s: float = 0.0
) -> Need:
    """Where a marker is: a `Trace` with values (n, 3) in m, x, y, z of the lab.

    ``marker("LASI")`` by its name in the marker set, the same for either side; of several names a dict of them.
    ``marker(site="foot")`` what lab.toml calls the foot, of the same side; ``marker(site="foot", point="heel")`` also
    what marker sets call the heel.
    """
    if bool(labels) == bool(site):
        raise ValueError("a marker is asked for by its labels or by its site")
    sites = frozenset([site] if site else [])
    return Need("marker", sites, many=len(labels) > 1, before_s=before_s, after_s=after_s, name=point, labels=labels)


def signal(name: str, site: str = "", *, before_s: float = 0.0, after_s: float = 0.0) -> Need:
    """A signal that a processor made, by its kind or the end of its id: ``signal("teager", site="soleus")``.

    With a `site` its `Trace` of the same side, in the unit it was made in; else a dict of site (or label, where a
    channel has none) to `Trace` of that side, with those that have no side.
    """
    sites = frozenset([site] if site else [])
    return Need("signal", sites, many=not site, before_s=before_s, after_s=after_s, name=name)


def events(kind: str, site: str = "", *, before_s: float = 0.0, after_s: float = 0.0) -> Need:
    """Events of a kind in the stretch, a list of `Event` in order of time, empty where none is.

    Of the same side and of those without one; with a `site` those that were found in it.

    Not computable where the whole recording (live: all until now) has no event of that kind: nothing looked for it.
    """
    return Need("events", frozenset([site] if site else []), before_s=before_s, after_s=after_s, name=kind)


def stream(*, type: str = "", key: str = "", before_s: float = 0.0, after_s: float = 0.0) -> Need:
    """What a device sent, by the type of its stream or its id: ``stream(type="Goniometer")``.

    A `Trace` of its channels of the same side, or where none has that side of those without one; values (n,) of one
    channel and (n, k) of several, in the unit that the stream tells. ``stream(key="mill.belts")`` names one of several.
    """
    if bool(type) == bool(key):
        raise ValueError("a stream is asked for by its type or by its key")
    return Need("stream", before_s=before_s, after_s=after_s, name=type, key=key)


def acc(
    segments: str | Iterable[str] = (),
    *,
    before_s: float = 0.0,
    after_s: float = 0.0,
    first_s: float = 0.0,
    whole_only: bool = False,
) -> Need:
    """Acceleration (m/s², the sensor's x, y, z, gravity in it), of the same side and of the midline.

    ``acc("pelvis")`` gives one `Trace` with values of shape (n, 3); ``acc()`` a dict of segment to `Trace`. With
    ``first_s`` only that much is given from the beginning of the stretch: for what happens at its contact. With
    ``whole_only`` sensors that have a gap or NaN there are left out of the dict, which may then be empty, as it is
    where none was recorded: for what only checks a value that stands on other sensors.
    """
    one = isinstance(segments, str)
    names = frozenset([segments]) if isinstance(segments, str) else frozenset(segments)
    return Need("acc", names, many=not one, before_s=before_s, after_s=after_s, first_s=first_s, whole_only=whole_only)


def gyr(
    segments: str | Iterable[str] = (), *, before_s: float = 0.0, after_s: float = 0.0, whole_only: bool = False
) -> Need:
    """Angular velocity (rad/s, about the sensor's x, y, z), otherwise as `acc`."""
    return replace(acc(segments, before_s=before_s, after_s=after_s, whole_only=whole_only), what="gyr")


def joint(name: Literal["ankle", "knee", "hip"], quantity: Literal["angle", "moment", "power"]) -> Need:
    """What a model of the body computed of a joint of that leg, a `Trace`: of a stream of type Model, as of C3D files.

    ``angle``: sagittal, flexion positive (of the ankle dorsiflexion), rad. ``moment``: sagittal, extensor positive (of
    the ankle plantar flexor), N·m/kg. ``power``: of all axes that the model gives, generation positive, W/kg. Moments
    and powers are not computable unless a plate saw that foot whole and alone: no model knows what is beside a plate.
    """
    return Need("joint", frozenset([name]), quantity)


DISTANCE = Need("distance")
"""Metres that the foot of that side travels in a stride, by markers on it, the plates under it, or a sensor on it."""

LOAD = Need("load")
"""Vertical force on all plates together (N), a `Trace`; about zero while nobody stands on them."""

LEGS = Need("legs", after_s=0.5)  # the other foot leaves the ground that much later, at most
"""Forces on the person in a stride (N): a pair of `Trace`, under the foot of that side and under the other.

Values have the shape (n, 3): forward, to the person's left, up. Not computable unless plates saw every contact of both
feet in it whole, and alone. The other foot has what all plates carry beside this one: where somebody stands beside the
plates that is missing, and the mean of both is no body weight.
"""

RISES = Need("rises")
"""The rises from a chair that begin in a trial, a list of `SitToStand` in order of time; never empty.

Live they are not all known when a trial ends, and there is no value.
"""

STEP = Need("step", before_s=1.5)  # the other foot lands as long before, at most
"""How far forward of the other foot a foot lands in a stance, and how far beside it: a pair (length, width) in m.

By markers on both heels, or by where both stood on two plates; a belt that carries them is reckoned with. The length is
NaN on a treadmill of unknown speed.
"""

SUBJECT = Need("subject")
"""The person, as a `Subject`: for what is given per kilogram or in body weights."""


@dataclass(frozen=True)
class Metric:
    """A metric, as the decorator made it.

    Attributes
    ----------
    name, unit : str
        ``unit`` is ``"1"`` for a pure number.
    of : type, or tuple of types
        `Stance`, `Stride`, `SitToStand` or `Trial`: what it describes.
    needs : tuple of Need
    function : callable
        ``function(stretch, *needs) -> float``.
    axis : str
        Axis of the strategy profile it speaks for, or empty.
    source : str
        Where the definition is from.
    constants : dict
        What its values depend on and nobody chooses: among its `parameters`.
    circular : float, optional
        Where its values go round, such as a moment of the cycle or a direction: after how much they are the same
        again, in `unit`. Medians, intervals and differences then go the short way round. None: plain numbers.
    settings_type : type
        A `Settings` struct of what a lab may choose, each key with a default; `Settings` itself: nothing.
    settings : Settings
        What was chosen; the last argument of a function that has a `settings_type`.
    """

    name: str
    unit: str
    of: Scope | tuple[Scope, ...]
    needs: tuple[Need, ...]
    function: Callable[..., float]
    axis: Axis = ""
    source: str = ""
    constants: dict[str, float | str] = field(default_factory=dict)
    circular: float | None = None
    settings_type: type[Settings] = Settings
    settings: Settings | None = None

    def __post_init__(self) -> None:
        if self.circular is not None and not 0.0 < self.circular < math.inf:
            raise ValueError(f"{self.name}: circular is the period of its values, a number above 0, or None")
        if self.settings is None:
            try:
                object.__setattr__(self, "settings", self.settings_type())
            except TypeError as error:
                raise ValueError(f"{self.name}: every key of its settings needs a default: {error}") from error

    def configured(self, settings: Settings) -> "Metric":
        """The same metric with what a lab chose."""
        return replace(self, settings=settings)

    @property
    def parameters(self) -> dict[str, float | str]:
        """Its constants and settings: stored with every value, and a condition of each comparison."""
        return {**self.constants, **plain_settings(self.settings or Settings())}

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it describes, as a tuple."""
        return self.of if isinstance(self.of, tuple) else (self.of,)

    @property
    def describes(self) -> tuple[str, ...]:
        """What it describes, in words: ``("stride", "sit to stand")``."""
        return tuple(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", scope.__name__).lower() for scope in self.scopes)

    @property
    def definition(self) -> str:
        """First paragraph of the function's docstring."""
        return " ".join((self.function.__doc__ or "").strip().split("\n\n")[0].split())

    def __call__(self, stretch: Any, *needs: Any) -> float:
        """Call the function itself, with its settings where it has any."""
        chosen = () if self.settings_type is Settings else (self.settings,)
        return self.function(stretch, *needs, *chosen)


def plain_settings(settings: Settings) -> dict[str, float | str]:
    """Settings as numbers and text: a list or a truth value as it is written in lab.toml."""
    table = msgspec.to_builtins(settings)
    return {
        key: value if isinstance(value, int | float | str) and not isinstance(value, bool) else shown(value)
        for key, value in table.items()
    }


def metric(
    name: str,
    *,
    of: Scope | tuple[Scope, ...],
    unit: str,
    needs: Iterable[Need] = (),
    axis: Axis = "",
    source: str = "",
    parameters: dict[str, float | str] | None = None,
    circular: float | None = None,
    settings_type: type[Settings] = Settings,
) -> Callable[[Callable[..., float]], Metric]:
    """Make a metric of a function; see the module's docstring.

    With a `settings_type` the function's last argument are the settings, as ``[metrics.NAME]`` of lab.toml has them.
    """

    def decorate(function: Callable[..., float]) -> Metric:
        constants = dict(parameters or {})
        return Metric(name, unit, of, tuple(needs), function, axis, source, constants, circular, settings_type)

    return decorate
