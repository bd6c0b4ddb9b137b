"""What a metric may ask for, each kind by a function or a name: EMG, forces, markers, signals, events, the person."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from groundup.model.events import Stance, Stride
from groundup.plugin.need import Need, Normalisation

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


def joint(name: Literal["ankle", "knee", "hip"], quantity: Literal["angle", "excursion", "moment", "power"]) -> Need:
    """What a model of the body computed of a joint of that leg, a `Trace`: of a stream of type Model, as of C3D files.

    ``angle``: sagittal, flexion positive (of the ankle dorsiflexion), rad. ``excursion``: the same from any zero, where
    differences are all that is asked: sensors on a leg that was never seen to stand still know no more. ``moment``:
    sagittal, extensor positive (of the ankle plantar flexor), N·m/kg. ``power``: of all axes that the model gives,
    generation positive, W/kg. Moments and powers are not computable unless a plate saw that foot whole and alone: no
    model knows what is beside a plate.
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
