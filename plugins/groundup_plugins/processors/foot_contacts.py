"""The foot-contacts processor: initial contacts and foot offs from an IMU on the foot."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from groundup.plugin import Floats, Processor, hookimpl
from groundup_plugins.processors.foot_rests import TURNING, rests
from groundup_plugins.processors.worn_contacts import Contacts, WornContacts
from groundup_plugins.processors.worn_imus import low_pass

_SURE, _DOUBTFUL = 0.8, 0.3
_SMOOTH_HZ = 12.0
_LONGEST_SWING_S = 2.5  # from rest to rest
_LEAST_LIFT = 0.35  # rad; how far the heel rises at least
_GREATEST_NET = 0.4  # rad, or of the lift; a foot comes down as flat as it was, but for the ground's slope
_NEAR_S = 0.4  # of a long rest, only so much next to the swing is looked at
_STILL_S = 0.15
_JOLT_S = 0.02
_STRONG = 0.25  # of the strongest jolt
_AGREE_S = 0.15  # between the jolt of the ground and the turn it stops


@dataclass(frozen=True)
class Swing:
    """What one foot does between two rests on the ground, in samples.

    Attributes
    ----------
    begins, ends : int
        When the foot is stillest in the rest before and in the rest after it.
    off, contact : int
    rest : int
        Number of the rest before it.
    sure : bool
        Whether the foot lifted its heel and came down flat; a pivot or a shuffle does not.
    """

    begins: int
    off: int
    contact: int
    ends: int
    rest: int
    sure: bool


class FootContacts(WornContacts):
    """IC and FO from how the foot turns about its left-right axis.

    That axis is found as the one it turns about most, its sense from the heel, which rises first after the foot has
    rested: the sensor may be mounted in any way. Foot off is when the foot is turned down farthest; initial contact is
    when the ground jolts it, in acceleration and turning alike, nearest to where its turn is braked after the toe was
    highest. Against markers both have a constant bias of 10 to 20 ms, which is not taken off: it depends on the shoe
    and on what is called contact. Where the foot moves and does not step, as in a turn, or is jolted several times away
    from where it is braked, the contact is doubtful: no stride is cut across it.
    """

    name = "foot_contacts"
    segment = "foot"

    def swings(self, acceleration: Floats, turning: Floats, rate: float) -> Contacts:
        """The swings of a foot; one that is no step, or comes down with several jolts, is doubtful."""
        for swing in find_swings(acceleration, turning, rate):
            yield swing.off, swing.contact, _SURE if swing.sure else _DOUBTFUL


def find_swings(acceleration: Floats, turning: Floats, rate: float) -> list[Swing]:
    """The swings of one foot.

    Parameters
    ----------
    acceleration, turning : ndarray, shape (n, 3)
        Acceleration with gravity in it, m/s²; angular velocity, rad/s.
    rate : float
        Hz.
    """
    speed = np.linalg.norm(turning, axis=1)
    fast = turning[speed > TURNING]
    if len(fast) < rate * _STILL_S:
        return []
    # About which axis the foot turns most; about which sense, the heels that rise will say.
    axis = np.linalg.eigh(fast.T @ fast)[1][:, -1]
    pitch = low_pass(turning @ axis, _SMOOTH_HZ, rate)
    near, energy = round(_NEAR_S * rate), uniform_filter1d(speed**2, max(1, round(_STILL_S * rate)))

    def stillest(start: int, stop: int) -> int:
        return start + int(np.argmin(energy[start:stop]))

    parts = []
    for rest, ((a0, a1), (b0, b1)) in enumerate(pairwise(rests(speed, rate))):
        a, b = stillest(max(a0, a1 - near), a1), stillest(b0, min(b1, b0 + near))
        if (b - a) / rate > _LONGEST_SWING_S:
            continue
        angle = np.cumsum(pitch[a:b]) / rate
        net = float(angle[-1])
        angle = angle - np.linspace(0.0, net, len(angle))
        greatest = float(angle[np.argmax(np.abs(angle))])
        stepped = abs(greatest) >= _LEAST_LIFT and abs(net) <= _GREATEST_NET * max(1.0, abs(greatest))
        parts.append((rest, a, b, angle, greatest if stepped else 0.0))
    down = -np.sign(sum(greatest for *_, greatest in parts))
    if down == 0.0:
        return []
    jolts = _jolts(acceleration, turning)
    return [
        _swing(rest, a, b, down * angle, down * pitch[a:b], jolts[:, a:b], rate, down * greatest < 0)
        for rest, a, b, angle, greatest in parts
    ]


def _swing(rest: int, a: int, b: int, angle: Floats, pitch: Floats, jolts: Floats, rate: float, lifted: bool) -> Swing:
    """Foot off and contact in a swing, whose angle is negative while the heel is higher than the toe."""
    off = int(np.argmin(angle[:-1]))
    toe_up = off + int(np.argmax(angle[off:]))
    slapped = toe_up + int(np.argmin(pitch[toe_up : toe_up + max(2, round(0.2 * rate))]))
    braking = np.diff(pitch[toe_up : slapped + 2])
    braked = toe_up + (int(np.argmin(braking)) if len(braking) else 0)
    landed, clear = _landing(jolts, (2 * off + braked) // 3, braked, rate)
    return Swing(a, a + off, a + landed, b, rest, lifted and clear)


def _jolts(acceleration: Floats, turning: Floats) -> Floats:
    """How much acceleration and turning change from each sample to the next, squared; shape (2, n)."""
    return np.stack([(np.diff(v, axis=0, append=v[-1:]) ** 2).sum(axis=1) for v in (acceleration, turning)])


def _landing(jolts: Floats, first: int, braked: int, rate: float) -> tuple[int, bool]:
    """The strong jolt, of acceleration and turning alike, that is nearest to where the turn was braked.

    Where none is near, as on stairs, it is the first; and if there are several, it is not clear which: the second says.
    """
    within = jolts[:, first:]
    jolt = gaussian_filter1d(
        (within / np.maximum(within.max(axis=1, keepdims=True), 1e-12)).sum(axis=0), _JOLT_S * rate
    )
    strong = first - 1 + find_peaks(np.concatenate([[0.0], jolt, [0.0]]), height=_STRONG * jolt.max())[0]
    if len(strong) == 0:
        return braked, True
    nearest = int(strong[np.argmin(np.abs(strong - braked))])
    if abs(nearest - braked) <= _AGREE_S * rate:
        return nearest, True
    return int(strong[0]), len(strong) == 1


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The foot-contacts processor."""
    return [FootContacts]
