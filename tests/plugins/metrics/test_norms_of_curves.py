"""Norms of mean curves: what their script makes of public recordings, and for whom they are drawn."""

from importlib.resources import files

import numpy as np
import pytest
from click.testing import CliRunner
from real_files import of_c3d

import groundup
from groundup.analysis.pipeline import run_pipeline
from groundup.analysis.profile.circumstances import Circumstances
from groundup.analysis.profile.curve_norms import curve_norm
from groundup.cli import main
from groundup.plugin import Subject
from groundup.plugin.manager import plugins
from groundup.report.curves import force_curves, walked
from groundup_plugins.norms.make_curves import TABLE, in_body_weights, table
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

WALKS = ("HC002D06", "HC030A05", "HC031A06", "HC036A10")
NORMS = [loaded.item for loaded in plugins().norms.values()]


@pytest.fixture(scope="module")
def recording_of_one(shared, tmp_path_factory):
    path = tmp_path_factory.mktemp("youth") / "walk.h5"
    done = CliRunner().invoke(
        main, ["import", str(shared / "walk_overground_c3d" / f"{WALKS[0]}.c3d"), "-o", str(path)]
    )
    assert done.exit_code == 0, done.output
    return path


def test_the_table_is_what_its_script_makes_of_the_public_recordings(shared):
    people = []
    for name in WALKS:
        signals, events, subject = of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d")
        made = run_pipeline(signals, events, subject, [ForcePlate, Contacts], [], curves=True).curves
        forces = [(curve.name, curve.count, curve.mean) for curve in made if curve.what == "grf"]
        people.append(in_body_weights(forces, subject.mass_kg))
    text = (files("groundup_plugins") / "norms" / TABLE).read_text(encoding="utf-8")
    assert values(table(people)) == pytest.approx(values(text), abs=2e-4)


def values(text):
    rows = [line.split(",") for line in text.splitlines() if line.startswith("grf")]
    return {(curve, percent, end): float(v) for curve, percent, *ends in rows for end, v in enumerate(ends)}


def test_the_report_draws_the_mean_and_sd_of_the_file_and_the_norm_of_one_who_walks(recording_of_one, tmp_path):
    with groundup.open(recording_of_one) as recording:
        stored = recording.curves
        for curve in force_curves(walked(recording)):
            mine = stored[(stored["what"] == "grf") & (stored["name"] == curve.name) & (stored["side"] == curve.side)]
            assert curve.mean.tolist() == mine["mean"].tolist()
            # What is drawn faint behind it is cut by itself, and is the same.
            np.testing.assert_allclose(curve.each.mean(axis=0), curve.mean, atol=1e-6 * np.ptp(curve.mean))
    out = tmp_path / "x.html"
    assert CliRunner().invoke(main, ["report", str(recording_of_one), "-o", str(out)]).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert (
        "Grey: where 95 % of people like youths walking overground (biomechZoo), n = 4, lie, percent by percent."
        in text
    )


@pytest.mark.parametrize(
    ("subject", "gait", "words"),
    [
        (Subject(60.0), "walking", "where 95 %"),
        (Subject(), "walking", "participant.mass_kg"),
        (Subject(60.0), "running", "and this is running"),
        (Subject(60.0), "is not known", "whether this is walking"),
    ],
)
def test_a_curve_is_held_against_those_who_did_the_same(subject, gait, words):
    found = curve_norm("grf_vertical", NORMS, Circumstances("", (), subject, gait))
    assert words in found.description
    assert (len(found.low) == 101) == words.startswith("where")
    if len(found.low):
        assert (found.low >= 0).all()
        assert found.high[25] > 60.0 * 9.80665 > found.low[25]


def test_of_a_curve_that_no_norm_is_known_of_nothing_is_said():
    assert curve_norm("grf_to the left", NORMS, Circumstances("", (), Subject(60.0), "walking")).description == ""
