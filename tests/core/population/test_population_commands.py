"""From an archive to a file, and from the file to what profile and comparison say."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.conftest import Once
from tests.virtual_walk import after, before

pytest.importorskip("duckdb")
import archives

import groundup
from groundup.cli import main

METRICS = {"stride_time": ("s", 1.1, 0.05), "cadence": ("1/min", 108.0, 6.0), "distal_absorption": ("1", 0.6, 0.1)}


def run(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == status, result.output
    return " ".join(result.output.split())


def table(people: int = 30, sessions: int = 2) -> pd.DataFrame:
    random = np.random.default_rng(0)
    found = []
    for metric, (unit, mean, sd) in METRICS.items():
        true = random.normal(mean, sd, people)
        values = true[:, None] + random.normal(0, 0.3 * sd, (people, sessions))
        found.append(archives.rows(metric, archives.tabled(values), unit=unit, condition="", strides=3))
    return pd.concat(found)


PEOPLE = {f"P{i:02d}": {"age_years": 20.0 + i, "sex": "F" if i % 2 else "M", "mass_kg": 70.0} for i in range(30)}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archives.write(tmp_path_factory.mktemp("made") / "archive", table(), PEOPLE)


def test_a_study_becomes_a_file_that_a_comparison_reads(archive: Path, tmp_path: Path, once: Once) -> None:
    file = tmp_path / "reliability.toml"
    said = run("reliability", archive, "-o", file)
    assert "30 x 2" in said
    assert "ICC(2,1)" in said
    found = json.loads(run("compare", before(once), after(once), "--reliability", file, "--json"))["differences"]
    one = next(row for row in found if row["metric"] == "distal_absorption")
    assert one["verdict"] == "lower"
    assert one["told_apart"] in ("larger", "smaller", "about as large")
    assert one["detectable"]["participants"] == 30
    assert "than what this lab can tell apart" in run("compare", before(once), after(once), "--reliability", file)


def test_the_lab_names_both_files_and_the_recording_keeps_what_it_was_held_against(
    archive: Path, tmp_path: Path, once: Once
) -> None:
    run("reliability", archive, "-o", tmp_path / "reliability.toml")
    built = run(
        "norms", "build", archive, "-o", tmp_path / "norm.toml", "--people", "people of our lab", "--session", "session"
    )
    assert "of these people lie in the interval of the others" in built
    lab = tmp_path / "lab.toml"
    lab.write_text('[norms]\nfiles = ["norm.toml"]\nreliability = "reliability.toml"\n')
    walk = tmp_path / "walk.h5"
    walk.write_bytes(before(once).read_bytes())
    run("analyze", walk, "--lab", lab, "--metric", "cadence", "--metric", "distal_absorption")
    with groundup.open(walk) as recording:
        attrs = recording.metrics["cadence"].attrs
        said = {entry.metric: entry for axis in groundup.profile(recording) for entry in axis.entries}
    assert attrs["reliability"]["participants"] == 30
    assert said["distal_absorption"].detectable is not None
    (compared,) = attrs["norm"]["compared"]
    # The virtual walker's age is not known, and theirs are.
    assert "whose age is known" in json.dumps(attrs["norm"]) or "years" in compared["why"]


def test_who_is_older_than_all_of_them_is_none_of_them(archive: Path, tmp_path: Path, once: Once) -> None:
    run("norms", "build", archive, "-o", tmp_path / "n.toml", "--people", "ours", "--where", "age_years < 35")
    walk = tmp_path / "walk.h5"
    walk.write_bytes(before(once).read_bytes())
    run("analyze", walk, "--norms", tmp_path / "n.toml", "--metric", "stride_time")
    with groundup.open(walk) as recording:
        person = recording.participant
        assert person.age_years != person.age_years or person.age_years > 35
        assert "no norm" in json.dumps(recording.metrics["stride_time"].attrs["norm"])


def test_a_plugin_of_norms_can_be_installed_and_read(archive: Path, tmp_path: Path) -> None:
    from groundup.plugin import norms_from_file

    run("norms", "build", archive, "-o", tmp_path / "our-norms", "--people", "ours")
    assert len(norms_from_file(tmp_path / "our-norms" / "our_norms.toml")) == len(METRICS)
    assert (tmp_path / "our-norms" / "our_norms.py").is_file()
    assert "exists" in run("norms", "build", archive, "-o", tmp_path / "our-norms", "--people", "ours", status=1)


def test_nothing_chosen_and_wrong_sql_are_sentences(archive: Path, tmp_path: Path) -> None:
    assert "holds no values where" in run("reliability", archive, "--where", "value > 1e9", status=1)
    assert "cannot be answered" in run("reliability", archive, "--where", "colour = 'red'", status=1)
    assert not list(tmp_path.iterdir())


def test_a_norm_that_the_lab_names_and_is_gone_is_a_note(tmp_path: Path, once: Once) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text('[norms]\nfiles = ["gone.toml"]\n')
    walk = tmp_path / "walk.h5"
    walk.write_bytes(before(once).read_bytes())
    assert "names gone.toml, which is not there" in run("analyze", walk, "--lab", lab, "--metric", "cadence")
