"""``groundup join``: one recording on one clock with a certificate of the joint, or a sentence and no file."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.made_pairs import Clock, emg, recorded
from click.testing import CliRunner, Result
from tests.conftest import Once

import groundup
from groundup.cli import main
from groundup.recording.info import in_words, summary
from groundup.recording.verify import verify
from groundup.sources.open_source import source_of_recording

LATER = Clock(3599.5, 50.0)


def csv(path: Path, columns: dict[str, np.ndarray], time: np.ndarray) -> Path:
    rows = [",".join(f"{v:.6f}" for v in row) for row in zip(time, *columns.values(), strict=True)]
    path.write_text("\n".join([",".join(["time", *columns]), *rows, ""]), encoding="utf-8")
    return path


def fill(folder: Path) -> None:
    """Two files of one signal, one of another, and the two joined."""
    rng = np.random.default_rng(1)
    truth, stranger = emg(rng, 12.0), emg(rng, 12.0)
    for name, signal, clock in (("a", truth, Clock()), ("b", truth, LATER), ("c", stranger, Clock(7.0))):
        seen = recorded(rng, signal, clock, 250.0, (0.0, 12.0), 10.0)
        csv(folder / f"{name}.csv", {"x [V]": seen.values, f"{name} [V]": 0.0 * seen.values}, seen.time)
    done = run(folder / "a.csv", folder / "b.csv", "-o", folder / "ab.h5")
    assert done.exit_code == 0, done.output


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["join", *map(str, arguments), "--no-analyze"])


@pytest.fixture
def made(once: Once) -> Path:
    return once("joined", fill)


def test_a_joined_recording_says_how_it_was_joined_and_holds_every_sample(made: Path) -> None:
    assert verify(made / "ab.h5") == []
    with groundup.open(made / "ab.h5") as recording:
        (joint,) = recording.joints
        truth = LATER.lag(joint.pivot_s)
        assert joint.method == "channel"
        assert joint.offset_low_s < truth < joint.offset_high_s
        assert joint.drift_low_ppm < LATER.ppm < joint.drift_high_ppm
        assert not joint.drift_identified
        first, second = recording.streams.values()
        assert (first.id, second.id) == ("csv", "b_csv")
        np.testing.assert_allclose(second.time, LATER.true(second.timestamps), atol=1e-3)
        assert np.allclose(first.time, first.timestamps)
        assert "joined to a.csv by channel" in second.certificate.reason
        assert second.certificate.bound_ms >= 5e2 * (joint.offset_high_s - joint.offset_low_s)
        words = in_words(summary(recording))
    assert "joined: b.csv was joined to a.csv by channel" in words
    assert "drift not identified" in words


def test_probes_of_a_joined_recording_lead_to_the_same_clock(made: Path) -> None:
    with groundup.open(made / "ab.h5") as recording:
        stream = source_of_recording(recording).streams[1]
        time = recording.streams["b_csv"].time
        stamps = recording.streams["b_csv"].timestamps
    led = stamps + np.interp(stamps, stream.probes["time"], stream.probes["offset"])
    np.testing.assert_allclose(led, time, atol=2e-5)


def test_files_that_share_nothing_leave_no_file_behind(made: Path, tmp_path: Path) -> None:
    refused = run(made / "a.csv", made / "c.csv", "-o", tmp_path / "x.h5")
    assert refused.exit_code == 1
    assert "cannot be told" in refused.output
    assert "--offset c.csv=SECONDS" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_an_offset_by_hand_is_a_warning_and_no_certificate(made: Path, tmp_path: Path) -> None:
    done = run(made / "a.csv", made / "c.csv", "-o", tmp_path / "x.h5", "--offset", "c.csv=7.0")
    assert done.exit_code == 0, done.output
    assert "sync unknown" in done.output
    with groundup.open(tmp_path / "x.h5") as recording:
        (joint,) = recording.joints
        assert (joint.method, joint.offset_s) == ("hand", 7.0)
        assert np.isnan(recording.streams["c_csv"].certificate.bound_ms)
        assert any("by hand" in row.message and row.severity == "warning" for row in recording.ledger_list())


def test_a_joined_recording_can_be_joined_again_with_another(made: Path, tmp_path: Path) -> None:
    done = run(made / "ab.h5", made / "c.csv", "-o", tmp_path / "x.h5", "--offset", "c.csv=7.0")
    assert done.exit_code == 0, done.output
    with groundup.open(tmp_path / "x.h5") as recording, groundup.open(made / "ab.h5") as before:
        assert [joint.file for joint in recording.joints] == ["b.csv", "c.csv"]
        assert np.array_equal(recording.streams["b_csv"].time, before.streams["b_csv"].time)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.csv"], "two files or more"),
        (["a.csv", "a.csv"], "named twice"),
        (["a.csv", "b.csv", "--by", "luck"], "luck"),
        (["a.csv", "b.csv", "--offset", "a.csv=3"], "those of all"),
        (["a.csv", "b.csv", "--by", "trigger"], "by trigger: there are no pulses"),
    ],
)
def test_what_cannot_be_joined_is_a_sentence(made: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    named = [made / one if one.endswith(".csv") else one for one in arguments]
    refused = run(*named, "-o", tmp_path / "x.h5")
    assert refused.exit_code in (1, 2)
    assert sentence in " ".join(refused.output.split())
    assert not (tmp_path / "x.h5").exists()


def test_nothing_is_overwritten(made: Path, tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_bytes(b"mine")
    refused = run(made / "a.csv", made / "b.csv", "-o", tmp_path / "x.h5")
    assert refused.exit_code == 1
    assert (tmp_path / "x.h5").read_bytes() == b"mine"
