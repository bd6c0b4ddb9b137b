"""Many recordings become an archive, the archive norms and a study, and the next person is held against both."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import groundup
from groundup.cli import main
from groundup.plugin.norm_file import norms_from_file
from groundup.report.clinician import bands_of
from groundup.report.options import ReportOptions
from groundup.report.part import part_of
from tests.conftest import Once
from tests.made_cohort import record

pytest.importorskip("duckdb")

PEOPLE, TWICE = 10, 5
NORMS = '[norms]\nfiles = ["norm.toml"]\nreliability = "reliability.toml"\n'
METRICS = ("stance_time", "grf_peak_1", "cadence")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


@pytest.fixture
def lab(once: Once) -> Path:
    """A folder with an archive of ten people, of whom five came twice, and what was made of it."""

    def fill(folder: Path) -> None:
        for person in range(PEOPLE):
            for session in range(2 if person < TWICE else 1):
                path = folder / f"cohort/sub-{person:03d}/ses-{session + 1}/walk.h5"
                path.parent.mkdir(parents=True)
                sex = "F" if person % 2 else "M"
                # Even numbers: everybody walks by the same strategy.
                record(path, person, 2 * (2 * person + session), 4.0, f'[participant]\nsex = "{sex}"\n')
        archive = folder / "archive"
        run("batch", folder / "cohort", "-o", archive, "--alone")
        run("batch", "-o", archive)
        run("norms", "build", archive, "-o", folder / "norm.toml", "--people", "people of our lab")
        run("reliability", archive, "-o", folder / "reliability.toml")
        record(folder / "before.h5", 3, 100, 4.0, NORMS)
        record(folder / "after.h5", 3, 102, 4.0, NORMS)
        for name in ("before", "after"):
            (folder / f"{name}.txt").write_text(
                run("analyze", folder / f"{name}.h5", "--profile", *(f"--metric={one}" for one in METRICS))
            )

    return once("labs-own-people", fill)


def test_the_archive_tells_how_values_were_made_and_of_whom_they_are(lab: Path) -> None:
    archive = groundup.archive(lab / "archive")
    assert archive.recordings["sex"].value_counts().to_dict() == {"M": 8, "F": 7}
    told = set(archive.read("metrics", metric="grf_peak_1")["conditions"])
    assert len(told) == 1
    with groundup.open(lab / "before.h5") as recording:
        assert json.loads(told.pop()) == recording.metrics["grf_peak_1"].attrs["conditions"]


def test_the_next_person_is_held_against_the_labs_own_people(lab: Path) -> None:
    for name in ("before", "after"):
        assert "norm: where 95 % of people like people of our lab, n = 10 lie" in (lab / f"{name}.txt").read_text()
    (norm,) = [one for one in norms_from_file(lab / "norm.toml") if one.metric == "stance_time"]
    with groundup.open(lab / "before.h5") as recording:
        (compared,) = recording.metrics["stance_time"].attrs["norm"]["compared"]
    assert (compared["low"], compared["high"]) == pytest.approx((norm.low, norm.high))


def test_a_person_who_has_not_changed_differs_by_less_than_the_lab_can_tell_apart(lab: Path) -> None:
    pair = (lab / "before.h5", lab / "after.h5")
    rows = {
        row["metric"]: row
        for row in json.loads(run("compare", *pair, "--reliability", lab / "reliability.toml", "--json"))["differences"]
    }
    assert rows["stance_time"]["detectable"]["participants"] == TWICE
    assert {rows[name]["told_apart"] for name in ("stance_time", "grf_peak_1")} == {"smaller"}
    # lab.toml of the recordings names the same file: what they hold of it says the same.
    stored = {row["metric"]: row["told_apart"] for row in json.loads(run("compare", *pair, "--json"))["differences"]}
    assert stored["stance_time"] == "smaller"


def test_the_report_draws_the_labs_own_band_behind_the_force(lab: Path) -> None:
    part = part_of(lab / "before.h5", ReportOptions())
    bands, said = bands_of(part, 1.0)
    assert set(bands) == {"vertical", "forward"}
    assert all("people of our lab, n = 10" in one for one in said)
