"""The report: what it says is what the file says, and it needs nothing but itself to be read."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.conftest import Once
from tests.virtual_walk import after, before

import groundup
from groundup.analysis.profile import circular
from groundup.cli import main
from groundup.model.events import Event
from groundup.report.contact_words import contact_words

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
pytest.importorskip("jinja2", reason="the extra `report` is not installed")


class Page(HTMLParser):
    """Figures by metric, and every tag that was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: dict[str, list[float]] = {}
        self.tags: list[str] = []
        self.text = ""
        self._metric = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        if tag == "tr":
            self._metric = found.get("data-metric") or ""
        if tag == "data" and self._metric:
            self.figures.setdefault(self._metric, []).append(float(found["value"] or "nan"))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def walks(once: Once) -> tuple[Path, Path]:
    return before(once), after(once)


@pytest.fixture(scope="module")
def text(walks: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "x.html"
    result = CliRunner().invoke(main, ["report", str(walks[0]), "-o", str(out)])
    assert result.exit_code == 0, result.output
    return out.read_text(encoding="utf-8")


def test_the_numbers_of_the_page_are_those_of_the_file(walks: tuple[Path, Path], text: str) -> None:
    figures = Page(text).figures
    with groundup.open(walks[0]) as recording:
        assert len(recording.metrics) > 5
        for name, table in recording.metrics.items():
            good = table["value"][table["status"] == "ok"]
            if len(good) and "circular" in table.attrs:
                period = table.attrs["circular"]
                assert figures[name][-3:] == [circular.percentiles(good, [q], period)[0] for q in (50, 25, 75)]
            elif len(good):
                assert figures[name][-3:] == [good.median(), *np.percentile(good, [25, 75])]
        for name in ("glute_braking_share", "distal_absorption"):
            table = recording.metrics[name]
            assert figures[name][0] == table["value"][table["status"] == "ok"].median()


def test_every_number_names_its_method_and_the_plugin_that_made_it(walks: tuple[Path, Path], text: str) -> None:
    said = " ".join(Page(text).text.split())
    with groundup.open(walks[0]) as recording:
        for table in recording.metrics.values():
            assert " ".join(table.attrs["method"].split()) in said
            assert f"{table.attrs['plugin']} {table.attrs['version']}" in said


def test_how_a_number_was_made_has_the_whole_width_of_the_page(text: str) -> None:
    methods = text[text.index("Every number, and how it was made") :]
    columns = methods[: methods.index("</thead>")].count("<th")  # and one of <thead>
    made = methods.count("<tr data-metric=")
    assert made > 5
    assert methods.count(f'<tr class="method"><td colspan="{columns - 1}">') == made


def test_every_stream_stands_in_it_with_its_bound(walks: tuple[Path, Path], text: str) -> None:
    with groundup.open(walks[0]) as recording:
        for id_, stream in recording.streams.items():
            assert id_ in text
            assert f'value="{stream.certificate.bound_ms}"' in text


def test_the_page_needs_nothing_but_itself(text: str) -> None:
    assert not {"script", "link", "iframe", "object", "embed"} & set(Page(text).tags)
    addresses = re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", text)
    assert all(address.startswith(("#", "data:")) for address in addresses), addresses


def test_every_figure_is_there(text: str) -> None:
    for title in (
        "Ground reaction force",
        "Centre of pressure",
        "Muscle activity",
        "The shock on its way up",
        "Events",
    ):
        assert f"<h2>{title}</h2>" in text


def test_muscles_stand_beside_their_normal_phases(walks: tuple[Path, Path], text: str) -> None:
    rows = re.findall(r'<tr><th scope="row">([a-z ]+)</th><td>([LR])</td><td>(\d+) to (\d+) %</td>', text)
    with groundup.open(walks[0]) as recording:
        for muscle, side, on, _ in rows:
            table = recording.metrics[f"emg_on_{muscle.replace(' ', '_')}"]
            good = table["value"][(table["side"] == side) & (table["status"] == "ok")]
            assert int(on) == round(float(circular.median(good, 100.0)))
    assert {muscle for muscle, *_ in rows} >= {"soleus", "gluteus medius", "gluteus maximus"}


def test_what_came_from_outside_is_text_and_no_markup(text: str) -> None:
    assert "<b>P" not in text
    assert "<i>nearly" not in text
    assert "<b>P & 1</b>" in Page(text).text


def test_before_and_after_stand_side_by_side(walks: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "both.html"
    result = CliRunner().invoke(main, ["report", *map(str, walks), "-o", str(out), "--json"])
    assert json.loads(result.output)["report"] == str(out)
    text = out.read_text(encoding="utf-8")
    assert "<strong>lower after</strong>: Cliff" in text
    assert "<strong>no difference seen</strong>" in text
    assert "not compared, because there are 2 and 2 values" in text
    figures = Page(text).figures
    medians = []
    for path in walks:
        with groundup.open(path) as recording:
            medians.append(recording.metrics["distal_absorption"]["value"].median())
    assert medians[0] in figures["distal_absorption"]
    assert medians[1] in figures["distal_absorption"]


def test_a_recording_that_was_never_analysed_has_a_page_too(sealed: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["report", str(sealed), "-o", str(tmp_path / "x.html")])
    assert result.exit_code == 0, result.output
    assert "no stride was seen" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_a_page_that_exists_is_not_overwritten_unasked(sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("mine")
    result = CliRunner().invoke(main, ["report", str(sealed), "-o", str(tmp_path / "x.html")])
    assert result.exit_code == 1
    assert "is not overwritten" in result.output
    assert (tmp_path / "x.html").read_text() == "mine"


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
