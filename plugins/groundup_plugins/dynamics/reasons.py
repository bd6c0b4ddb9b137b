"""Why angles, moments and powers are not to be used in a stretch of time, kept until they are written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Floats, Side, Signal

Bools = NDArray[np.bool_]

_KINETIC = ("N·m/kg", "W/kg")


@dataclass(frozen=True)
class Flaw:
    """What is wrong from t0 to t1 (s) with the channels of one side and, where named, one joint and some units."""

    t0: float
    t1: float
    text: str
    side: Side
    joint: str = ""
    units: tuple[str, ...] = ()

    def about(self, channel: Channel) -> bool:
        """Whether it is about a channel."""
        joint = not self.joint or channel.site == self.joint
        return channel.side == self.side and joint and (not self.units or channel.unit in self.units)


@dataclass
class Reasons:
    """What is wrong with one leg."""

    side: Side
    flaws: list[Flaw] = field(default_factory=list)

    def kinetics(self, t0: float, t1: float, text: str, joint: str = "") -> None:
        """Note what spoils moments and powers."""
        self.flaws.append(Flaw(t0, t1, text, self.side, joint, _KINETIC))

    def everything(self, t0: float, t1: float, text: str) -> None:
        """Note what spoils angles, too."""
        self.flaws.append(Flaw(t0, t1, text, self.side))

    def joint(self, t0: float, t1: float, text: str, joint: str, units: tuple[str, ...]) -> None:
        """Note what spoils some quantities of one joint."""
        self.flaws.append(Flaw(t0, t1, text, self.side, joint, units))

    def where(self, time: Floats, bad: Bools, text: str) -> None:
        """Note what spoils everything wherever `bad` is true."""
        if not bad.any():
            return
        edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
        step = float(np.median(np.diff(time))) if len(time) > 1 else 0.0
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            self.everything(float(time[first]), float(time[last - 1]) + step / 2, text)


def as_quality(model: Signal, flaws: Sequence[Flaw]) -> Signal | None:
    """The flaws as a signal of kind ``quality``: a row wherever anything changes; None where there is no flaw."""
    if not flaws:
        return None
    texts = list(dict.fromkeys(flaw.text for flaw in flaws))
    times = np.unique([time for flaw in flaws for time in (flaw.t0, flaw.t1)])
    samples = np.zeros((len(times), len(model.channels)))
    for flaw in reversed(flaws):
        rows = (times >= flaw.t0) & (times < flaw.t1)
        columns = np.array([flaw.about(channel) for channel in model.channels])
        samples[np.outer(rows, columns)] = texts.index(flaw.text) + 1
    return Signal(
        f"{model.id}.quality", "quality", times, samples, model.channels, 0.0, inputs=(model.id,),
        attrs={f"flaw_{number}": f"is not known: {text}" for number, text in enumerate(texts, 1)},
    )  # fmt: skip
