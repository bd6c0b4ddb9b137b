"""Whether the belt can go as fast as it is told to: a foot that stands on it is carried back by it.

A marker on the heel tells the speed of the belt well. The centre of pressure tells it badly: it rolls forward under the
foot, by less than the foot is long. So plates alone notice a wrong unit, and not a speed that is a fifth wrong.
"""

from dataclasses import replace

import numpy as np

from groundup.analysis.gait.belt import belt_distance
from groundup.analysis.gait.heel_markers import heel_position
from groundup.analysis.gait.walking_bouts import direction_at
from groundup.analysis.gait.walking_scene import WalkingScene
from groundup.model.events import Stride
from groundup.model.signals import Trace
from groundup.plugin.not_computable import NotComputableError

_OTHER_M_S, _OTHER_SHARE = 0.05, 0.05
"""By which a heel that stands may seem faster or slower than its belt: markers gave 1.08 to 1.10 m/s for one belt."""
_ROLLS_M = (-0.08, 0.28)
"""How far the centre of pressure rolls forward under a foot in the middle half of its stance: 0.04 to 0.15 m seen."""
Way = tuple[float, float]
"""Forward: a unit vector, x and y."""


class BeltSpeedCheck:
    """Holds what is told of a belt against the feet that stand on it.

    Parameters
    ----------
    scene : WalkingScene
    """

    def __init__(self, scene: WalkingScene) -> None:
        self._scene = scene

    def check(self, stride: Stride) -> None:
        """Compare the foot of one stride with its belt; where nothing saw the foot stand, there is nothing to compare.

        Raises
        ------
        NotComputableError
            If the foot is carried back as by no belt of that speed.
        """
        if stride.side in self._scene.heels:
            self._by_heel(stride)
        else:
            self._by_plate(stride)

    def _by_heel(self, stride: Stride) -> None:
        try:
            foot = heel_position(self._scene.heels[stride.side], stride.t0)
        except NotComputableError:
            return
        declared = self._gone(stride, stride.t0, foot.time) / (foot.time - stride.t0)
        carried = float(np.linalg.norm(foot.carried))
        if differs(carried, declared):
            raise NotComputableError(
                f"the heel goes back at {carried:.1f} m/s while it stands, and the belt is told to go at "
                f"{declared:.1f} m/s: see [treadmill] in lab.toml"
            )

    def _by_plate(self, stride: Stride) -> None:
        stance = self._scene.ground.stance_at(stride.side, stride.t0)
        way = direction_at(self._scene.walks, stride.t0, stride.t1)
        if stance is None or way is None or not self._scene.ground.on_plate(stance):
            return
        try:
            path = self._scene.ground.centre_path(stance)
        except NotComputableError:
            return
        part = middle(path)
        if not np.isfinite(part.values).all():
            return
        declared, back = self._gone(stride, float(part.time[0]), float(part.time[-1])), -advance(part, way)
        if not _ROLLS_M[0] < declared - back < _ROLLS_M[1]:
            raise NotComputableError(
                f"the centre of pressure goes {back:.2f} m back in the middle of the stance, and the belt is told to "
                f"go {declared:.2f} m meanwhile: a foot between them is not as long. See [treadmill] in lab.toml"
            )

    def _gone(self, stride: Stride, t0: float, t1: float) -> float:
        """How far (m) the belt under the foot goes."""
        return belt_distance(self._scene.signals, self._scene.treadmill, replace(stride, t0=t0, t1=t1)) or 0.0


def differs(carried: float, declared: float) -> bool:
    """Whether a heel that is carried back at one speed (m/s) can stand on no belt of the other."""
    return abs(carried - declared) > _OTHER_M_S + _OTHER_SHARE * declared


def middle(path: Trace) -> Trace:
    """The middle half of a stance."""
    part = slice(len(path.time) // 4, len(path.time) - len(path.time) // 4)
    return replace(path, time=path.time[part], values=path.values[part])


def advance(path: Trace, way: Way) -> float:
    """How far (m) the centre of pressure goes forward from the beginning of a path to its end."""
    return float((path.values[-1] - path.values[0]) @ np.array(way))
