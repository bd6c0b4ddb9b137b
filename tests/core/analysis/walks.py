"""Made ground reaction forces of people who walk, for the tests of the analysis."""

import numpy as np

from groundup.model.anatomy import Side
from groundup.model.events import Event, Stance
from groundup.model.signals import Signal
from groundup.model.streams import Channel

RATE = 500.0
UNITS = {"Fx": "N", "Fy": "N", "Fz": "N", "CoPx": "m", "CoPy": "m", "Tz": "Nm"}


def plate(site: str, seconds: float, side: Side = "") -> Signal:
    """An unloaded plate."""
    count = int(seconds * RATE)
    samples = np.zeros((count, 6))
    samples[:, 3:] = np.nan
    channels = tuple(Channel(label, unit, site, side) for label, unit in UNITS.items())
    return Signal(f"{site}.grf", "grf", np.arange(count) / RATE, samples, channels, RATE)


def step(
    on: Signal, t0: float, t1: float, angle: float, at: tuple[float, float], *, push: float = 120.0, ml: float = 40.0
) -> Stance:
    """Let a foot step on a plate while the person walks along `angle`; its side force points to the left by `ml`."""
    i, j = np.searchsorted(on.time, [t0, t1])
    s = np.linspace(0, 1, j - i)
    forward, left = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    along = -push * np.sin(2 * np.pi * s)
    on.samples[i:j, :2] += along[:, None] * forward + (ml * np.sin(np.pi * s))[:, None] * left
    on.samples[i:j, 2] += 700 * (1.35 * np.sin(np.pi * s) + 0.45 * np.sin(3 * np.pi * s))
    on.samples[i:j, 3:5] = at
    return Stance(t0, t1, "", on.channels[0].site)


def contacts(stances: list[Stance], confidence: float = 1.0) -> list[Event]:
    """The events of the stances."""
    return sorted(
        e
        for s in stances
        for e in (
            Event(s.t0, "IC", s.side, s.source, confidence),
            Event(s.t1, "FO", s.side, s.source, confidence),
        )
    )
