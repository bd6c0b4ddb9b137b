"""The contract of a metric: one decorated function that turns a stance, stride, trial or window into a number.

::

    @metric("glute_braking_share", of=Stride, unit="1", axis="gluteal role",
            needs=(emg(GLUTEAL), grf("ap")), source="...")
    def glute_braking_share(stride, glutes, ap):
        '''Share of the cycle's gluteal activity while the ground slows the body down.'''
        ...

The framework resolves each need to traces of that stride and calls the function with them in order. What cannot be
resolved (no such channel, a gap, NaN) makes the value *not computable, because ...* before the function is called.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from groundup.analysis.gait import Stance, Stride, Trial

Scope = type[Stance] | type[Stride] | type[Trial]
Axis = Literal["", "load path", "gluteal demand", "gluteal role", "anti-gravity effort", "cooperation"]
"""An axis of the strategy profile that the metric speaks for; empty for none."""


class NotComputable(Exception):  # noqa: N818  (not an error: an answer)
    """The honest answer when a number cannot be stood behind; its text ends the sentence "not computable, because"."""


@dataclass(frozen=True)
class Need:
    """Something a metric needs of the stretch of time it describes.

    Attributes
    ----------
    what : {"emg", "raw_emg", "grf", "acc", "subject"}
    sites : frozenset of str
        Which sites will do; empty: all that are recorded.
    component : str
        For ``grf``: ``"ap"`` (forward positive), ``"ml"`` (to the person's left positive) or ``"v"`` (up positive).
    many : bool
        Whether the function gets a dict of site to trace instead of one trace.
    before_s, after_s : float
        How much more time than the stretch itself is given, at each end.
    first_s : float
        Only so much of the stretch, from its beginning on; 0: all of it. What is not asked for may have gaps.
    normalised : bool
        For ``emg``: each muscle over its own peak, the median of those in the recording's strides of that side.
    """

    what: Literal["emg", "raw_emg", "grf", "acc", "subject"]
    sites: frozenset[str] = frozenset()
    component: str = ""
    many: bool = False
    before_s: float = 0.0
    after_s: float = 0.0
    normalised: bool = False
    first_s: float = 0.0


def emg(
    sites: str | Iterable[str] = (), *, before_s: float = 0.0, after_s: float = 0.0, normalised: bool = False
) -> Need:
    """EMG envelope, of the same side as the stride.

    ``emg("soleus")`` gives one `Trace`; ``emg(GLUTEAL)`` and ``emg()`` give a dict of site to `Trace` with at least one
    of those muscles, or all that are recorded. With ``normalised`` each muscle is given over its own peak (the median
    of its peaks in the recording's strides of that side), a pure number: what is under two electrodes can be compared.
    """
    return replace(_emg("emg", sites, before_s, after_s), normalised=normalised)


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
    """
    return Need("grf", component=component)


def acc(
    segments: str | Iterable[str] = (), *, before_s: float = 0.0, after_s: float = 0.0, first_s: float = 0.0
) -> Need:
    """Acceleration (m/s², the sensor's x, y, z, gravity in it), of the same side and of the midline.

    ``acc("pelvis")`` gives one `Trace` with values of shape (n, 3); ``acc()`` a dict of segment to `Trace`. With
    ``first_s`` only that much is given from the beginning of the stretch: for what happens at its contact.
    """
    one = isinstance(segments, str)
    names = frozenset([segments]) if isinstance(segments, str) else frozenset(segments)
    return Need("acc", names, many=not one, before_s=before_s, after_s=after_s, first_s=first_s)


SUBJECT = Need("subject")
"""The person, as a `Subject`: for what is given per kilogram or in body weights."""


@dataclass(frozen=True)
class Metric:
    """A metric, as the decorator made it.

    Attributes
    ----------
    name, unit : str
        ``unit`` is ``"1"`` for a pure number.
    of : type
        `Stance`, `Stride` or `Trial`: what it describes.
    needs : tuple of Need
    function : callable
        ``function(stretch, *needs) -> float``.
    axis : str
        Axis of the strategy profile it speaks for, or empty.
    source : str
        Where the definition is from.
    parameters : dict
        Its constants, stored with every value.
    """

    name: str
    unit: str
    of: Scope
    needs: tuple[Need, ...]
    function: Callable[..., float]
    axis: Axis = ""
    source: str = ""
    parameters: dict[str, float | str] = field(default_factory=dict)

    @property
    def definition(self) -> str:
        """First paragraph of the function's docstring."""
        return " ".join((self.function.__doc__ or "").strip().split("\n\n")[0].split())

    def __call__(self, stretch: Any, *needs: Any) -> float:
        """Call the function itself."""
        return self.function(stretch, *needs)


def metric(
    name: str,
    *,
    of: Scope,
    unit: str,
    needs: Iterable[Need] = (),
    axis: Axis = "",
    source: str = "",
    parameters: dict[str, float | str] | None = None,
) -> Callable[[Callable[..., float]], Metric]:
    """Make a metric of a function; see the module's docstring."""

    def decorate(function: Callable[..., float]) -> Metric:
        return Metric(name, unit, of, tuple(needs), function, axis, source, dict(parameters or {}))

    return decorate
