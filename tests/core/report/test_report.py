"""The report: what it says is what the file says, and it needs nothing but itself to be read."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.core.report.reading import Page

import groundup
from groundup.analysis.profile import circular
from groundup.cli import main
from groundup.model.events import Event
from groundup.report import ReportOptions, page
from groundup.report.contact_words import contact_words
from groundup.report.contents import as_css
from groundup.report.curves import force_curves, walked
from groundup.report.page_one import page_one
from groundup.report.wording import words_of

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
pytest.importorskip("jinja2", reason="the extra `report` is not installed")

Walks = tuple[Path, Path]


def good_values(recording, name):
    table = recording.metrics[name]
    return table[table["status"] == "ok"]


def test_the_numbers_of_the_appendix_are_those_of_the_file(walks: Walks, single: Page) -> None:
    seen = 0
    with groundup.open(walks[0]) as recording:
        for name, table in recording.metrics.items():
            good = good_values(recording, name)
            if not len(good):
                assert ("appendix", name) not in single.figures
                continue
            seen += 1
            period = table.attrs.get("circular")
            first, middle, third = circular.percentiles(good["value"], [25, 50, 75], period)
            sides = [good["value"][good["side"] == side] for side in ("L", "R")]
            medians = [float(circular.median(mine, period)) for mine in sides if len(mine)]
            figures = single.figures["appendix", name]
            assert figures[0] == middle
            assert figures[-2 - len(medians) : len(figures) - len(medians)] == [first, third]
            assert figures[len(figures) - len(medians) :] == medians
    assert seen > 50


def test_the_table_of_steps_has_left_and_right_of_the_file(walks: Walks, single: Page) -> None:
    with groundup.open(walks[0]) as recording:
        rows = single.order["steps"]
        assert rows[0] == "cadence"
        for name in rows:
            good = good_values(recording, name)
            expected = [good["value"][good["side"] == side].median() for side in ("L", "R")]
            assert single.figures["steps", name] == expected
        assert "stance_time" in rows


def test_what_was_not_measured_of_the_steps_is_named_once(single: Page) -> None:
    said = single.said("steps")
    assert said.count("Walking speed") == 1
    assert "Not measured in this recording: Walking speed" in said


def test_the_sentences_are_made_from_the_numbers_of_the_file(walks: Walks, single: Page) -> None:
    said = single.said("summary")
    with groundup.open(walks[0]) as recording:
        assert f"You took {good_values(recording, 'cadence')['value'].median():.0f} steps a minute" in said
        lost = 100 * good_values(recording, "distal_absorption")["value"].median()
        assert f"{lost:.0f} % was lost below the pelvis" in said
    assert single.html.count("<li data-metrics") == 3


def test_the_picture_says_its_numbers_to_who_cannot_see_it(walks: Walks, single: Page) -> None:
    label = re.search(r'class="strategy"[^>]*aria-label="([^"]*)"', single.html)
    assert label is not None
    with groundup.open(walks[0]) as recording:
        good = good_values(recording, "distal_absorption")
        left, right = (100 * good["value"][good["side"] == side].median() for side in ("L", "R"))
    assert f"Where load is taken: left {left:.0f} %, right {right:.0f} %" in label[1]
    assert "Where the work is done: not measured in this recording" in label[1]


def test_every_number_has_its_method_and_the_plugin_that_made_it(walks: Walks, single: Page) -> None:
    said = single.said("appendix")
    with groundup.open(walks[0]) as recording:
        for name, table in recording.metrics.items():
            if not len(good_values(recording, name)):
                continue
            muscle = (table.attrs["parameters"] or {}).get("muscle")
            first = re.split(r"(?<=\.)\s", table.attrs["method"])[0]
            if not muscle:
                assert " ".join(first.split()) in said
            assert table.attrs["plugin"] in said


def test_every_stream_stands_in_it_with_its_bound(walks: Walks, single: Page) -> None:
    with groundup.open(walks[0]) as recording:
        for id_, stream in recording.streams.items():
            assert id_ in single.said("appendix")
            assert f'value="{stream.certificate.bound_ms}"' in single.html


def test_why_there_is_no_value_is_said_once(single: Page) -> None:
    assert single.said("appendix").count("no MVIC trial was recorded") == 1


def test_nobody_is_told_to_install_anything(single: Page, both: Page) -> None:
    for one in (single, both):
        assert "pip install" not in one.html


def test_no_name_can_break_within_a_word() -> None:
    style = (Path(groundup.__file__).parent / "report" / "style.css").read_text(encoding="utf-8")
    assert "break-all" not in style
    assert "overflow-wrap: normal" in style


def test_the_page_needs_nothing_but_itself(single: Page) -> None:
    assert not {"script", "link", "iframe", "object", "embed"} & set(single.tags)
    addresses = re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", single.html)
    assert all(address.startswith(("#", "data:")) for address in addresses), addresses


def test_every_figure_is_there(single: Page) -> None:
    for key in ("force", "muscles", "timing", "pressure", "impacts"):
        assert f'<figure id="{key}">' in single.html


def test_what_came_from_outside_is_text_and_no_markup(single: Page) -> None:
    assert "<b>P" not in single.html
    assert "<i>nearly" not in single.html
    assert "<b>P & 1</b>" in single.everything


def test_nothing_in_a_name_ends_the_style_sheet(walks: Walks) -> None:
    person = '"; } </style><script>alert(1)</script> \\'
    made = page(walks[:1], ReportOptions(person=person))
    assert "<script" not in made
    assert person in Page(made).everything
    assert as_css(person).count('"') == 2


def test_before_and_after_is_one_table_sorted_by_effect(walks: Walks, both: Page) -> None:
    effects = [both.figures["differences", name][-1] for name in both.order["differences"]]
    assert [abs(one) for one in effects] == sorted((abs(one) for one in effects), reverse=True)
    medians = []
    for path in walks:
        with groundup.open(path) as recording:
            medians.append(good_values(recording, "distal_absorption")["value"].median())
    assert both.figures["differences", "distal_absorption"][:2] == medians
    said = both.said("differences")
    assert "lower after" in said
    assert "no difference seen" in said
    assert "There are 2 and 2 values, and 6 of each are the least" in said


def test_a_comparison_has_no_single_report_in_it(both: Page, single: Page) -> None:
    assert 'class="numbers"' in single.html
    assert 'class="numbers"' not in both.html
    for key in ("force", "muscles", "timing", "pressure", "impacts"):
        assert both.html.count(f'<figure id="{key}">') == 1


def test_a_recording_that_was_never_analysed_has_a_page_too(sealed: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", str(sealed), "-o", str(tmp_path / "x.html")])
    assert result.exit_code == 0, result.output
    said = Page((tmp_path / "x.html").read_text(encoding="utf-8")).everything
    assert "How fast you walked cannot be said" in said
    assert "No steps were seen in this recording" in said
    assert "No curve can be drawn" in said


def test_a_page_that_exists_is_not_overwritten_unasked(sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("mine")
    result = CliRunner().invoke(main, ["report", str(sealed), "-o", str(tmp_path / "x.html")])
    assert result.exit_code == 1
    assert "is not overwritten" in result.output
    assert (tmp_path / "x.html").read_text() == "mine"


def test_the_command_tells_what_it_wrote(walks: Walks, tmp_path: Path) -> None:
    out = tmp_path / "both.html"
    result = CliRunner().invoke(main, ["report", *map(str, walks), "-o", str(out), "--json"])
    assert json.loads(result.output)["report"] == str(out)


def test_a_report_is_of_the_trials_that_were_chosen(with_trials: Path) -> None:
    made = Page(page([with_trials], ReportOptions(conditions=("slow",))))
    with groundup.open(with_trials) as recording:
        trial = recording.trial_list()[0]
        good = good_values(recording, "stance_time")
        inside = good[(good["t0"] >= trial.t0) & (good["t1"] <= trial.t1)]
        assert 3 < len(inside) < len(good)
        expected = [inside["value"][inside["side"] == side].median() for side in ("L", "R")]
    assert made.figures["steps", "stance_time"] == expected
    assert "first slow" in made.everything


def test_greatest_effort_is_no_part_of_a_walk_unasked(with_trials: Path) -> None:
    made = Page(page([with_trials]))
    with groundup.open(with_trials) as recording:
        effort = recording.trial_list()[1]
        good = good_values(recording, "stance_time")
        middle = (good["t0"] + good["t1"]) / 2
        outside = good[(middle < effort.t0) | (middle > effort.t1)]
        assert len(outside) < len(good)
        expected = [outside["value"][outside["side"] == side].median() for side in ("L", "R")]
    assert made.figures["steps", "stance_time"] == expected
    assert "but not: squeeze mvic" in made.everything


def test_a_trial_that_is_not_there_is_named_with_those_that_are(with_trials: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", str(with_trials), "-o", str(tmp_path / "x"), "--condition", "slwo"])
    assert result.exit_code == 1
    assert "no trial has the condition 'slwo'" in result.output
    assert "'slow'" in result.output
    assert not (tmp_path / "x").exists()


def test_of_many_strides_some_are_drawn_and_all_are_in_the_mean(walks: Walks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundup.report.curves._MOST_DRAWN", 4)
    with groundup.open(walks[0]) as recording:
        stored = recording.curves
        for curve in force_curves(walked(recording)):
            mine = stored[(stored["what"] == "grf") & (stored["name"] == curve.name) & (stored["side"] == curve.side)]
            assert len(curve.each) == 4
            assert curve.count == mine["count"].iloc[0] > 4
            np.testing.assert_array_equal(curve.mean, mine["mean"])


def test_the_date_is_that_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change its time zone in a process")
    monkeypatch.setenv("TZ", "UTC-9")
    time.tzset()
    try:
        assert words_of().date("2026-01-01T20:30:00.139Z") == "2 January 2026, 05:30"
        assert words_of("de").date("2026-01-01T20:30:00Z") == "2. Januar 2026, 05:30 Uhr"
        assert words_of().date("") == "date not known"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_stands_on_page_one_is_measured_by_a_metric() -> None:
    known = set(groundup_metrics())
    about = page_one()
    named = {*about.steps, *about.scales, *about.sentences.strategy, *about.sentences.pace, about.sentences.sides}
    assert named <= known
    assert {name for line in about.lines for name in line.metrics} == set(about.scales)


def groundup_metrics() -> list[str]:
    from groundup.plugin.manager import plugins

    return list(plugins().metrics)


def test_a_page_says_what_the_contacts_were_held_against() -> None:
    contact = Event(1.0, "IC", "L", "plate:1", 0.3, evidence="shape handover")
    assert contact_words([replace(contact, evidence="")]) == ""
    assert contact_words([replace(contact, evidence="unweighed")]) == ""
    told = contact_words([contact, replace(contact, confidence=0.8)])
    assert told.endswith("the foot stood is not known of 1, and a part of it may be beside.")
    assert "no evidence beside them was at hand" in contact_words([contact])
    told = contact_words([contact, replace(contact, confidence=0.9, evidence="markers load shape")])
    assert told.startswith("1 of 2 contacts with plates are in doubt")
    assert "the markers of the feet (1), the load over a gait cycle (1)" in told
