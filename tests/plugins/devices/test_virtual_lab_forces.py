"""Ground reaction and plates of the virtual lab obey mechanics."""

import numpy as np
import pytest

from groundup_plugins.devices.virtual_lab import Walker
from groundup_plugins.devices.virtual_lab.forces import ground_reaction
from groundup_plugins.devices.virtual_lab.plates import AZ0, ForcePlate, clean_channels, plate_geometry
from groundup_plugins.devices.virtual_lab.strategy import STRATEGIES
from groundup_plugins.devices.virtual_lab.truth import truth_of
from groundup_plugins.devices.virtual_lab.walker import Foot

T0 = 830_000.3
both_strategies = pytest.mark.parametrize("strategy", list(STRATEGIES))
both_sides = pytest.mark.parametrize("side", ["L", "R"])


@both_strategies
def test_over_whole_strides_the_ground_carries_the_body_and_no_more(strategy: str) -> None:
    walker = Walker(strategy)
    steps = walker.contacts(T0, T0 + 60.0)
    whole = (len(steps) - 1) // 2 * 2
    time = np.arange(steps[0].contact, steps[whole].contact, 0.0005)
    left, right = (ground_reaction(walker, time, side) for side in ("L", "R"))
    assert np.mean(left.up + right.up) == pytest.approx(walker.mass_kg * 9.81, rel=0.002)
    assert abs(np.mean(left.left + right.left)) < 0.01 * walker.weight
    for foot in (left, right):
        braking, propulsion = -foot.forward[foot.forward < 0].sum(), foot.forward[foot.forward > 0].sum()
        assert propulsion == pytest.approx(braking, rel=0.02)
        assert 0.2 < braking * 0.0005 / walker.mass_kg / (whole / 2) < 0.35  # N·s/kg a stance, as people have


@both_strategies
@both_sides
def test_the_20_newton_threshold_finds_contact_and_foot_off_within_2_ms(strategy: str, side: Foot) -> None:
    walker = Walker(strategy, seed=7)
    for step in walker.contacts(T0, T0 + 60.0):
        if step.side == side:
            time = np.arange(step.contact - 0.05, step.foot_off + 0.05, 0.0001)
            loaded = time[ground_reaction(walker, time, side).up > 20.0]
            assert 0.0 <= loaded[0] - step.contact < 0.0015
            assert 0.0 <= step.foot_off - loaded[-1] < 0.0015


@both_sides
def test_the_plate_equations_give_back_force_and_centre_of_pressure_in_the_lab(side: Foot) -> None:
    walker = Walker()
    time = np.arange(T0, T0 + 5.0, 0.001)
    fx, fy, fz, mx, my, mz = clean_channels(walker, time, side).T
    ground = ground_reaction(walker, time, side)
    plate = plate_geometry(side)
    corner = np.array(plate.corners_m)
    # Plate axes by the C3D standard: x from corners 2 and 3 to 1 and 4, y from 3 and 4 to 1 and 2.
    x_axis, y_axis = corner[0] - corner[1], corner[0] - corner[3]
    axes = np.stack((x_axis / np.linalg.norm(x_axis), y_axis / np.linalg.norm(y_axis)))
    axes = np.vstack((axes, np.cross(*axes)))
    assert axes[2] == pytest.approx([0.0, 0.0, -1.0])
    force = np.stack((fx, fy, fz), axis=1) @ axes
    assert force == pytest.approx(np.stack((ground.forward, ground.left, ground.up), axis=1), abs=1e-9)

    loaded = ground.up > 20.0
    fx, fy, fz, mx, my, mz = (channel[loaded] for channel in (fx, fy, fz, mx, my, mz))
    x, y = -(my - fx * AZ0) / fz, (mx + fy * AZ0) / fz
    cop = corner.mean(axis=0) + np.outer(x, axes[0]) + np.outer(y, axes[1])
    assert cop[:, 0] == pytest.approx(ground.cop_forward[loaded], abs=1e-9)
    assert cop[:, 1] == pytest.approx(ground.cop_left[loaded], abs=1e-9)
    assert mz - (x * fy - y * fx) == pytest.approx(-ground.free_moment[loaded], abs=1e-9)
    assert corner[:, :2].min(axis=0) == pytest.approx(corner[2, :2])
    assert np.all((cop[:, :2] > corner[:, :2].min(axis=0)) & (cop[:, :2] < corner[:, :2].max(axis=0)))


def test_over_the_moving_belt_the_centre_of_pressure_rolls_from_heel_to_toe() -> None:
    walker = Walker()
    step = walker.contacts(T0, T0 + 3.0)[1]
    time = np.linspace(step.contact, step.foot_off - 1e-6, 200)
    ground = ground_reaction(walker, time, step.side)
    on_the_belt = ground.cop_forward + 1.25 * (time - step.contact)
    assert np.all(np.diff(on_the_belt) > 0)
    assert on_the_belt[-1] - on_the_belt[0] == pytest.approx(0.22, abs=0.001)


def test_an_unloaded_plate_shows_a_small_offset_and_noise() -> None:
    walker = Walker()
    plate = ForcePlate(walker, "L")
    index = np.arange(830_000_000, 830_020_000)
    time = index / plate.rate
    quiet = plate.read(index, time)[""][ground_reaction(walker, time, "L").up == 0.0]
    assert 2.0 < abs(quiet[:, 2].mean()) < 15.0
    assert quiet.std(axis=0)[:3] == pytest.approx([0.3, 0.3, 0.6], rel=0.1)


def test_stiff_legs_land_harder() -> None:
    peaks = {s: truth_of(Walker(s), T0, T0 + 20.0)["metrics"]["grf_peak_1"]["both"] for s in STRATEGIES}
    assert peaks["ground_up"] == pytest.approx(1.10, abs=0.02)
    assert peaks["proximal"] > peaks["ground_up"] + 0.03
