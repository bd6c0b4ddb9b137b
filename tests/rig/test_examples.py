"""The example plugins are what a stranger would install, and they work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.plugin import Channel, Imported, ImportedStream, Plate, StreamSpec, Subject
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from tests.conftest import Once
from tests.rig.conftest import Rig

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def installed(once: Once) -> Path:
    """Both examples installed into a folder of their own."""
    return once("examples", install)


def install(target: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--target", str(target), *(str(EXAMPLES / name) for name in ("braking-time", "knee-brace"))],
        check=True,
    )  # fmt: skip


@pytest.fixture
def with_examples(rig: Rig, installed: Path) -> Rig:
    rig.environment = {**rig.environment, "PYTHONPATH": os.fspath(installed)}
    return rig


def test_they_are_listed_with_their_packages(with_examples: Rig) -> None:
    listed = with_examples.run("plugins", "--json")
    assert listed.wait() == 0
    found = json.loads("".join(listed.output))
    packages = {plugin["distribution"]: plugin["offers"] for plugin in found["plugins"]}
    assert packages["groundup-braking-time"] == {"metrics": ["braking_time"]}
    assert packages["groundup-knee-brace"] == {"devices": ["knee_brace"]}
    assert found["failures"] == []


def test_the_metric_of_twelve_lines_is_in_the_file(with_examples: Rig) -> None:
    path = with_examples.cwd / "x.h5"
    seal(source_from_import(one_step()), path)
    assert with_examples.run("analyze", path).wait() == 0
    with groundup.open(path) as recording:
        table = recording.metrics["braking_time"]
        assert table["value"].tolist() == pytest.approx([0.5], abs=0.01)
        plugin = recording.hdf5["metrics/braking_time"].attrs["plugin"]
        assert plugin.decode() == "groundup-braking-time:braking_time"


def test_the_driver_is_started_and_recorded(with_examples: Rig) -> None:
    lab = with_examples.cwd / "lab.toml"
    lab.write_text('[devices.brace]\ndriver = "knee_brace"\nside = "L"\nrate = 200\n')
    ran = with_examples.run("record", lab, "--seconds", "1.5", "-o", "x.h5", "--no-analyze")
    assert ran.wait() == 0, "".join(ran.output)
    with groundup.open(with_examples.cwd / "x.h5") as recording:
        stream = recording.streams["brace"]
        assert [channel.side for channel in stream.channels] == ["L", "L"]
        assert len(stream) >= 250
        flexion = np.asarray(stream.samples)[:, 0]
        expected = 0.5 - 0.5 * np.cos(2 * np.pi * np.asarray(stream.timestamps) / 1.1)
        np.testing.assert_allclose(flexion, expected, atol=1e-5)


def test_both_are_used_in_one_lab_recorded_analysed_and_named_in_the_file(with_examples: Rig) -> None:
    """A stranger's driver and a stranger's metric, in one lab.toml, with no change to groundup."""
    lab = with_examples.cwd / "lab.toml"
    plates = "".join(
        f'[devices.{part}]\ndriver = "virtual_lab"\npart = "{part}"\n\n' for part in ("plate_left", "plate_right")
    )
    lab.write_text(
        f'[participant]\nid = "P1"\nmass_kg = 70\n\n{plates}[devices.brace]\ndriver = "knee_brace"\nside = "L"\n\n'
        '[live]\nmetrics = ["braking_time"]\n'
    )
    ran = with_examples.run("record", lab, "--seconds", "6", "-o", "all.h5")
    assert ran.wait() == 0, "".join(ran.output)
    with groundup.open(with_examples.cwd / "all.h5") as recording:
        made_by = recording.streams["brace"].spec.extra
        assert made_by["plugin"] == "groundup-knee-brace:knee_brace"
        assert made_by["plugin_version"] == "0.1.0"
        assert json.loads(made_by["plugin_parameters"]) == {"side": "L", "rate": 100.0}
        attrs = recording.hdf5["metrics/braking_time"].attrs
        assert attrs["plugin"].decode() == "groundup-braking-time:braking_time"
        assert attrs["version"].decode() == "0.1.0"
        table = recording.metrics["braking_time"]
        values = table["value"][table["status"] == "ok"]
        assert len(values) >= 4
        assert values.between(0.2, 0.8).all()


def test_they_keep_the_laws_of_the_kit(with_examples: Rig) -> None:
    for name in ("knee_brace", "braking_time"):
        checked = with_examples.run("plugin", "check", name, "--json")
        (verdict,) = json.loads("".join(checked.output))
        assert checked.wait() == 0, verdict
        assert verdict["kept"]


def one_step() -> Imported:
    """A plate of type 2 with one stance whose AP force is one sine: half braking, half propulsion."""
    rate, start, stop = 1000.0, 0.5, 1.2
    time = np.arange(int(2.0 * rate)) / rate
    on = (time >= start) & (time < stop)
    phase = np.where(on, (time - start) / (stop - start), 0.0)
    up = 800.0 * np.sin(np.pi * phase)
    forward = -100.0 * np.sin(2 * np.pi * phase)
    centre = 0.2 * phase - 0.1  # of pressure, from heel to toes
    zero = np.zeros_like(time)
    plate = Plate(2, ((0.5, 0.5, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.0), (0.5, 0.0, 0.0)))
    labels = (("Fx", "N"), ("Fy", "N"), ("Fz", "N"), ("Mx", "Nm"), ("My", "Nm"), ("Mz", "Nm"))
    channels = tuple(Channel(label, unit, "plate:1", "R") for label, unit in labels)
    samples = np.column_stack([forward, zero, up, zero, -centre * up, zero])
    spec = StreamSpec("plate", "Force", rate, "double64", channels, plate=plate)
    return Imported((ImportedStream("plate", spec, samples, time),), Subject(80.0))
