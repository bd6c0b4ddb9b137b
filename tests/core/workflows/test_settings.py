"""What a lab chooses for metrics, exporters and checks: from lab.toml or the command line into values and the file."""

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from click.testing import CliRunner, Result
from made import numbers, source, stream

import groundup
from groundup.analysis.profile.norms import anywhere, as_measured
from groundup.cli import main
from groundup.lab.tables import load_lab, parse_lab
from groundup.live.config import live_metrics
from groundup.model.event_json import event_json
from groundup.model.events import Event
from groundup.plugin import Check, Exporter, Finding, Norm, Settings, Stride, metric
from groundup.plugin.chosen import flaws
from groundup.plugin.failure import Origin
from groundup.plugin.lab_check import check_lab
from groundup.plugin.manager import Loaded, plugins
from groundup.preflight.run import judge
from groundup.recording import Recording
from groundup.recording import seal as sealing
from groundup.workflows.recompute import compare

HERE = Origin("tests", "tests", "tests", "1")


class LongSettings(Settings, frozen=True):
    times: float = 2.0
    plus: tuple[float, ...] = ()


@metric("t_long", of=Stride, unit="s", settings_type=LongSettings, reference="a test")
def long(stride: Stride, settings: LongSettings) -> float:
    """A multiple of the stride time."""
    return (stride.t1 - stride.t0) * settings.times + sum(settings.plus)


class WordSettings(Settings, frozen=True):
    word: str = "quiet"


class Words(Exporter):
    name = "t_words"
    suffix = ".words"
    settings_type = WordSettings
    settings: WordSettings

    def write(self, recording: Recording, out: Path, progress: object) -> list[str]:
        out.write_text(self.settings.word)
        return []


class Said(Check):
    name = "t_said"
    accepts = "other"
    settings_type = WordSettings
    settings: WordSettings
    heard: ClassVar[list[str]] = []

    def judge(self, signal: object) -> list[Finding]:
        return [Finding("green", "said", self.settings.word)]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, item in (("metrics", long), ("exporters", Words), ("checks", Said)):
        more = {item.name: Loaded(item, HERE)}
        monkeypatch.setattr(plugins(), kind, {**getattr(plugins(), kind), **more})


def recorded(path: Path, lab_toml: str) -> Path:
    """Steps of 0.55 s that were marked by hand."""
    contacts = [
        Event(6.0 + 0.55 * k + late, kind, "LR"[k % 2])  # type: ignore[arg-type]
        for k in range(16)
        for kind, late in (("IC", 0.0), ("FO", 0.7))
    ]
    contacts.sort(key=lambda event: event.time)
    texts = [[event_json(event).encode()] for event in contacts]
    stamps = np.array([event.time - 0.25 for event in contacts])
    marks = stream("marks", texts, fmt="string", rate=0.0, stamps=stamps)
    sealing.seal(source([marks, stream("imu", numbers("float32", 1200), fmt="float32")], lab_toml=lab_toml), path)
    return path


@pytest.fixture
def walk(tmp_path: Path, made_clock: None) -> Path:
    """Its lab.toml chooses three times the stride time."""
    return recorded(tmp_path / "x.h5", '[metrics.t_long]\ntimes = 3\n\n[exporters.t_words]\nword = "own"\n')


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def found(path: Path) -> tuple[float, dict[str, object], dict[str, object]]:
    """Median value, parameters and conditions of the metric in the file."""
    with groundup.open(path) as recording:
        table = recording.metrics["t_long"]
        assert (table["status"] == "ok").all()
        return float(table["value"].median()), table.attrs["parameters"], table.attrs["conditions"]


@pytest.mark.rig
def test_what_lab_toml_chooses_is_measured_by_and_stored_with_the_values(walk: Path) -> None:
    done = run("analyze", walk, "--metric", "t_long")
    assert done.exit_code == 0, done.output
    value, parameters, conditions = found(walk)
    assert value == pytest.approx(3 * 1.1)
    assert parameters["times"] == conditions["times"] == 3.0
    assert compare(walk).problems == []


@pytest.mark.rig
def test_another_lab_toml_or_an_option_is_taken_instead_and_recomputed_by(walk: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[metrics.t_long]\ntimes = 5\n")
    assert run("analyze", walk, "--metric", "t_long", "--lab", other).exit_code == 0
    assert found(walk)[0] == pytest.approx(5 * 1.1)
    assert compare(walk).problems == []
    chosen = ("--set", "t_long.times=10", "--set", "t_long.plus=[1, 2]")
    assert run("analyze", walk, "--metric", "t_long", *chosen).exit_code == 0
    assert found(walk)[0] == pytest.approx(10 * 1.1 + 3)
    assert compare(walk).problems == []
    assert run("verify", walk).exit_code == 0
    assert run("analyze", walk, "--metric", "t_long").exit_code == 0
    assert found(walk)[0] == pytest.approx(3 * 1.1), "without, it is the recording's own lab.toml again"


def test_live_measures_by_the_same() -> None:
    lab = parse_lab("[metrics.t_long]\ntimes = 7\n[live]\nmetrics = ['t_long']\n")
    (one,) = live_metrics(lab)
    assert one(Stride(0.0, 1.0, 0.5, "L", 0)) == 7.0


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("t_lung.times=1", 'did you mean "t_long"?'),
        ("t_long.time=1", 'unknown key "time"; did you mean "times"?'),
        ("t_long.times=many", 'times is "many"; a number is expected'),
        ("times=3", "it is NAME.KEY=VALUE"),
    ],
)
def test_what_cannot_be_chosen_is_said_and_nothing_is_analysed(walk: Path, option: str, said: str) -> None:
    before = walk.read_bytes()
    done = run("analyze", walk, "--set", option)
    assert done.exit_code != 0
    assert said in done.output
    assert "--set" in done.output
    assert "lab.toml" not in done.output, "it is no mistake in a file"
    assert walk.read_bytes() == before


def test_a_flaw_is_of_the_file_or_of_the_option_that_has_it() -> None:
    def words(table: dict[str, object], *options: str) -> list[str]:
        return list(flaws("metrics", {"t_long": table}, [long], "my.toml", options))

    assert words({"tims": 3}) == ['my.toml: [metrics.t_long] has an unknown key "tims"; did you mean "times"?']
    assert words({"tims": 3}, "t_long.tims=3") == [
        '--set: [metrics.t_long] has an unknown key "tims"; did you mean "times"?'
    ]
    assert words({"tims": 3, "times": 4}, "t_long.times=4")[0].startswith("my.toml: ")
    assert words({"times": "x", "plus": [1.0]}, "t_long.times=x")[0].startswith("--set: ")
    (stray,) = flaws("metrics", {"t_lung": {"times": 1}}, [long], "my.toml", ["t_lung.times=1"])
    assert stray.startswith("--set: ")


def test_a_mistake_in_the_lab_toml_of_a_recording_costs_no_value(tmp_path: Path, made_clock: None) -> None:
    path = recorded(tmp_path / "x.h5", "[metrics.t_long]\ntims = 3")
    done = run("analyze", path, "--metric", "t_long")
    assert done.exit_code == 0, done.output
    assert 'unknown key "tims"; did you mean "times"?' in done.output
    assert found(path)[0] == pytest.approx(2 * 1.1)


def test_the_check_of_a_lab_toml_finds_it_before_anything_is_recorded() -> None:
    lab = parse_lab("[metrics.t_long]\ntims = 3\n[checks.t_sad]\nword = 'a'\n[exporters.t_words]\nword = 3\n")
    complaints = check_lab(lab, plugins())
    assert complaints.devices == []
    assert [c.split(": ", 1)[1] for c in complaints.analysis] == [
        '[metrics.t_long] has an unknown key "tims"; did you mean "times"?',
        '[exporters.t_words] word is 3; text in quotes is expected',
        '[checks.t_sad] is of no installed plugin; did you mean "t_said"?',
    ]  # fmt: skip


def test_a_norm_of_other_settings_is_not_held_against_the_values() -> None:
    norm = Norm("t_long", 1.0, 3.0, 9, "people", "a test")
    (measured,) = as_measured([Loaded(norm, HERE)], plugins().metrics)
    assert anywhere("t_long", [measured], dict(long.parameters)).known
    chosen = long.configured(LongSettings(times=3.0))
    other = anywhere("t_long", [measured], dict(chosen.parameters))
    assert not other.known
    assert "was made with times 2, this with times 3" in other.why


def test_an_exporter_takes_settings_from_the_recording_a_lab_toml_or_the_command(walk: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[exporters.t_words]\nword = "other"\n')
    for number, (more, word) in enumerate(
        [((), "own"), (("--lab", other), "other"), (("--set", "t_words.word=said"), "said")]
    ):
        out = tmp_path / f"{number}.words"
        done = run("export", walk, "--to", "t_words", "-o", out, *more)
        assert done.exit_code == 0, done.output
        assert out.read_text() == word
    done = run("export", walk, "--to", "t_words", "--set", "words.word=said")
    assert done.exit_code != 0
    assert "write t_words.KEY=VALUE" in done.output


def test_a_check_takes_settings(walk: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text('[checks.t_said]\nword = "loud"\n')
    lab = load_lab(tmp_path / "lab.toml")
    from groundup.plugin.chosen import check_with

    with groundup.open(walk) as recording:
        verdict = judge(recording, [], None, [check_with(Said, lab.checks)])
    said = [f.message for one in verdict.streams for f in one.findings if f.what == "said"]
    assert said == ["loud"]
    assert check_with(Said, lab.checks).settings == WordSettings(word="loud")
    assert json.loads(run("metrics", "--json").output)
