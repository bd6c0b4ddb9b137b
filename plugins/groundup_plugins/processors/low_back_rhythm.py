"""Which steps at the low back are walked in a rhythm, so that a stride between them can be taken for sure."""

from collections.abc import Callable
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats
from groundup_plugins.processors.low_back_steps import LONGEST_STEP_S, Steps
from groundup_plugins.processors.pelvis_movement import PelvisMovement

_LEAST_SHARE = 0.25  # of a stride, that a step lasts
_LEAST_PUSH = 0.3  # of that of the other step of a stride
_NEXT = 0.2  # a stride differs from the one half a stride before or after by less, as a share of it
_MOST_TURNED = np.radians(60.0)  # in a stride
_LIKE, _LIKE_ALONE = 0.3, 0.5  # least correlation of the movement around a stride's contacts; without a gyroscope
_MOVED = 0.08  # of a stride: if the movements are alike with such a lag, one of the contacts is not where it seems
_LAGS = np.linspace(-0.15, 0.15, 13)  # of a stride: where such a lag is looked for
_LEAST_CONTACTS = 4


Alike = Callable[[float, float], bool]
"""Whether the pelvis moves about two contacts in the same way."""


def rhythmic(steps: Steps, moved: PelvisMovement, longest_s: float, alike: Alike) -> list[Steps]:
    """The steps in rows of at least four contacts, each pair of which that are two steps apart is a sure stride.

    A missed or a double step, a turn, a pause and a stumble end a row.
    """
    rows = []
    for sure, group in groupby(enumerate(_sure(steps, moved, longest_s, alike)), key=lambda item: item[1]):
        numbers = [number for number, _ in group]
        if sure and len(numbers) + 2 >= _LEAST_CONTACTS:
            rows.append(steps.part(numbers[0], numbers[-1] + 3))
    return rows


def _sure(steps: Steps, moved: PelvisMovement, longest_s: float, alike: Alike) -> list[bool]:
    """For each contact, whether a sure stride begins there."""
    count = max(len(steps.at) - 2, 0)
    lasts = steps.at[2:] - steps.at[:-2]
    whole = [lasts[k] <= longest_s * moved.rate and _whole(steps, k, moved) for k in range(count)]
    regular = [
        whole[k] and any(abs(lasts[j] / lasts[k] - 1.0) <= _NEXT for j in (k - 1, k + 1) if 0 <= j < count and whole[j])
        for k in range(count)
    ]
    return [regular[k] and alike(float(steps.at[k]), float(steps.at[k + 2])) for k in range(count)]


def _whole(steps: Steps, k: int, moved: PelvisMovement) -> bool:
    """Whether two steps to opposite sides, neither of them missed nor counted twice, and hardly a turn."""
    if max(np.diff(steps.at[k : k + 3])) >= LONGEST_STEP_S * moved.rate:
        return False
    one, other = float(steps.pushes[k]), float(steps.pushes[k + 1])
    if one * other >= 0 or min(abs(one), abs(other)) < _LEAST_PUSH * max(abs(one), abs(other)):
        return False
    share = (steps.at[k + 1] - steps.at[k]) / (steps.at[k + 2] - steps.at[k])
    if not _LEAST_SHARE <= share <= 1.0 - _LEAST_SHARE:
        return False
    turned = moved.yaw[int(steps.at[k]) : int(steps.at[k + 2])].sum() / moved.rate
    return bool(abs(turned) <= _MOST_TURNED)


def moves_alike(moved: PelvisMovement, one: float, other: float) -> bool:
    """Whether the pelvis moves about both contacts of a stride in the same way, and most so without a lag."""
    half = round((other - one) / 2)
    lags = np.round(_LAGS * (other - one)).astype(int)
    first, second = round(one), round(other)
    before = min(half, first, second + int(lags[0]))
    after = min(half, len(moved.vertical) - second - int(lags[-1]))
    if before + after < half or _likeness(moved.parts, first, np.array([second]), before, after)[0] < 0.0:
        return False  # where it is opposite, it is half of a slow stride: the pelvis leans and turns to the other side
    like = _likeness(moved.quick_parts, first, second + lags, before, after)
    least = _LIKE if len(moved.yaw) else _LIKE_ALONE
    return bool(like[len(lags) // 2] >= least and abs(_LAGS[like.argmax()]) <= _MOVED)


def _likeness(parts: tuple[Floats, ...], one: int, others: NDArray[np.intp], before: int, after: int) -> Floats:
    """Correlation of one stretch with each of others, the mean of that of acceleration and that of turning.

    Any mount of the sensor gives the same.
    """
    around = np.arange(-before, after)
    found = []
    for part in parts:
        a, b = _about_mean(part[one + around][None]), _about_mean(part[others[:, None] + around])
        size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        found.append((b @ a[0]) / np.maximum(size, 1e-12))
    mean: Floats = np.mean(found, axis=0)
    return mean


def _about_mean(stretches: Floats) -> Floats:
    """Stretches of shape (m, n, axes) without their means, each in a row."""
    values: Floats = (stretches - stretches.mean(axis=1, keepdims=True)).reshape(len(stretches), -1)
    return values
