"""Made legs whose joint angles are known, with an IMU strapped anyhow onto thigh, shank and foot."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from groundup.plugin import Channel, Gait, Signal, Stance, Stride, Subject

RATE, STRIDE_S, GRAVITY = 100.0, 1.1, 9.81
_STEP_S = 0.8  # in which walking begins, and ends
SITES = ("thigh", "shank", "foot")
_H = 1e-3
_LENGTH = {"thigh": 0.42, "shank": 0.43}
_PLACE = {"thigh": (0.06, 0.04, -0.25), "shank": (0.05, 0.03, -0.2), "foot": (0.10, 0.0, -0.06)}


# Mean, cosines and sines (deg) over the stride from contact: ten strides of the person on the split-belt treadmill.
_WALK = {
    "thigh": (-8.0, [-17.51, 4.08, 0.79, 0.17, 0.26, -0.13, 0.07], [3.90, 1.39, -1.98, -0.31, -0.55, -0.14, -0.04]),
    "shank": (14.0, [-21.58, -11.67, -0.71, -0.61, -0.30, 0.23, 0.03], [-17.58, 7.63, 3.64, 0.89, 1.01, 0.43, 0.18]),
    "foot": (10.0, [-16.92, -15.67, 2.31, -2.22, -0.60, 0.26, -0.56], [-21.63, 11.86, 4.84, 0.21, 2.17, 0.11, 0.29]),
}


def _smooth(share):
    """From 0 to 1, with neither a step in speed nor in acceleration."""
    one = np.clip(share, 0.0, 1.0)
    return one * one * one * (10.0 - 15.0 * one + 6.0 * one * one)


def _travelled(share):
    """The integral of `_smooth`."""
    one = np.clip(share, 0.0, 1.0)
    return one**4 * (2.5 - 3.0 * one + one * one) + np.maximum(share - 1.0, 0.0)


@dataclass(frozen=True)
class Leg:
    """A leg that stands, walks straight on and stands again.

    ``stands_s`` before, ``rests_s`` after; ``sideways`` and ``axial``: how far the segments turn so, too (deg);
    ``slip``: from when on, which sensor, turned how (rotation vector, deg).
    """

    side: str = "L"
    stands_s: float = 4.0
    walks_s: float = 12.0
    rests_s: float = 3.0
    sideways: float = 0.0
    axial: float = 0.0
    seed: int = 0
    noise: float = 0.0
    bias: float = 0.0
    slip: tuple = ()
    seated: bool = False
    backwards: bool = False
    rate: float = RATE
    heading: float = 0.7
    mounts: dict = field(default_factory=dict, hash=False, compare=False)

    @property
    def ends(self):
        return self.stands_s + self.walks_s + self.rests_s

    def walking(self, time):
        """0 where it stands, 1 where it walks, smooth between."""
        one = np.minimum(time - self.stands_s, self.stands_s + self.walks_s - time)
        return _smooth(one / _STEP_S)

    def phase(self, time):
        """Of the stride, 0 at contact."""
        since = (time - self.stands_s) / STRIDE_S + (0.5 if self.side == "R" else 0.0)
        return -since if self.backwards else since

    def pitches(self, time):
        """Of thigh, shank and foot about the left axis, top to the front positive (deg); 0 in standing."""
        p, w = self.phase(time), self.walking(time)
        seat = -90.0 * _smooth((self.stands_s - time) / 1.5) if self.seated else 0.0
        turns = 2 * np.pi * np.outer(p, np.arange(1, 8))
        for site, (mean, a, b) in _WALK.items():
            yield w * (mean + np.cos(turns) @ a + np.sin(turns) @ b) + (seat if site == "thigh" else 0.0)

    def truth(self, joint, time):
        """Knee flexion or dorsiflexion, rad."""
        thigh, shank, foot = self.pitches(time)
        return np.radians(shank - thigh if joint == "knee" else shank - foot)

    def turns(self, time):
        """Rotations of thigh, shank and foot (segment to world)."""
        w, p = self.walking(time), self.phase(time)
        sideways = w * self.sideways * np.sin(2 * np.pi * p + 0.5)
        axial = w * self.axial * np.cos(2 * np.pi * p + 1.0)
        for pitch in self.pitches(time):
            turned = Rotation.from_euler("YXZ", np.column_stack([pitch, sideways, axial]), degrees=True)
            yield Rotation.from_euler("Z", self.heading) * turned

    def places(self, time, thigh, shank, foot):
        """Of the sensors (m), where the segments are turned so."""
        w, p = self.walking(time), self.phase(time)
        begins, ends = time - self.stands_s, time - self.stands_s - self.walks_s + _STEP_S
        forward = 1.2 * _STEP_S * (_travelled(begins / _STEP_S) - _travelled(ends / _STEP_S))
        hip = np.column_stack([forward, 0.02 * w * np.sin(2 * np.pi * p), 0.02 * w * np.cos(4 * np.pi * p) + 0.9])
        knee = hip - _LENGTH["thigh"] * thigh.apply([0.0, 0.0, 1.0])
        ankle = knee - _LENGTH["shank"] * shank.apply([0.0, 0.0, 1.0])
        return (
            hip + thigh.apply(_PLACE["thigh"]),
            knee + shank.apply(_PLACE["shank"]),
            ankle + foot.apply(_PLACE["foot"]),
        )

    def gait(self, signals):
        """The signals with the contacts of the leg."""
        first, last = self.stands_s + 1.0, self.stands_s + self.walks_s - 1.0
        shift = 0.5 if self.side == "R" else 0.0
        contacts = [self.stands_s + (n + shift) * STRIDE_S for n in range(-1, 100)]
        contacts = [t for t in contacts if first <= t and t + STRIDE_S <= last]
        stances = [Stance(t, t + 0.62 * STRIDE_S, self.side, "plate:1") for t in contacts]
        strides = [Stride(t, t + STRIDE_S, t + 0.62 * STRIDE_S, self.side, n) for n, t in enumerate(contacts)]
        return Gait(list(signals), stances, strides, Subject(mass_kg=70.0))


@lru_cache(maxsize=16)
def _felt(leg):
    """Acceleration with gravity and angular velocity of each sensor, in the axes of its segment."""
    time = np.arange(round(leg.ends * leg.rate)) / leg.rate
    turns = [tuple(leg.turns(time + step)) for step in (-_H, 0.0, _H)]
    before, now, after = (leg.places(time + step, *turned) for step, turned in zip((-_H, 0.0, _H), turns, strict=True))
    felt = {}
    for number, site in enumerate(SITES):
        acceleration = (after[number] - 2 * now[number] + before[number]) / _H**2 + [0.0, 0.0, GRAVITY]
        turning = (turns[0][number].inv() * turns[2][number]).as_rotvec() / (2 * _H)
        felt[site] = turns[1][number].inv().apply(acceleration), turning
    return time, felt


def imus(leg, unit="rad/s", said="rad/s", sites=SITES):
    """A stream of the leg's sensors, each mounted by chance; ``unit`` is what is sent, ``said`` what is told."""
    random = np.random.default_rng(leg.seed)
    time, felt = _felt(replace(leg, seed=0, noise=0.0, bias=0.0, slip=(), mounts={}))
    columns, channels = [], []
    for site in SITES:
        mount = leg.mounts.get(site) or Rotation.random(random_state=random.integers(1 << 31))
        parts = [mount.inv().apply(vectors) for vectors in felt[site]]
        if leg.slip and leg.slip[1] == site:
            moved = (Rotation.from_rotvec(leg.slip[2], degrees=True) * mount).inv()
            later = time[:, None] >= leg.slip[0]
            parts = [np.where(later, moved.apply(v), part) for v, part in zip(felt[site], parts, strict=True)]
        acc, gyr = parts
        gyr = gyr + leg.bias * random.normal(size=3) + leg.noise * 0.01 * random.normal(size=gyr.shape)
        acc = acc + leg.noise * 0.1 * random.normal(size=acc.shape)
        if site in sites:
            columns += [acc, np.degrees(gyr) if unit == "deg/s" else gyr]
            channels += [Channel(f"{site}_acc_{a}", "m/s^2", site, leg.side) for a in "xyz"]
            channels += [Channel(f"{site}_gyr_{a}", said, site, leg.side) for a in "xyz"]
    return Signal("imu", "imu", time, np.hstack(columns), tuple(channels), leg.rate)


def exchanged(signal, one, other):
    """The sensors of two segments, each said to be on the other."""
    names = {one: other, other: one}
    channels = tuple(replace(c, site=names.get(c.site, c.site)) for c in signal.channels)
    return replace(signal, channels=channels)
