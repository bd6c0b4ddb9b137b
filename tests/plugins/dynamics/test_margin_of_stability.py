"""The margin of stability: a made walk by hand, and Vicon's own centre of mass of the same walks."""

from dataclasses import replace

import numpy as np
import pytest
from real_files import of_c3d

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Gait, NotComputableError, Signal, Stance, Subject
from groundup_plugins.dynamics.margin_of_stability import MarginOfStability, MarginOfStabilitySettings, groundup_metrics
from groundup_plugins.metrics.ground_reaction import GRAVITY
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

PLACES = {
    "LASI": (0.1, 0.12, 1.0), "RASI": (0.1, -0.12, 1.0), "SACR": (-0.1, 0.0, 1.0),
    "LANK": (0.0, 0.15, 0.1), "RANK": (0.0, -0.10, 0.1),
}  # fmt: skip


def made(sway=0.02, hertz=0.5, turn=0.0, mirrored=False):
    """Somebody who walks along x while the body sways to the left; the feet stand still, for once."""
    time = np.arange(300) / 100.0
    c, s = np.cos(turn), np.sin(turn)
    columns = []
    for name, (x, y, z) in PLACES.items():
        moving = sway * np.sin(2 * np.pi * hertz * time) if "ANK" not in name else 0.0
        y = np.full_like(time, y) + moving
        columns += [c * x - s * y, s * x + c * y, np.full_like(time, z)]
    names = {n: ("R" if n[0] == "L" else "L") + n[1:] if mirrored and n != "SACR" else n for n in PLACES}
    channels = tuple(Channel(f"{names[name]}.{axis}", "m") for name in PLACES for axis in "xyz")
    return Signal("mocap", "mocap", time, np.column_stack(columns), channels, 100.0)


def margins(signal, stances, settings=None):
    gait = Gait([signal], stances, [], Subject())
    return MarginOfStability(settings or MarginOfStabilitySettings()).with_steps(signal, gait).signals


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0])
def test_it_is_the_distance_of_ankle_and_pendulum_at_rest(turn):
    stances = [Stance(1.0, 1.6, "L", "x"), Stance(1.7, 2.4, "R", "x")]
    (found,) = margins(made(turn=turn), stances)
    for stance, column, ankle, outwards in ((stances[0], 0, 0.15, 1.0), (stances[1], 1, -0.10, -1.0)):
        i = int(np.searchsorted(found.time, stance.t0))
        t = found.time[i]
        y, speed = 0.02 * np.sin(np.pi * t), 0.02 * np.pi * np.cos(np.pi * t)
        length = np.linalg.norm([0.0, ankle - y, 0.9])
        truth = outwards * (ankle - y - speed * np.sqrt(length / GRAVITY))
        assert found.samples[i, column] == pytest.approx(truth, abs=2e-4)
    assert np.isnan(found.samples[100:160, 1]).all()


def test_markers_that_are_swapped_missing_or_in_a_wrong_unit_are_refused():
    stances = [Stance(1.0, 1.6, "L", "x")]
    with pytest.raises(NotComputableError, match="stands on its head"):
        margins(made(mirrored=True), stances)
    whole = made()
    with pytest.raises(NotComputableError, match=r"no marker for L_psis \(LPSI\)"):
        margins(
            replace(whole, channels=tuple(replace(c, label=c.label.replace("SACR", "x")) for c in whole.channels)),
            stances,
        )
    with pytest.raises(NotComputableError, match="unit is wrong"):
        margins(replace(whole, samples=whole.samples * 1000), stances)
    lost = whole.samples.copy()
    lost[98:103] = np.nan
    assert not margins(replace(whole, samples=lost), [Stance(1.0, 1.08, "L", "x")])
    jumped = whole.samples.copy()
    jumped[100, 0:3] += 0.05
    assert not np.isfinite(margins(replace(whole, samples=jumped), stances)[0].samples[95:106]).any()
    assert not margins(replace(whole, samples=whole.samples[:1], time=whole.time[:1]), stances)


@pytest.mark.parametrize("name", ["HC002D06", "HC030A05", "HC031A06", "HC036A10"])
def test_by_the_pelvis_it_is_within_three_centimetres_of_that_by_vicons_centre_of_mass(shared, name):
    signals, events, subject = of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d")
    result = run_pipeline(signals, events, subject, [ForcePlate, Contacts, MarginOfStability], list(groundup_metrics()))
    mocap = next(s for s in signals if s.kind == "mocap")
    body = np.column_stack([mocap.column(f"CentreOfMass.{axis}") for axis in "xyz"]) / 1000.0
    speed = np.gradient(body, 0.01, axis=0)
    seen = 0
    for row in result.rows:
        i = int(np.searchsorted(mocap.time, row.t0))
        if row.status != "ok" or not np.isfinite(speed[i]).all() or np.abs(body[i]).sum() < 0.1:
            continue
        ankle = np.array([mocap.column(f"{row.side}ANK.{axis}")[i] for axis in "xyz"]) / 1000.0
        way = body[min(i + 30, len(body) - 1)] - body[i]
        left = np.array([-way[1], way[0]]) / np.hypot(way[0], way[1])
        length = np.linalg.norm(body[i] - ankle)
        truth = (ankle - body[i] - speed[i] * np.sqrt(length / GRAVITY))[:2] @ left * (1 if row.side == "L" else -1)
        seen += 1
        assert row.value == pytest.approx(truth, abs=0.03), (row.side, row.t0)
    assert seen >= 2
