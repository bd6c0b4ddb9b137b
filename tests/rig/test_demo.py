"""The demo's walkers, over real LSL, measured against what is known of them."""

import json
from pathlib import Path

import numpy as np
import pytest

import groundup
from tests.rig.conftest import Rig

METRICS = {
    "ankle_work_share": 0.02,
    "hip_work_share": 0.02,
    "glute_braking_share": 0.03,
    "distal_absorption": 0.05,
    "load_wave_lag": 0.001,
    "load_wave_order": 1e-9,
}


def demo(rig: Rig, *arguments: str, seconds: int = 12) -> tuple[Path, dict[str, object]]:
    """Run the demo; the recording and the walker's truth."""
    ran = rig.run("demo", "--seconds", str(seconds), "-o", ".", *arguments)
    assert ran.wait() == 0, "".join(ran.output)
    (recording,) = rig.cwd.glob("*.h5")
    truth = json.loads(recording.with_suffix(".truth.json").read_text())
    text = "".join(ran.output)
    assert str(recording.name) in text
    assert "LOAD PATH" in text
    assert recording.with_suffix(".html").exists(), text
    assert "probes, round trip" in text
    return recording, truth


@pytest.mark.parametrize("strategy", ["ground_up", "proximal"])
def test_the_walker_is_measured_as_it_walks(rig: Rig, strategy: str) -> None:
    path, truth = demo(rig, "--strategy", strategy)
    with groundup.open(path) as recording:
        events = recording.events
        for kind, key in (("IC", "ic"), ("FO", "fo")):
            for side in ("L", "R"):
                known = [c[key] for c in truth["contacts"] if c["side"] == side]
                known = [t for t in known if truth["t0"] + 0.1 < t < truth["t1"] - 0.1]
                found = events["time"][(events["kind"] == kind) & (events["side"] == side)].to_numpy()
                assert max(np.abs(found - t).min() for t in known) <= 0.005
        for name, tolerance in METRICS.items():
            table = recording.metrics[name]
            values = table["value"][table["status"] == "ok"]
            assert len(values) >= 10
            assert abs(values.median() - truth["metrics"][name]["both"]) <= tolerance, name
        assert truth["metrics"]["distal_absorption"]["both"] == pytest.approx(
            {"ground_up": 0.75, "proximal": 0.375}[strategy]
        )
        for stream in recording.streams.values():
            assert 0 < stream.certificate.bound_ms < 1.0


def test_every_line_of_the_profile_is_computed_and_many_have_a_norm(rig: Rig) -> None:
    """With its trials of rest, greatest effort and a reference walk, which are made from 42.5 s on."""
    path, _ = demo(rig, "--strategy", "ground_up", seconds=45)  # as long as it is unless told otherwise
    with groundup.open(path) as recording:
        lines = [line for axis in groundup.profile(recording) for line in axis.entries]
    assert [(line.metric, line.reason) for line in lines if line.status != "ok"] == []
    assert len([line.metric for line in lines if line.norm != "no norm"]) >= 8


def test_both_strategies_stand_side_by_side_and_the_work_is_seen_to_move(rig: Rig) -> None:
    ran = rig.run("demo", "--seconds", "6", "-o", ".", "--json")
    assert ran.wait() == 0, "".join(ran.output)
    (first,), (second,) = rig.cwd.glob("*.h5"), rig.cwd.glob("proximal/*.h5")
    assert list(rig.cwd.glob("proximal/*.compared.html"))
    facts = {str(path): json.loads(path.with_suffix(".truth.json").read_text())["metrics"] for path in (first, second)}
    ankle, hip = ([metrics[f"{joint}_work_share"]["both"] for metrics in facts.values()] for joint in ("ankle", "hip"))
    assert ankle[0] - ankle[1] > 0.12
    assert hip[1] - hip[0] > 0.10
    for path, true in zip((first, second), ankle, strict=True):
        with groundup.open(path) as recording:
            found = recording.metrics["ankle_work_share"]
            assert abs(found["value"][found["status"] == "ok"].median() - true) <= 0.02


def test_wrong_clocks_and_lost_packets_are_said_and_do_not_move_the_contacts(rig: Rig) -> None:
    path, truth = demo(rig, "--strategy", "ground_up", "--clock-ppm", "200", "--packet-loss", "0.01", seconds=6)
    with groundup.open(path) as recording:
        assert "gap" in set(recording.ledger["kind"])
        events = recording.events
        found = events[events["kind"] == "IC"]
        for contact in truth["contacts"]:
            side = found[(found["side"] == contact["side"]) & (found["confidence"] >= 0.5)]["time"].to_numpy()
            near = np.abs(side - contact["ic"]).min()
            # A contact whose packet was lost is not found; one that is found is right.
            assert near <= 0.005 or near > 0.2
