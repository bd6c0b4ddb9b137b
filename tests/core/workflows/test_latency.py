"""Latencies by taps and triggers of known lag, and a lab.toml that takes them without losing a word."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from made import source, stream
from taps import device, ringing, step, taps

from groundup.cli import main
from groundup.lab.tables import LabError, load_lab
from groundup.model.signals import Signal
from groundup.recording.seal import seal
from groundup.workflows.latency import GOAL_S, NoLatencyError, measure_latencies, write_latencies

pytestmark = pytest.mark.usefixtures("made_clock")

LAB = """# our lab
[streams.plate]   # the middle one
match = "name='plate'"

[streams.imu]     # on the left shank
match = "name='imu'"
latency_s = 0.004 # a guess

[streams.emg]
match = "name='emg'"
"""


def tapped(folder: Path, rate: float, lag_s: float, known_s: float = 0.0, count: int = 40) -> Path:
    """A recording of a plate and an IMU that are tapped; `known_s` of the lag the stream's metadata say."""
    when, seconds = taps(count, 3), 1.5 + count
    plate = device("plate", "plate", step, 1000.0, when, seconds=seconds)
    imu = device("imu", "imu", ringing, rate, when, lag=lag_s, seed=9, seconds=seconds)
    return recording(folder, [plate, imu], {"imu": known_s})


def triggered(folder: Path, rates: dict[str, float], lag_s: float, count: int = 40) -> Path:
    """A recording in which every device has a square trigger on a channel; all but the first are late."""
    when = taps(count, 5)
    signals = []
    for number, (name, rate) in enumerate(rates.items()):
        time = (np.arange(int((2.0 + count) * rate)) + 0.37 * number) / rate
        high = ((time[:, None] >= when) & (time[:, None] < when + 0.2)).any(axis=1)
        noise = np.random.default_rng(number).standard_normal((len(time), 1)) * 1e-3
        samples = np.hstack([5.0 * high[:, None] + noise, noise])
        late = lag_s if number else 0.0
        signals.append(Signal(name, "other", 5000.0 + time + late, samples, (), rate))
    return recording(folder, signals, {})


def recording(folder: Path, signals: list[Signal], known: dict[str, float]) -> Path:
    parts = [
        stream(s.id, s.samples, stamps=s.time, rate=s.rate, block=5000, latency_s=known.get(s.id, 0.0)) for s in signals
    ]
    path = folder / "tapped.h5"
    seal(source(parts), path)
    return path


@pytest.mark.rig
@pytest.mark.parametrize(("rate", "within"), [(2000.0, 0.5e-3), (200.0, 1.25e-3)])
def test_taps_give_the_latency_and_how_far_it_can_be_trusted(tmp_path: Path, rate: float, within: float) -> None:
    (found,) = measure_latencies(tapped(tmp_path, rate, 0.0123), "plate")
    assert abs(found.latency_s - 0.0123) < within
    assert found.low_s < 0.0123 < found.high_s
    assert (found.stream, found.reference, found.kind) == ("imu", "plate", "tap")


def test_a_trigger_holds_the_truth_at_any_rate_and_is_known_to_half_a_millisecond_at_2_khz(tmp_path: Path) -> None:
    rates = {"plate": 1000.0, "imu": 100.0, "emg": 2000.0}
    found = {one.stream: one for one in measure_latencies(triggered(tmp_path, rates, 0.0217), "plate")}
    assert set(found) == {"imu", "emg"}
    for one in found.values():
        assert one.kind == "trigger edge"
        assert one.low_s - 1e-9 <= 0.0217 <= one.high_s + 1e-9
    assert found["emg"].half_width_s < GOAL_S
    assert found["imu"].half_width_s < 0.1 / rates["imu"]


@pytest.mark.rig
def test_what_was_known_before_is_in_it(tmp_path: Path) -> None:
    """The recording had 10 ms taken off already: the latency is the whole, not what is left."""
    (found,) = measure_latencies(tapped(tmp_path, 2000.0, 0.0123, known_s=0.010), "plate")
    assert abs(found.latency_s - 0.0123) < 0.5e-3


@pytest.mark.rig
def test_lab_toml_takes_them_with_how_and_keeps_every_word_of_its_own(tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text(LAB, encoding="utf-8")
    file = tapped(tmp_path, 2000.0, 0.0123)
    ran = CliRunner().invoke(main, ["latency", str(file), "--reference", "plate", "--lab", str(lab)])
    assert ran.exit_code == 0, ran.output
    assert abs((load_lab(lab).streams["imu"].latency_s or 0.0) - 0.0123) < 0.5e-3
    before, after = LAB.splitlines(), lab.read_text(encoding="utf-8").splitlines()
    (was,), (now,) = ([line for line in one if line not in other] for one, other in ((before, after), (after, before)))
    assert was.startswith("latency_s = 0.004")
    assert "(95 %), 40 taps against plate, 2025-03-01" in now


@pytest.mark.rig
def test_a_device_gets_a_table_and_an_unnamed_stream_is_said(tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text('[devices.suit]\ndriver = "virtual_lab"\n', encoding="utf-8")
    made = measure_latencies(tapped(tmp_path, 2000.0, 0.0123), "plate")[0]
    said = write_latencies(lab, [replace(made, stream="suit.shank_L"), made, replace(made, stream="a.b")])
    assert said[0].startswith("[devices.suit.streams.shank_L] latency_s = 0.012")
    assert "imu stands in no table of lab.toml" in said[1]
    assert '[streams."a.b"]' in said[2]


def test_a_recording_without_taps_says_what_to_do(tmp_path: Path) -> None:
    still = [device(name, "imu", step, 500.0, [], seed=n) for n, name in enumerate(("a", "b"))]
    with pytest.raises(NoLatencyError, match="tap them"):
        measure_latencies(recording(tmp_path, still, {}))


def test_a_reference_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoLatencyError, match=r"did you mean .plate."):
        measure_latencies(tapped(tmp_path, 500.0, 0.01, count=2), "plaet")


@pytest.mark.rig
def test_a_lab_toml_that_cannot_be_read_stays_as_it_is(tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text("[streams.imu\n", encoding="utf-8")
    made = measure_latencies(tapped(tmp_path, 500.0, 0.01, count=6), "plate")
    with pytest.raises(LabError):
        write_latencies(lab, made)
    assert lab.read_text(encoding="utf-8") == "[streams.imu\n"


def test_few_events_that_may_be_together_by_chance_give_no_latency(tmp_path: Path) -> None:
    """A knock on the plate, and something else in the IMU a little later."""
    knocks = [device(n, n, step, 1000.0, [at], seed=k) for k, (n, at) in enumerate((("plate", 4.0), ("imu", 4.11)))]
    (found,) = measure_latencies(recording(tmp_path, knocks, {}), "plate")
    assert np.isnan(found.latency_s)
    assert "only 1 of its events is in plate too" in found.reason
    lab = tmp_path / "lab.toml"
    lab.write_bytes(LAB.encode())
    assert write_latencies(lab, [found]) == []
    assert lab.read_bytes() == LAB.encode()


@pytest.mark.rig
def test_a_lab_toml_that_may_not_be_written_or_is_a_link_stays_so(tmp_path: Path) -> None:
    made = measure_latencies(tapped(tmp_path, 500.0, 0.01, count=6), "plate")
    lab, link = tmp_path / "real.toml", tmp_path / "lab.toml"
    lab.write_text(LAB, encoding="utf-8")
    lab.chmod(0o640)
    link.symlink_to(lab)
    write_latencies(link, made)
    assert link.is_symlink()
    assert lab.stat().st_mode & 0o777 == 0o640
    assert load_lab(lab).streams["imu"].latency_s == pytest.approx(0.01, abs=2e-3)
