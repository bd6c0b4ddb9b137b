"""The two ways to walk: what the strategies of the virtual walker differ in.

Timing of the bursts after Perry & Burnfield (*Gait Analysis*, 2010) and Winter (1991), rounded; amplitudes are of the
order surface EMG has in walking.
"""

from dataclasses import dataclass
from typing import Literal

StrategyName = Literal["ground_up", "proximal"]


@dataclass(frozen=True)
class Burst:
    """One burst of activity in a stride: where its middle is, its width (SD), and its height.

    `at` and `width` are fractions of the stride from initial contact on; `height` is 1 for the muscle's usual peak.
    """

    at: float
    width: float
    height: float


@dataclass(frozen=True)
class Drive:
    """How one muscle is driven through the stride.

    Attributes
    ----------
    volts : float
        RMS of the EMG at activation 1.
    bursts : tuple of Burst
    tone : float
        Activation that never ends.
    """

    volts: float
    bursts: tuple[Burst, ...]
    tone: float


@dataclass(frozen=True)
class LegStyle:
    """How the legs move; with the forces of the ground, it decides which joint does how much of the work.

    Attributes
    ----------
    hips_high_m, hips_forward_m : float
        Mean place of the hips over the belt, and before its middle.
    pelvis_turns : float
        About the vertical, to either side, rad.
    toe_up : float
        At contact, rad.
    flat_at, heel_rises_at : float
        Shares of the stance.
    heel_up : float
        At foot off, rad: how far the push-off of the ankle goes.
    swing_thigh, swing_shank : float
        How far forward, and backward, they are carried in the middle of swing, rad.
    """

    hips_high_m: float
    hips_forward_m: float
    pelvis_turns: float
    toe_up: float
    flat_at: float
    heel_rises_at: float
    heel_up: float
    swing_thigh: float
    swing_shank: float


@dataclass(frozen=True)
class Strategy:
    """One way to walk.

    Attributes
    ----------
    loss_db : tuple of 5 float
        What the impact wave loses from each segment to the next, foot to head, in dB.
    peaks : pair of float
        Of the vertical ground reaction force, in body weights.
    braking : float
        Greatest backward force, in body weights.
    legs : LegStyle
    drives : dict of muscle to Drive
    """

    loss_db: tuple[float, float, float, float, float]
    peaks: tuple[float, float]
    braking: float
    legs: LegStyle
    drives: dict[str, Drive]


_GROUND_UP = {
    "tibialis_anterior": Drive(150e-6, (Burst(0.02, 0.045, 1.0), Burst(0.72, 0.09, 0.55)), 0.03),
    "soleus": Drive(120e-6, (Burst(0.42, 0.085, 1.0),), 0.03),
    "gastrocnemius_medialis": Drive(130e-6, (Burst(0.40, 0.085, 1.0),), 0.03),
    "vastus_lateralis": Drive(90e-6, (Burst(0.07, 0.06, 1.0),), 0.03),
    "rectus_femoris": Drive(60e-6, (Burst(0.06, 0.06, 1.0), Burst(0.62, 0.05, 0.5)), 0.03),
    "biceps_femoris": Drive(100e-6, (Burst(0.94, 0.06, 1.0),), 0.03),
    "gluteus_medius": Drive(90e-6, (Burst(0.10, 0.06, 1.0), Burst(0.31, 0.07, 0.45)), 0.03),
    "gluteus_maximus": Drive(80e-6, (Burst(0.06, 0.06, 1.0), Burst(0.93, 0.05, 0.4)), 0.03),
}

# Glutes twice as strong, earlier by 6 % of the stride and for longer; tone everywhere; calf and shin at once.
_PROXIMAL = {
    "tibialis_anterior": Drive(150e-6, (*_GROUND_UP["tibialis_anterior"].bursts, Burst(0.42, 0.08, 0.5)), 0.10),
    "soleus": Drive(120e-6, (*_GROUND_UP["soleus"].bursts, Burst(0.05, 0.06, 0.4)), 0.10),
    "gastrocnemius_medialis": Drive(
        130e-6, (*_GROUND_UP["gastrocnemius_medialis"].bursts, Burst(0.05, 0.06, 0.4)), 0.10
    ),
    "vastus_lateralis": Drive(90e-6, _GROUND_UP["vastus_lateralis"].bursts, 0.10),
    "rectus_femoris": Drive(60e-6, _GROUND_UP["rectus_femoris"].bursts, 0.10),
    "biceps_femoris": Drive(100e-6, (*_GROUND_UP["biceps_femoris"].bursts, Burst(0.10, 0.07, 0.5)), 0.10),
    "gluteus_medius": Drive(90e-6, (Burst(0.04, 0.11, 2.0), Burst(0.25, 0.11, 0.9)), 0.45),
    "gluteus_maximus": Drive(80e-6, (Burst(0.00, 0.11, 2.0), Burst(0.87, 0.09, 0.8)), 0.45),
}

_EASY = LegStyle(
    hips_high_m=0.890, hips_forward_m=-0.0077, pelvis_turns=0.16, toe_up=0.345, flat_at=0.275, heel_rises_at=0.66,
    heel_up=0.732, swing_thigh=0.438, swing_shank=0.532,
)  # fmt: skip
_FROM_THE_HIP = LegStyle(
    hips_high_m=0.879, hips_forward_m=-0.027, pelvis_turns=0.153, toe_up=0.407, flat_at=0.299, heel_rises_at=0.743,
    heel_up=0.662, swing_thigh=0.416, swing_shank=0.43,
)  # fmt: skip

STRATEGIES: dict[StrategyName, Strategy] = {
    # Three quarters of the load wave are lost between foot and pelvis; the ankle pushes off.
    "ground_up": Strategy(
        loss_db=(5.0, 4.0, 3.0, 2.0, 2.0), peaks=(1.10, 1.13), braking=0.14, legs=_EASY, drives=_GROUND_UP
    ),
    # The same wave goes up stiff legs, and is lost in back and neck; the heel rises late, and the hip does the work.
    "proximal": Strategy(
        loss_db=(1.5, 1.5, 1.5, 4.0, 3.5), peaks=(1.15, 1.05), braking=0.14, legs=_FROM_THE_HIP, drives=_PROXIMAL
    ),
}
"""The walkers one can ask for."""
