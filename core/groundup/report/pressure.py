"""The path of the centre of pressure in every stance, on the outline of its plate, with the way that was walked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.analysis.gait.walking_bouts import direction_at
from groundup.model.anatomy import Side
from groundup.model.events import Stance
from groundup.model.signals import Floats, Signal
from groundup.report.curves import Walked, some
from groundup.report.drawing import COLOURS, WIDTH_IN, panels, style, svg
from groundup.report.style import colour_of
from groundup.report.wording import Words

_MOST_PATHS = 50
_MOST_POINTS = 120
_COLUMNS = 4


@dataclass(frozen=True)
class PlatePaths:
    """What was trodden of one plate.

    Attributes
    ----------
    name : str
    outline : ndarray, shape (4, 2), or None
        Its corners in the lab, m; None where they are not known.
    paths : sequence of (side, ndarray of shape (n, 2))
        Where the force acted, m.
    direction : (x, y), optional
        The way that was walked over it.
    """

    name: str
    outline: Floats | None
    paths: Sequence[tuple[Side, Floats]]
    direction: tuple[float, float] | None


def plate_paths(walk: Walked) -> list[PlatePaths]:
    """Of every plate that a foot stood on by itself."""
    plates = {c.site: s for s in walk.resolver.signals if s.kind == "grf" for c in s.channels if c.site}
    found = []
    for name in sorted({stance.source for stance in walk.stances}):
        signal = plates.get(name)
        if signal is None or not {"CoPx", "CoPy"} <= {c.label for c in signal.channels}:
            continue
        mine = some([s for s in walk.stances if s.source == name], _MOST_PATHS)
        paths = [(stance.side, path) for stance in mine if len(path := _path(signal, stance))]
        if paths:
            found.append(PlatePaths(name.removeprefix("plate:"), _outline(signal), paths, _direction(walk, mine)))
    return found


def _path(signal: Signal, stance: Stance) -> Floats:
    part = signal.between(stance.t0, stance.t1)
    path = np.column_stack([part.column("CoPx"), part.column("CoPy")])
    path = path[np.isfinite(path).all(axis=1)]
    return path[:: max(1, len(path) // _MOST_POINTS)]


def _outline(signal: Signal) -> Floats | None:
    return np.array(signal.plate.corners_m, float)[:, :2] if signal.plate is not None else None


def _direction(walk: Walked, stances: Sequence[Stance]) -> tuple[float, float] | None:
    """The mean way, where most of it goes one way; None where it was walked back and forth."""
    ways = [direction_at(walk.resolver.walks, s.t0, s.t1) for s in stances]
    known = np.array([way for way in ways if way is not None])
    if not len(known):
        return None
    x, y = known.mean(axis=0).tolist()
    return (x, y) if math.hypot(x, y) > 0.9 else None


def pressure_figure(plates: Sequence[PlatePaths], words: Words) -> str:
    """A panel for each plate, all of one scale, in the lab's axes."""
    shown = plates[:_COLUMNS]
    with style():
        figure, axes = panels(1, len(shown), (WIDTH_IN, 2.1))
        for axis, plate in zip(axes[0], shown, strict=True):
            for side, path in plate.paths:
                axis.plot(
                    path[:, 0],
                    path[:, 1],
                    color=COLOURS[side],
                    alpha=0.8 if len(plate.paths) < 10 else 0.45,
                    linewidth=0.9,
                    rasterized=True,
                )
            _dress(axis, plate, words)
        return svg(figure, words("clinician.pressure"))


def _dress(axis: Any, plate: PlatePaths, words: Words) -> None:
    axis.set_title(words("clinician.plate", name=plate.name))
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xlabel("x, m")
    axis.set_ylabel("y, m")
    points = np.concatenate([path for _, path in plate.paths])
    if plate.outline is not None:
        ring = np.concatenate([plate.outline, plate.outline[:1]])
        axis.plot(ring[:, 0], ring[:, 1], color=colour_of("ink"), linewidth=0.9)
        points = np.concatenate([points, plate.outline])
    if plate.direction is None:
        return
    low, high = points.min(axis=0), points.max(axis=0)
    centre, size = (low + high) / 2, float(max(high - low))
    way = np.array(plate.direction) * size * 0.3
    across = np.array([-plate.direction[1], plate.direction[0]])
    # Beside the plate, where it hides no path.
    extent = abs(across * (high - low) / 2).sum() + 0.08 * size
    start = centre + across * extent - way / 2
    axis.annotate(
        "", xy=start + way, xytext=start, arrowprops={"arrowstyle": "->", "color": colour_of("ink"), "lw": 1.2}
    )
    axis.plot(*start, alpha=0)
    axis.plot(*(start + way), alpha=0)
