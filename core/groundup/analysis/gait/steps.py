"""How far forward of the other foot a foot lands, and how far beside it: by markers on the heels, or by plates."""

import math
from dataclasses import replace

import numpy as np

from groundup.analysis.gait.belt import belt_distance
from groundup.analysis.gait.belt_speed_check import Way, advance, differs, middle
from groundup.analysis.gait.foot_forces import SIDE_NAME
from groundup.analysis.gait.heel_markers import HeelPosition, at, heel_position
from groundup.analysis.gait.walking_bouts import direction_at
from groundup.analysis.gait.walking_scene import WalkingScene
from groundup.model.anatomy import other_side
from groundup.model.events import Stance
from groundup.model.signals import Trace
from groundup.plugin.not_computable import NotComputableError

_FLOOR_M_S, _BELT_M_S = 0.08, 0.2
"""A heel that stands on the floor seems to go no faster than the one; a belt carries both as fast as the other."""
_LEAST_SWING_M = 0.2
_LEAST_ADVANCE_M = 0.0
"""The foot rolls forward under the body; on a belt it is carried back by more."""


class Stepping:
    """Steps of one recording.

    Parameters
    ----------
    scene : WalkingScene
    """

    def __init__(self, scene: WalkingScene) -> None:
        self._scene = scene

    def step(self, stance: Stance) -> tuple[float, float]:
        """Length and width (m) of the step that ends with a stance; the length is NaN on a belt of unknown speed.

        Raises
        ------
        NotComputableError
            If neither markers nor plates saw both feet apart, or the direction is not known.
        """
        if math.isnan(stance.other_contact):
            raise NotComputableError("no sure contact of the other foot was seen right before")
        seen = self._seen(stance)
        return self._by_plates(stance) if seen is None else self._by_markers(stance, *seen)

    def _seen(self, stance: Stance) -> tuple[HeelPosition, HeelPosition, Way] | None:
        """Where both heels stood, and the way that this one swings; None where markers do not tell it."""
        mine, others = self._scene.heels.get(stance.side), self._scene.heels.get(other_side(stance.side))
        if mine is None or others is None:
            return None
        try:
            here, there = heel_position(mine, stance.t0), heel_position(others, stance.other_contact)
            # While the other foot lands and stands, this one swings forward: on a belt as overground.
            swing = here.place - at(mine, stance.other_contact)
        except NotComputableError:
            return None
        size = float(np.linalg.norm(swing))
        return (here, there, (float(swing[0]) / size, float(swing[1]) / size)) if size > _LEAST_SWING_M else None

    def _by_markers(self, stance: Stance, here: HeelPosition, there: HeelPosition, way: Way) -> tuple[float, float]:
        carried = [-float(foot.carried @ np.array(way)) for foot in (here, there)]
        belts = self._belts(stance, here, there)
        if belts is None:
            slow, fast = min(carried), max(carried)
            if slow < _BELT_M_S and fast > _FLOOR_M_S:
                raise NotComputableError(
                    f"the heels go back at {slow:.1f} and {fast:.1f} m/s while they stand, as on no floor and on no "
                    "belt: give its speed under [treadmill] in lab.toml"
                )
            belts = (carried[0], carried[1]) if slow >= _BELT_M_S else (0.0, 0.0)
        elif any(differs(a, b) for a, b in zip(carried, belts, strict=True)):
            raise NotComputableError(
                f"the heels go back at {carried[0]:.1f} and {carried[1]:.1f} m/s while they stand, and the belt is "
                f"told to go at {belts[0]:.1f} and {belts[1]:.1f} m/s: see [treadmill] in lab.toml"
            )
        return _length_and_width(here, there, stance.t0, way, belts)

    def _by_plates(self, stance: Stance) -> tuple[float, float]:
        other, ground = other_side(stance.side), self._scene.ground
        before = ground.stance_at(other, stance.other_contact)
        if before is None or not ground.on_plate(stance):
            raise NotComputableError(
                f"no force plate saw where the {SIDE_NAME[other]} foot stood before, and this one then"
            )
        if before.source == stance.source:
            raise NotComputableError("both feet stood on one plate, whose centre of pressure is that of both")
        way = direction_at(self._scene.walks, stance.t0, stance.t1)
        if way is None:
            raise NotComputableError("the direction of walking cannot be told from the force plates")
        paths = [ground.centre_path(foot) for foot in (stance, before)]
        here, there = (_mean(path) for path in paths)
        returns = ground.returns(stance) or any(advance(middle(path), way) < _LEAST_ADVANCE_M for path in paths)
        belts = self._belts(stance, here, there)
        if belts is None:
            length, width = _length_and_width(here, there, stance.t0, way, (0.0, 0.0))
            return (math.nan if returns else length), width
        if not returns and min(belts) > _FLOOR_M_S:
            raise NotComputableError(
                "the feet are not carried back, and the belt is told to go: an overground trial has "
                '"its name" = 0 under [treadmill.trials] in lab.toml'
            )
        return _length_and_width(here, there, stance.t0, way, belts)

    def _belts(self, stance: Stance, here: HeelPosition, there: HeelPosition) -> tuple[float, float] | None:
        """How fast (m/s) the belts under both feet go, from where each stood to the contact; None where none goes."""
        ahead = replace(stance, t1=here.time)
        behind = replace(stance, t0=there.time, t1=stance.t0, side=other_side(stance.side))
        gone = [belt_distance(self._scene.signals, self._scene.treadmill, one) for one in (ahead, behind)]
        if gone[0] is None and gone[1] is None:
            return None
        one, other = ((way or 0.0) / (s.t1 - s.t0) for way, s in zip(gone, (ahead, behind), strict=True))
        return one, other


def _length_and_width(
    here: HeelPosition, there: HeelPosition, contact: float, way: Way, belts: tuple[float, float]
) -> tuple[float, float]:
    """Length and width between both feet at the contact: where each stood, and what its belt carries it until then."""
    x, y = here.place - there.place
    forward = x * way[0] + y * way[1] + belts[0] * (here.time - contact) + belts[1] * (contact - there.time)
    # Left of a person who walks along (x, y), with z up, is (-y, x).
    left = y * way[0] - x * way[1]
    # What is finer than a hundredth of a millimetre comes of the direction, which every step changes a little.
    return round(float(forward), 5), round(abs(float(left)), 5)


def _mean(path: Trace) -> HeelPosition:
    known = np.isfinite(path.values).all(axis=1)
    if not known.any():
        raise NotComputableError("the plates have no centre of pressure")
    return HeelPosition(path.values[known].mean(axis=0), float(path.time[known].mean()), np.full(2, np.nan))
