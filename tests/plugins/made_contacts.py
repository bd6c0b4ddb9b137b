"""Walks over force plates that are made: where each foot stands is known, and so what a plate feels of it.

A foot is three patches (heel, ball, toes) that share its load so that their common centre is the centre of pressure of
a rolling foot. Each patch is spread over an area: what lies beside a plate, the plate does not feel. So a foot beside
a plate, one across two, and two feet on one plate come out of the mechanics, whatever they look like.

A crutch is one small patch that stands where it was set down; what it carries, the other leg does not.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Channel, Event, Plate, Signal

Floats = NDArray[np.float64]
GRAVITY = 9.81
RATE, MARKER_RATE = 500.0, 100.0
_AT = np.array([0.13, 0.70, 0.92])  # heel, ball and toes along the foot, as shares of its length
_LONG = np.array([0.09, 0.09, 0.05])  # half lengths
_WIDE = np.array([0.09, 0.17, 0.15])  # half widths
_POINTS = np.stack(np.meshgrid(np.linspace(-0.9, 0.9, 9), np.linspace(-0.9, 0.9, 9)), axis=-1).reshape(-1, 2)
_DISC = _POINTS[(_POINTS**2).sum(axis=1) <= 1.0]


@dataclass(frozen=True)
class MadeStance:
    """One foot on the ground: when, on which side, where its heel ends (m) and which way it points (rad)."""

    t0: float
    t1: float
    side: str
    heel: Floats
    heading: float
    crutch: bool = False


@dataclass
class Person:
    """Who walks, and how; `belt` is the speed of the ground (m/s), backwards.

    `held` is the share of the weight that a cane, a rail or a harness carries while the left and the right leg stand,
    `crutch` the side on which the part taken off the other leg goes to the ground.
    """

    mass: float
    foot: float
    stride_s: float
    duty: float
    step: float
    width: float
    limp: float
    first: float
    second: float
    toe_out: float
    belt: float = 0.0
    held: tuple[float, float] = (0.0, 0.0)
    crutch: str = ""


@dataclass
class MadeWalk:
    """What was recorded, and what is true of each contact."""

    person: Person
    forces: list[Signal]
    stances: list[MadeStance]
    markers: Signal
    file: list[Event]
    sensors: list[Event]
    felt: list[dict[int, Floats]] = field(default_factory=list)  # by plate: vertical force of each stance

    def truth(self, source: str, t0: float, t1: float) -> str:
        """``whole``, ``bad``, or ``between`` where a little is missing or added."""
        own, other, late = self.detail_of(source, t0, t1)
        if own < 0.95 or other > 0.05:
            return "bad"
        # Of a child 50 N, by which a foot is on a belt, are a quarter of the weight.
        most = 0.04 if self.person.belt else max(0.02, 0.03 * (t1 - t0))
        return "whole" if own >= 0.99 and other <= 0.01 and late <= most else "between"

    def detail_of(self, source: str, t0: float, t1: float) -> tuple[float, float, float]:
        """Share of the foot's impulse that its plate felt, share that is of other feet, and error of the times (s)."""
        number = int(source.removeprefix("plate:")) - 1
        time = self.forces[number].time
        inside = (time >= t0) & (time <= t1)
        on = {k: float(f[inside].sum()) / RATE for k, f in self.felt[number].items()}
        main = max(on, key=lambda k: on[k])
        stance, total = self.stances[main], sum(on.values())
        whole = float(vertical(self.person, stance, time).sum()) / RATE
        own, other = on[main] / whole, 1.0 - on[main] / total
        if stance.crutch:
            own = 0.0
        late = max(abs(stance.t0 - t0), abs(stance.t1 - t1))
        return own, other, late


def person(random: np.random.Generator, kind: str) -> Person:
    """Somebody: a child or an adult, slow or fast, with or without a limp; who runs, where the kind says so."""
    height = random.uniform(1.2, 1.95)
    run = kind == "run"
    stride = random.uniform(0.62, 0.8) if run else random.uniform(0.9, 1.5)
    duty = random.uniform(0.3, 0.42) if run else 0.56 + 0.09 * (stride - 0.8) / 0.7 + random.uniform(0, 0.05)
    speed = random.uniform(2.2, 4.0) if run else height * random.uniform(0.75, 0.95) / stride
    if kind == "slow":
        stride = random.uniform(1.6, 3.6)
        duty = min(0.66 + 0.05 * (stride - 1.6) + random.uniform(-0.02, 0.03), 0.78)
        speed = height * random.uniform(0.3, 0.7) / stride
    belt = speed if kind in ("belts", "run") else 0.0
    slow = np.clip((stride - 0.9) / 0.6, 0, 1)
    less = float(random.uniform(0.2, 0.5)) if kind in ("cane", "crutch", "harness") else 0.0
    worse = int(random.integers(2)) if kind in ("cane", "crutch", "lame") else 0
    return Person(
        mass=float(22 * height**2 * random.uniform(0.8, 1.3)),
        foot=0.152 * height + 0.01,
        stride_s=float(stride),
        duty=float(duty),
        step=float(speed * stride / 2),
        width=float(random.uniform(0.05, 0.2)),
        limp=float((0.2 if worse else -0.2) if kind == "lame" else random.choice([0.0, random.normal() * 0.05])),
        first=float(1.3 - 0.25 * slow + random.normal() * 0.06),
        second=float(1.22 - 0.17 * slow + random.normal() * 0.06),
        toe_out=float(random.uniform(0.0, 0.25)),
        belt=float(belt),
        held=(less, less) if kind == "harness" else ((0.0, less) if worse else (less, 0.0)),
        crutch=("L" if worse else "R") if kind == "crutch" else "",
    )


def vertical(who: Person, stance: MadeStance, time: Floats) -> Floats:
    """Vertical force (N) under one foot: two humps in walking, one in running, carrying the body over its time."""
    s = (time - stance.t0) / (stance.t1 - stance.t0)
    inside = (s > 0) & (s < 1)
    grid = np.linspace(0, 1, 400)
    shape = _shape(who, s[inside])
    carries = who.mass * GRAVITY * who.stride_s / 2 * (1 + (0.6 * who.limp if stance.side == "L" else -0.6 * who.limp))
    force = np.zeros(len(time))
    held = who.held["LR".index(stance.side)]
    if stance.crutch:
        held = 1.0 - who.held["RL".index(stance.side)]
        shape, grid_shape = np.sin(np.pi * s[inside]) ** 0.6, np.sin(np.pi * grid) ** 0.6
    else:
        grid_shape = _shape(who, grid)
    force[inside] = shape * carries * (1.0 - held) / (float(grid_shape.mean()) * (stance.t1 - stance.t0))
    return force


def _shape(who: Person, s: Floats) -> Floats:
    if who.duty < 0.5:
        return np.sin(np.pi * s) ** 0.8 + 0.25 * np.exp(-(((s - 0.12) / 0.05) ** 2)) * np.sin(np.pi * s)
    humps = who.first * np.exp(-(((s - 0.23) / 0.14) ** 2)) + who.second * np.exp(-(((s - 0.77) / 0.13) ** 2))
    valley = 0.72 * np.exp(-(((s - 0.5) / 0.2) ** 4))
    brisk = min(1.0, 0.7 / (who.stride_s * who.duty)) if who.stride_s > 1.5 else 1.0  # the heel lands no slower
    ends = np.minimum(1, s / (0.12 * brisk)) * np.minimum(1, (1 - s) / (0.1 * brisk))
    return np.asarray(ends * np.maximum(humps, 0.0) + ends * valley * (1 - np.minimum(1, humps)))


def _shares(who: Person, s: Floats) -> Floats:
    """Load of heel, ball and toes, shape (n, 3), as shares."""
    run = who.duty < 0.5
    way = [0.15, 0.4, 0.65, 0.8, 0.92] if run else [0.1, 0.25, 0.5, 0.75, 0.93]
    centre = np.clip(np.interp(s, [0.0, 0.12, 0.5, 0.85, 1.0], way), _AT[0], _AT[2])
    early = np.clip((_AT[1] - centre) / (_AT[1] - _AT[0]), 0, 1)
    late = np.clip((centre - _AT[1]) / (_AT[2] - _AT[1]), 0, 1)
    return np.column_stack([early, 1 - early - late, late])


def steps(random: np.random.Generator, who: Person, count: int, begin: Floats, way: float) -> list[MadeStance]:
    """Stances in a row from `begin` (m), in direction `way` (rad)."""
    forward, left = np.array([np.cos(way), np.sin(way)]), np.array([-np.sin(way), np.cos(way)])
    time, found, first = 0.4, [], int(random.integers(2))
    along = 0.0
    for n in range(count):
        side = "LR"[(n + first) % 2]
        outward = 1.0 if side == "L" else -1.0
        last = who.stride_s * who.duty * (1 + (who.limp if side == "L" else -who.limp)) * (1 + 0.015 * random.normal())
        across = outward * who.width / 2 + 0.012 * random.normal()
        heel = begin + forward * (along + 0.015 * random.normal()) + left * across
        found.append(MadeStance(time, time + last, side, heel, way + outward * who.toe_out))
        if who.crutch and who.crutch != side:
            tip = begin + forward * (along + who.foot * 0.6) - left * outward * (who.width + random.uniform(0.15, 0.3))
            begins = time + random.uniform(-0.1, 0.1) * last
            found.append(
                MadeStance(begins, begins + last * random.uniform(0.8, 1.0), who.crutch, tip, way, crutch=True)
            )
        # Both feet stand together for as long after the one as after the other.
        half = 0.5 + who.duty * (who.limp if side == "L" else -who.limp)
        time += who.stride_s * half * (1 + 0.02 * random.normal())
        along += who.step if not who.belt else 0.0
    return found


def layouts(random: np.random.Generator, kind: str) -> list[tuple[float, float, float, float]]:
    """Plates as (x0, x1, y0, y1) in m; people walk along x."""
    if kind == "belts":
        return [(-1.0, 1.0, 0.002, 0.6), (-1.0, 1.0, -0.6, -0.002)]
    if kind == "run":
        return [(-1.0, 1.0, -0.5, 0.5)]
    long, wide = ((0.464, 0.508), (0.508, 0.464), (0.6, 0.4), (0.9, 0.6))[int(random.integers(4))]
    gap = float(random.choice([0.003, 0.07]))
    count = {"one": 1, "two": 2}.get(kind, 5)
    skew = float(random.choice([0.0, random.uniform(-0.2, 0.2)]))
    return [(n * (long + gap), n * (long + gap) + long, n * skew - wide / 2, n * skew + wide / 2) for n in range(count)]


def made_walk(seed: int, kind: str) -> MadeWalk:
    """A walk over one, two or many plates, on two belts, or a run on one.

    Parameters
    ----------
    seed : int
    kind : {"one", "two", "many", "belts", "run", "aside", "slow", "lame", "cane", "crutch", "harness"}
        Those from ``aside`` on are walks over five plates: along their border, slowly, with a severe limp, and with one
        leg or both relieved.
    """
    random = np.random.default_rng([seed, 77])
    who, plates = person(random, kind), layouts(random, kind)
    middle = sum(p[3] + p[2] for p in plates) / (2 * len(plates))
    if kind == "belts":
        who.width += 0.08
    elif len(plates) > 1 and random.random() < 0.5:  # a laboratory sets its plates, or the start, for the person
        who.step = (plates[1][0] - plates[0][0]) * random.uniform(0.93, 1.07)
        middle -= (plates[0][3] - plates[1][3]) / 2 * 0.5
    if who.belt:
        begin = np.array([0.3, random.normal() * 0.02])
        count, way = 24, 0.0
    else:
        aimed = (plates[0][1] - plates[0][0] - who.foot) / 2 - 2 * who.step
        along = aimed + 0.04 * random.normal() if random.random() < 0.5 else random.uniform(-2, -1) * who.step
        begin = np.array([along, middle + 0.07 * random.normal()])
        if kind == "aside":  # the middle of the outer feet from 1 cm beside the border to 7 cm inside
            way_out, (low, high) = random.choice([-1.0, 1.0]), plates[0][2:]
            begin[1] = (high if way_out > 0 else low) - way_out * (random.uniform(-0.01, 0.07) + who.width / 2)
        count, way = int(4 + (plates[-1][1] + 0.5) / who.step), random.normal() * 0.05
    stances = steps(random, who, count, begin, way)
    time = np.arange(0, stances[-1].t1 + 0.5, 1 / RATE)
    feet = [stance for stance in stances if not stance.crutch]
    walk = MadeWalk(who, [], stances, _markers(random, who, feet), *_told(random, feet))
    for number, plate in enumerate(plates):
        _feel(random, walk, number, plate, time)
    return walk


def _feel(random: np.random.Generator, walk: MadeWalk, number: int, plate: tuple[float, ...], time: Floats) -> None:
    """What one plate feels of all stances."""
    who, total, moment = walk.person, np.zeros((len(time), 3)), np.zeros((len(time), 2))
    felt: dict[int, Floats] = {}
    for k, stance in enumerate(walk.stances):
        i, j = np.searchsorted(time, [stance.t0, stance.t1])
        s = (time[i:j] - stance.t0) / (stance.t1 - stance.t0)
        force, shares = vertical(who, stance, time[i:j]), _shares(who, s)
        ahead = np.array([np.cos(stance.heading), np.sin(stance.heading)])
        left = np.array([-ahead[1], ahead[0]])
        on = np.zeros(j - i)
        for patch in range(1 if stance.crutch else 3):
            spread = _AT[patch] + _DISC[:, :1] * _LONG[patch]
            points = stance.heel + who.foot * (spread * ahead + _DISC[:, 1:] * _WIDE[patch] * left)
            if stance.crutch:
                points, shares = stance.heel + 0.015 * _DISC, np.ones((j - i, 1))
            if not who.belt and not _on(points, plate).any():
                continue
            at = points[None, :, :] - (who.belt * (time[i:j] - stance.t0))[:, None, None] * np.array([1.0, 0.0])
            inside = _on(at, plate)
            load = force * shares[:, patch] / len(points)
            on += load * inside.sum(axis=1)
            moment[i:j] += np.einsum("n,np,npk->nk", load, inside, at)
        if on.sum() > 0:
            felt[k] = np.zeros(len(time))
            felt[k][i:j] = on
            forward = np.cos(stance.heading * 0)
            total[i:j, 0] += on * -0.2 * np.sin(2 * np.pi * s) * forward
            total[i:j, 1] += on * 0.04 * (1 if stance.side == "R" else -1)
            total[i:j, 2] += on
    vertical_n = total[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(vertical_n[:, None] > 10.0, moment / vertical_n[:, None], np.nan)
    centre += np.column_stack([random.normal(size=len(time)) * 0.3 / np.maximum(vertical_n, 10.0) for _ in range(2)])
    noise = (3.0 if who.belt else 1.0) * random.normal(size=(len(time), 3))
    site = f"plate:{number + 1}"
    channels = tuple(
        Channel(label, unit, site) for label, unit in zip(("Fx", "Fy", "Fz", "CoPx", "CoPy"), "NNNmm", strict=True)
    )
    x0, x1, y0, y1 = plate
    corners = ((x1, y1, 0.0), (x0, y1, 0.0), (x0, y0, 0.0), (x1, y0, 0.0))
    samples = np.column_stack([total + noise, centre])
    walk.forces.append(Signal(f"plate_{number + 1}.grf", "grf", time, samples, channels, RATE, Plate(2, corners)))
    walk.felt.append(felt)


def _on(points: Floats, plate: tuple[float, ...]) -> NDArray[np.bool_]:
    """Which points, shape (..., 2), lie on a plate."""
    x, y = points[..., 0], points[..., 1]
    return np.asarray((x >= plate[0]) & (x <= plate[1]) & (y >= plate[2]) & (y <= plate[3]))


def _markers(random: np.random.Generator, who: Person, stances: list[MadeStance]) -> Signal:
    """Heel and toe of both feet in mm, as a motion capture system names them."""
    time = np.arange(0, stances[-1].t1 + 0.5, 1 / MARKER_RATE)
    columns, channels = [], []
    for side in "LR":
        mine = [s for s in stances if s.side == side]
        for label, along, low, rises in (("HEE", -0.05, 0.03, 0.6), ("TOE", 0.72, 0.035, 0.92)):
            at = np.full((len(time), 3), np.nan)
            ends = []
            for stance in mine:
                ahead = np.array([np.cos(stance.heading), np.sin(stance.heading)])
                spot = stance.heel + who.foot * along * ahead
                inside = (time >= stance.t0) & (time <= stance.t1)
                gone = time[inside] - stance.t0
                at[inside, 0], at[inside, 1] = spot[0] - who.belt * gone, spot[1]
                s = gone / (stance.t1 - stance.t0)
                at[inside, 2] = low + 0.3 * who.foot * np.maximum(0, s - rises) / (1 - rises)
                ends.append(stance)
            lifted = np.isnan(at[:, 0])
            for axis in range(3):
                at[lifted, axis] = np.interp(time[lifted], time[~lifted], at[~lifted, axis])
            off = np.zeros(len(time))
            for a, b in pairwise(ends):
                inside = (time > a.t1) & (time < b.t0)
                off[inside] = 0.08 * np.sin(np.pi * (time[inside] - a.t1) / (b.t0 - a.t1))
            at[:, 2] += off
            columns.append(1000 * at + random.normal(size=at.shape))
            channels += [Channel(f"{side}{label}.{axis}", "mm") for axis in "xyz"]
    return Signal("mocap", "mocap", time, np.column_stack(columns), tuple(channels), MARKER_RATE)


def _told(random: np.random.Generator, stances: list[MadeStance]) -> tuple[list[Event], list[Event]]:
    """Events as a file has them, within some frames, and as foot sensors tell them."""
    file, sensors = [], []
    for stance in stances:
        for kind, time, late in (("IC", stance.t0, -0.01), ("FO", stance.t1, 0.018)):
            file.append(Event(round(time + 0.01 * random.normal(), 2), kind, stance.side, "file"))
            told = time + late + 0.01 * random.normal()
            sensors.append(Event(told, kind, stance.side, f"imu:foot_{stance.side}"))
    return file, sensors
