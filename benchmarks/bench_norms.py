"""Norms and MDC95 of made people, whose truth is known: what share of further people, and of changes, lies inside."""

import math
from collections import Counter
from collections.abc import Callable

import numpy as np

from benchmarks.rows import Row
from groundup.population.anova import agreement
from groundup.population.curve_band import pointwise, simultaneous
from groundup.population.fit import Fit, fit, likelihood
from groundup.population.norms import LOG_GAIN
from groundup.population.people import People

_SEEDS, _FURTHER = 200, 200
_SLOW, _FAST = 1.1, 1.5
_GOAL = "93 to 97 %"
_Scatter = Callable[[np.ndarray, np.random.Generator], np.ndarray]
_SCATTER: dict[str, _Scatter] = {
    "normal": lambda speed, random: 0.05 * random.standard_normal(len(speed)),
    "exponential": lambda speed, random: 0.05 * (random.exponential(1.0, len(speed)) - 1.0),
    "scatter grows with speed": lambda speed, random: 0.05 * (speed - 0.7) * random.standard_normal(len(speed)),
    "t of 3 degrees of freedom": lambda speed, random: 0.05 * random.standard_t(3, len(speed)),
    "bent with speed": lambda speed, random: (speed - 1.3) ** 2 + 0.05 * random.standard_normal(len(speed)),
}
_TRIED: list[tuple[str, int, tuple[str, ...], int]] = [
    ("normal", 40, ("speed",), 1),
    ("normal", 60, ("speed", "age_years"), 3),
    ("exponential", 40, ("speed",), 1),
    ("scatter grows with speed", 40, ("speed",), 1),
    ("scatter grows with speed", 80, ("speed",), 1),
    ("t of 3 degrees of freedom", 40, ("speed",), 1),
    ("bent with speed", 40, ("speed",), 1),
    ("normal", 20, (), 1),
]
_WITHIN = 0.03


def run() -> list[Row]:
    rows = [row for tried in _TRIED for row in _norm(*tried)]
    return rows + _changes() + _bands()


def _norm(kind: str, n: int, terms: tuple[str, ...], sessions: int) -> list[Row]:
    """How a norm does: of further people, of its own left out in turn, of the slow and the fast, and what it says."""
    found: list[tuple[float, ...]] = []
    said: Counter[str] = Counter()
    for seed in range(_SEEDS):
        random = np.random.default_rng(seed)
        values, known = _people(n, random, kind, sessions)
        one = _fitted(values, known, terms)
        said.update(remark.partition(":")[0].partition(",")[0].split(" (")[0] for remark in one.remarks)
        more, theirs = _people(_FURTHER, random, kind, sessions)
        ends = np.array([one.regression.interval({t: theirs[t][i] for t in terms}) for i in range(_FURTHER)])
        below, above = more[:, 0] < ends[:, 0], more[:, 0] > ends[:, 1]
        inside, speed = ~(below | above), theirs["speed"]
        shares = inside.mean(), one.coverage, inside[speed < _SLOW].mean(), inside[speed > _FAST].mean()
        found.append((*map(float, shares), float(below.mean()), float(above.mean())))
    inside, left_out, slow, fast, below, above = (100.0 * np.mean(found, axis=0)).tolist()
    case = f"{kind}, {n} people, by {' and '.join(terms) or 'nothing'}, {sessions} session{'s' * (sessions > 1)}"
    rows = [
        Row(f"{case}: inside", inside, "%", "its own, left out in turn", left_out, _GOAL if terms else ""),
        Row(f"{case}: inside, under {_SLOW} m/s", slow, "%", f"over {_FAST} m/s", fast),
        Row(f"{case}: below", below, "%", "above", above),
    ]
    return rows + [Row(f"{case}: said {words!r}", count, f"of {_SEEDS}", "", 0) for words, count in said.most_common(2)]


def _people(n: int, random: np.random.Generator, kind: str, sessions: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Values, shape (people, sessions), that grow with speed and fall with age; and these two."""
    speed, age = random.uniform(0.8, 1.8, n), random.uniform(20.0, 70.0, n)
    mine = 0.3 + 0.35 * speed - 0.001 * age + _SCATTER[kind](speed, random)
    apart = _WITHIN * random.standard_normal((n, sessions)) if sessions > 1 else 0.0
    return mine[:, None] + apart, {"speed": speed, "age_years": age}


def _fitted(values: np.ndarray, known: dict[str, np.ndarray], terms: tuple[str, ...]) -> Fit:
    """As a norm is fitted: by logarithms where these are clearly more likely."""
    plain = _summed(values, known)
    if (values > 0).all():
        logs = _summed(np.log(values), known)
        if likelihood(logs, terms, log=True) > likelihood(plain, terms, log=False) + LOG_GAIN:
            return fit(logs, terms, log=True)
    return fit(plain, terms)


def _summed(values: np.ndarray, known: dict[str, np.ndarray]) -> People:
    n, sessions = values.shape
    within = math.sqrt(values.var(axis=1, ddof=1).mean()) if sessions > 1 else math.nan
    names = tuple(map(str, range(n)))
    return People(names, values.mean(axis=1), values[:, 0], np.full(n, sessions), within, known, ("",) * n)


def _changes() -> list[Row]:
    """The MDC95 of studies of two sessions: held against the changes of people who have not changed."""
    under = []
    for seed in range(_SEEDS):
        mdc95 = agreement(_sessions(30, seed)).mdc95
        pairs = _sessions(_FURTHER, 10**6 + seed)
        under.append(np.mean(np.abs(pairs[:, 0] - pairs[:, 1]) < mdc95))
    truth = 1.959964 * math.sqrt(2) * _WITHIN
    intervals = [agreement(_sessions(12, seed)).mdc95_interval for seed in range(10 * _SEEDS)]
    holds = np.mean([low < truth < high for low, high in intervals])
    return [
        Row(f"changes under the MDC95 of 30 people, {_SEEDS} studies", 100.0 * float(np.mean(under)), "%",
            "", 0, _GOAL),
        Row(f"intervals of the MDC95 of 12 people that hold it, {10 * _SEEDS} studies", 100.0 * float(holds), "%",
            "", 0, _GOAL),
    ]  # fmt: skip


def _sessions(people: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(1.2, 0.1, (people, 1)) + random.normal(0.0, _WITHIN, (people, 2))


def _bands() -> list[Row]:
    """Bands of curves: which share of the points of further curves, and of whole ones, lies inside."""
    rows = []
    for n, make in ((40, pointwise), (20, simultaneous), (40, simultaneous), (100, simultaneous)):
        points, whole = [], []
        for seed in range(_SEEDS):
            random = np.random.default_rng(seed)
            low, high = make(_curves(n, random)).T
            further = _curves(_FURTHER, random)
            inside = (further >= low) & (further <= high)
            points.append(inside.mean())
            whole.append(inside.all(axis=1).mean())
        case = f"band of {n} curves, {make.__name__}: points inside"
        rows.append(Row(case, 100.0 * float(np.mean(points)), "%", "whole curves", 100.0 * float(np.mean(whole))))
    return rows


def _curves(n: int, random: np.random.Generator) -> np.ndarray:
    x = np.linspace(0.0, 1.0, 101)
    shape = random.standard_normal((n, 6)) @ np.array([np.cos(np.pi * k * x) / (1 + k) for k in range(6)])
    return 1.0 + 0.05 * shape + 0.002 * random.standard_normal((n, 101))
