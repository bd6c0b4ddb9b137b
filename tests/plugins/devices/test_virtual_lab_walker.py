"""The virtual walker is a function of absolute time."""

from itertools import pairwise

import numpy as np
import pytest

from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.walker import STEP_S

FAR = 830_000.3  # ten days of LSL clock


def test_two_walkers_of_one_seed_agree_without_a_common_start() -> None:
    early, late = Walker(seed=4), Walker(seed=4)
    early.contacts(0.0, 5.0)
    early.contacts(FAR - 30.0, FAR + 2.0)
    assert late.contacts(FAR, FAR + 10.0) == early.contacts(FAR, FAR + 10.0)


def test_windows_that_touch_hold_every_contact_once() -> None:
    walker = Walker(seed=2)
    edges = FAR + np.cumsum(np.random.default_rng(0).uniform(0.01, 1.3, 200))
    pieces = [step for a, b in pairwise(edges) for step in walker.contacts(a, b)]
    assert pieces == walker.contacts(edges[0], edges[-1])
    numbers = [step.number for step in pieces]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_another_seed_is_another_walk() -> None:
    assert Walker(seed=1).contacts(0.0, 5.0)[1].contact != Walker(seed=2).contacts(0.0, 5.0)[1].contact


def test_the_gait_is_a_human_one() -> None:
    steps = Walker(seed=3).contacts(FAR, FAR + 600.0)
    contact, off = np.array([s.contact for s in steps]), np.array([s.foot_off for s in steps])
    stride = contact[2:] - contact[:-2]
    assert stride.mean() == pytest.approx(2 * STEP_S, rel=1e-3)
    assert stride.std() / stride.mean() == pytest.approx(0.02, abs=0.003)
    assert np.mean((off - contact)[:-2] / stride) == pytest.approx(0.62, abs=0.005)
    assert {s.side for s in steps[::2]} | {s.side for s in steps[1::2]} == {"L", "R"}
    double = off[:-1] - contact[1:]
    assert double.min() > 0.08  # never in the air
    assert np.all(off[:-2] < contact[2:] - 0.2)  # and every foot swings


def test_phase_runs_from_contact_to_contact_of_the_same_foot() -> None:
    walker = Walker(seed=5)
    for step in walker.contacts(FAR, FAR + 8.0):
        following = walker.step(step.number + 2).contact
        time = step.contact + np.array([0.0, 0.25, 0.5, 0.999]) * (following - step.contact)
        assert walker.phase(time, step.side) == pytest.approx([0.0, 0.25, 0.5, 0.999], abs=1e-6)
