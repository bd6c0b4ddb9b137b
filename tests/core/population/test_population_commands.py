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
from groundup.plugin.norm_file import norms_from_file

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


def test_what_was_made_in_two_ways_is_put_together_in_no_norm_and_no_study(tmp_path: Path) -> None:
    plain = archives.rows("cadence", archives.tabled(np.arange(24.0).reshape(12, 2) + 100), unit="1/min")
    half = ["one", "two"] * 12
    for column, told in (
        ("unit", ("1/min", "Hz")),
        ("version", ("0.1", "0.2")),
        ("plugin", ("ours", "theirs")),
        ("conditions", ('{"emg.highpass_hz": 20.0}', '{"emg.highpass_hz": 30.0}')),
    ):
        mixed = plain.assign(**{column: [told[0] if one == "one" else told[1] for one in half]})
        archive = archives.write(tmp_path / column, mixed, PEOPLE)
        for command in (
            ("reliability", archive),
            ("norms", "build", archive, "-o", tmp_path / "x.toml", "--people", "p"),
        ):
            result = CliRunner().invoke(main, [*map(str, command)])
            assert "nothing is made of these together" in " ".join(result.output.split()), (column, result.output)


def test_an_archive_of_which_half_was_computed_anew_is_refused(tmp_path: Path) -> None:
    values = 110 + np.random.default_rng(0).standard_normal((12, 2))
    plain = archives.rows("cadence", archives.tabled(values), unit="1/min")
    states = {f"P{i:02d}": {"state": "old" if i < 3 else "new"} for i in range(12)}
    archive = archives.write(tmp_path / "archive", plain, states)
    assert "6 by state 'old'" in run("reliability", archive, status=1)
    assert "9 x 2" in run("reliability", archive, "--where", "state = 'new'")


def test_curves_of_two_conditions_are_two_bands(tmp_path: Path) -> None:
    metrics, curves = [], []
    for condition, height in (("walk", 1.1), ("run", 2.4)):
        people = archives.tabled(np.linspace(100, 110, 12)[:, None], [condition])
        metrics.append(archives.rows("cadence", people, unit="1/min", condition=condition))
        for who in people:
            one = {"recording": f"{who}-{condition}", "participant": who, "session": condition}
            one |= {"what": "grf", "name": "vertical", "side": "L", "of": "stance", "unit": "N", "count": 5, "sd": 0.0}
            points = height * 70 * 9.80665 * (1 + int(who[1:]) / 100) * np.ones(101)
            curves.append(pd.DataFrame({"percent": np.arange(101.0), "mean": points}).assign(**one))
    archive = archives.write(tmp_path / "archive", pd.concat(metrics), PEOPLE, pd.concat(curves))
    run("norms", "build", archive, "-o", tmp_path / "norm.toml", "--people", "ours")
    bands = {one.condition: one for one in norms_from_file(tmp_path / "norm.toml") if one.curve}
    assert set(bands) == {"walk", "run"}
    assert bands["walk"].high < 1.5 < bands["run"].low
