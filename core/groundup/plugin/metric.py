"""The contract of a metric: one decorated function that turns a stance, stride, rise or trial into a number.

::

    @metric("glute_braking_share", of=Stride, unit="1", axis="gluteal role",
            needs=(emg(GLUTEAL), grf("ap")), reference="...")
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
from groundup.plugin.need import Need

Scope = type[Stance] | type[Stride] | type[SitToStand] | type[Trial]
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
        ``function(stretch, *needs) -> float``; `Uncertain` is one that says how far it may be off.
    axis : str
        Axis of the strategy profile it speaks for, or empty.
    reference : str
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
    title : str
        What people call it, on every page; empty: made of its name.
    usual : bool
        Whether it is measured live where a lab chose nothing.
    """

    name: str
    unit: str
    of: Scope | tuple[Scope, ...]
    needs: tuple[Need, ...]
    function: Callable[..., float]
    axis: Axis = ""
    reference: str = ""
    constants: dict[str, float | str] = field(default_factory=dict)
    circular: float | None = None
    settings_type: type[Settings] = Settings
    settings: Settings | None = None
    title: str = ""
    usual: bool = False

    def __post_init__(self) -> None:
        if self.circular is not None and not 0.0 < self.circular < math.inf:
            raise ValueError(f"{self.name}: circular is the period of its values, a number above 0, or None")
        if self.settings is None:
            try:
                object.__setattr__(self, "settings", self.settings_type())
            except TypeError as error:
                raise ValueError(f"{self.name}: every key of its settings needs a default: {error}") from error
        if not self.title:
            object.__setattr__(self, "title", _title(self.name))

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


_SHORT = {"emg": "EMG", "grf": "ground reaction", "vaf": "VAF", "ap": "(forwards)", "ml": "(sideways)"}


def _title(name: str) -> str:
    """A name as people write it: ``stance_time`` is Stance time."""
    words = [_SHORT.get(word, word) for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


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
    reference: str = "",
    parameters: dict[str, float | str] | None = None,
    circular: float | None = None,
    settings_type: type[Settings] = Settings,
    title: str = "",
    usual: bool = False,
) -> Callable[[Callable[..., float]], Metric]:
    """Make a metric of a function; see the module's docstring.

    With a `settings_type` the function's last argument are the settings, as ``[metrics.NAME]`` of lab.toml has them.
    """

    def decorate(function: Callable[..., float]) -> Metric:
        constants = dict(parameters or {})
        return Metric(
            name, unit, of, tuple(needs), function, axis, reference, constants, circular, settings_type,
            title=title, usual=usual,
        )  # fmt: skip

    return decorate
