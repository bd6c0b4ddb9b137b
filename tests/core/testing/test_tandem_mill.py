"""The example of a treadmill keeps the laws of a driver, also where its line is bad; its gain changes no force."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from groundup.testing import DeviceContract, Faults, driven

EXAMPLE = Path(__file__).resolve().parents[3] / "examples/tandem-mill/tandem_mill.py"
found = importlib.util.spec_from_file_location("tandem_mill", EXAMPLE)
tandem_mill = importlib.util.module_from_spec(found)
found.loader.exec_module(tandem_mill)


@pytest.mark.rig
class TestTandemMill(DeviceContract):
    driver = tandem_mill.TandemMill


@pytest.mark.rig
@pytest.mark.parametrize(
    "faults",
    [Faults(piece=7), Faults(garbage_every=50), Faults(corrupt_every=40), Faults(cut_every=60), Faults(burst=20)],
    ids=str,
)
def test_what_a_bad_line_leaves_whole_is_the_force_and_nothing_else(faults: Faults) -> None:
    with tandem_mill.simulated(faults) as settings, driven(tandem_mill.TandemMill(settings)) as (_, sink):
        sink.wait_for(3000, "left")
    samples, times = sink.stream("left")
    assert (np.diff(times) > 0).all()
    assert samples[:, 2].max() <= 800.1
    assert not samples[:, [0, 1, 3, 4, 5]].any()


@pytest.mark.rig
def test_a_gain_that_changes_moves_no_force() -> None:
    with tandem_mill.simulated() as settings:
        mill = tandem_mill.TandemMill(settings)
        with driven(mill) as (_, sink):
            sink.wait_for(2500, "left")
            assert mill.run_command("set", {"gain": 4}) == "gain is 4, and was 1"
            sink.wait_for(5000, "left")
    force = sink.stream("left")[0][:, 2]
    assert np.abs(np.diff(force)).max() < 4.0  # 800 N |sin| of a period of 1.9 s: 2.7 N a sample
