"""MVIC, rest and walking in a file each become one recording, and nothing is said of the time between them."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import groundup
from groundup.cli import main
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject
from groundup.plugin.formats import Imported, ImportedStream
from groundup.recording.info import summary
from groundup.sources.several_files import BETWEEN_S, JoinError, joined


def csv(
    path: Path, seconds: float, first: float = 0.0, rate: float = 1000.0, label: str = "SOL_L", scale: float = 1.0
) -> Path:
    time = first + np.arange(round(seconds * rate)) / rate
    values = scale * np.sin(40 * time) * (1 + 0.1 * np.random.default_rng(1).standard_normal(len(time)))
    rows = "\n".join(f"{t:.4f},{v:.9f}" for t, v in zip(time, values, strict=True))
    path.write_text(f"Time (s),{label} (mV)\n{rows}\n", encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments), "--no-analyze"])


def test_files_without_a_common_clock_are_trials_one_after_the_other(tmp_path: Path) -> None:
    files = [csv(tmp_path / f"{name}.csv", 2.0, scale=n + 1.0) for n, name in enumerate(("mvic", "rest", "walk"))]
    out = tmp_path / "all.h5"
    done = run(*files, "-o", out)
    assert done.exit_code == 0, done.output
    with groundup.open(out) as recording:
        trials = recording.marked_trials()
        assert [trial.name for trial in trials] == ["mvic", "rest", "walk"]
        for before, after in pairwise(trials):
            assert after.t0 - before.t1 == pytest.approx(BETWEEN_S, abs=5e-3)
        (emg,) = recording.signals()
        assert len(emg.time) == 6000
        for number, trial in enumerate(trials):
            assert np.ptp(emg.between(trial.t0, trial.t1).samples) == pytest.approx(2 * (number + 1), rel=0.5)
        (note,) = [row.message for row in recording.ledger_list() if "between the files" in row.message]
        assert "--offset FILE=SECONDS" in note
        # A pause between files is no loss.
        (stream,) = summary(recording)["streams"][:1]
        assert stream["lost_samples"] == 0
        assert [row.severity for row in recording.ledger_list() if row.kind == "pause"] == ["info", "info"]


@pytest.mark.rig
def test_what_is_lost_within_a_file_is_lost_and_the_pause_after_it_is_not(tmp_path: Path) -> None:
    whole, torn = csv(tmp_path / "a.csv", 3.0), csv(tmp_path / "b.csv", 3.0)
    lines = torn.read_text().splitlines()
    torn.write_text("\n".join(lines[:1001] + lines[1201:]), encoding="utf-8")
    for number, files in enumerate(((whole, torn), (torn, whole))):
        out = tmp_path / f"all{number}.h5"
        assert run(*files, "-o", out).exit_code == 0
        with groundup.open(out) as recording:
            assert summary(recording)["streams"][0]["lost_samples"] == 200


def test_files_on_one_clock_keep_their_times(tmp_path: Path) -> None:
    one, two = csv(tmp_path / "a.csv", 3.0), csv(tmp_path / "b.csv", 2.0, rate=500.0, label="GM_L")
    out = tmp_path / "all.h5"
    done = run(one, two, "-o", out, "--offset", "b.csv=0.25")
    assert done.exit_code == 0, done.output
    with groundup.open(out) as recording:
        assert recording.marked_trials() == []
        first, second = recording.signals()
        assert [first.rate, second.rate] == pytest.approx([1000.0, 500.0])
        assert second.time[0] - first.time[0] == pytest.approx(0.25, abs=1e-4)
        assert not [row for row in recording.ledger_list() if "between the files" in row.message]


@pytest.mark.parametrize("offset", ["c.csv=1", "a.csv=soon", "a.csv"])
def test_an_offset_of_no_file_is_refused(tmp_path: Path, offset: str) -> None:
    one, two = csv(tmp_path / "a.csv", 1.0), csv(tmp_path / "b.csv", 1.0)
    done = run(one, two, "-o", tmp_path / "all.h5", "--offset", offset)
    assert done.exit_code == 2
    assert "FILE=SECONDS" in done.output
    assert not (tmp_path / "all.h5").exists()


def test_a_file_on_the_clock_of_the_first_is_no_trial_beside_those_that_are_not(tmp_path: Path) -> None:
    files = [csv(tmp_path / f"{name}.csv", 1.0, label=label) for name, label in (("a", "X"), ("b", "Y"), ("rest", "X"))]
    assert run(*files, "-o", tmp_path / "all.h5", "--offset", "b.csv=0.5").exit_code == 0
    with groundup.open(tmp_path / "all.h5") as recording:
        assert [trial.name for trial in recording.marked_trials()] == ["a", "rest"]


def test_walking_is_given_in_percent_of_the_mvic_of_another_file(tmp_path: Path) -> None:
    from groundup.analysis.metrics.needs import Resolver
    from groundup.analysis.processing import process
    from groundup.plugin.need_functions import emg
    from groundup_plugins.processors.emg_envelope import EmgEnvelope

    files = [csv(tmp_path / f"{name}.csv", 3.0, scale=scale) for name, scale in (("mvic", 4.0), ("walk", 1.0))]
    lab = tmp_path / "lab.toml"
    lab.write_text(
        "[streams.emg]\nmatch = \"starts-with(name,'mvic')\"\n"
        '[streams.emg.channels]\n"SOL_L" = {site = "soleus", side = "L", unit = "mV"}\n',
        encoding="utf-8",
    )
    done = run(*files, "-o", tmp_path / "all.h5", "--lab", lab)
    assert done.exit_code == 0, done.output
    with groundup.open(tmp_path / "all.h5") as recording:
        signals, trials = recording.signals(), recording.marked_trials()
        envelope = process(signals, [EmgEnvelope]).signals
        walk = Resolver([*signals, *envelope], trials=trials).resolve(emg(normalise_by="mvic"), trials[1], "L")[
            "soleus"
        ]
    assert float(np.median(walk.values)) == pytest.approx(25.0, rel=0.1)


def with_mass(mass_kg: float) -> Imported:
    times = np.arange(100) / 100.0
    stream = ImportedStream(
        "x", StreamSpec("x", "EMG", 100.0, "double64", (Channel("x", "mV"),)), np.zeros((100, 1)), times
    )
    return Imported((stream,), Subject(mass_kg=mass_kg))


def test_files_of_two_people_are_not_one_recording() -> None:
    """A force per kilogram of somebody else is wrong, and nothing would show it."""
    files = [(Path("a.c3d"), with_mass(32.1)), (Path("b.c3d"), with_mass(math.nan)), (Path("c.c3d"), with_mass(45.8))]
    with pytest.raises(JoinError, match=r"mass_kg is 45.8 in c.c3d and 32.1 in a.c3d: .* \[participant\]"):
        joined(files, {})
    assert joined(files, {}, Subject(mass_kg=40.0)).subject.mass_kg != 45.8
    weighed_twice = [(Path("a.c3d"), with_mass(70.0)), (Path("b.c3d"), with_mass(71.0))]
    assert joined(weighed_twice, {}).subject.mass_kg == 70.0
