"""`groundup compare`: two files, or two conditions of one; what cannot be compared is a sentence."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.conftest import Once
from tests.virtual_walk import after, before

import groundup
from groundup.cli import main
from groundup.model.events import Trial
from groundup.workflows.analyze import recompute, store


@pytest.fixture(scope="module")
def walks(once: Once) -> tuple[Path, Path]:
    return before(once), after(once)


def run(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(main, ["compare", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result.output


def test_what_the_virtual_walker_does_otherwise_is_seen_and_what_it_does_not_is_not(walks: tuple[Path, Path]) -> None:
    found = json.loads(run(*walks, "--json"))
    said = {one["metric"]: one for one in found["differences"]}
    assert found["effect_size"] == "Cliff's delta"
    assert said["distal_absorption"]["verdict"] == "lower"
    assert said["glute_braking_share"]["verdict"] == "lower"
    assert said["stride_time"]["verdict"] == "no difference seen"
    assert said["glute_demand"]["verdict"].startswith("not compared, because there are 0 and 0 values")
    with groundup.open(walks[0]) as recording:
        table = recording.metrics["distal_absorption"]
        assert said["distal_absorption"]["before"] == np.median(table["value"][table["status"] == "ok"])


def test_the_text_names_what_it_compares_and_what_chance_alone_would_show(walks: tuple[Path, Path]) -> None:
    text = run(*walks)
    for words in (
        "before: before.h5",
        "after: after.h5",
        "no difference seen",
        "by chance alone",
        "does not diagnose",
    ):
        assert words in " ".join(text.split())
    assert "nan" not in text
    assert max(len(line) for line in text.splitlines()) <= 110


def test_the_profile_says_what_each_metric_is_compared_with(walks: tuple[Path, Path]) -> None:
    with groundup.open(walks[0]) as recording:
        (norm,) = recording.metrics["grf_peak_1"].attrs["norm"]["compared"]
        assert norm["n"] == 4
        assert norm["low"] < norm["high"]
        assert "youths" in norm["name"]
        share = recording.metrics["glute_share_ratio"].attrs
        (theirs,) = share["norm"]["compared"]
        assert theirs["method"] == "glute_share_ratio_santuz2020"
        assert theirs["value"] == recording.metrics[theirs["method"]]["value"].median()
        (pace,) = recording.metrics["cadence"].attrs["norm"]["compared"]
        assert "participant.age_years" in pace["why"]
        assert share["conditions"]["emg_envelope.envelope_hz"] == 6.0
        assert "gluteus_medius" in share["conditions"]["muscles_left"]
        (entry,) = [e for part in groundup.profile(recording) for e in part.entries if e.metric == "glute_share_ratio"]
    assert "Santuz" in entry.norm
    assert entry.held_by_method


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([0], "two conditions of it are compared; trials have no conditions"),
        ([0, 0], "it is not compared with itself"),
        ([0, 1, 0], "two recordings are compared"),
        ([0, "--condition", "usual", "--condition", "squeeze"], "no trial has the condition 'usual'"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(walks: tuple[Path, Path], arguments: list, words: str) -> None:
    text = run(*(walks[a] if isinstance(a, int) else a for a in arguments), status=1)
    assert words in text
    assert "Traceback" not in text


def test_two_conditions_of_one_recording(walks: tuple[Path, Path], tmp_path: Path) -> None:
    path = Path(shutil.copy(walks[0], tmp_path / "both.h5"))
    with groundup.open(path) as recording:
        result, names = recompute(recording), list(recording.metrics)
    middle = sorted(stride.t0 for stride in result.strides)[len(result.strides) // 2]
    trials = (Trial(0.0, middle, "one", "usual"), Trial(middle, 1e9, "two", "squeeze the glutes"))
    store(path, replace(result, trials=trials), names)
    found = json.loads(run(path, "--condition", "usual", "--condition", "squeeze the glutes", "--json"))
    assert (found["before"], found["after"]) == ("'usual' in both.h5", "'squeeze the glutes' in both.h5")
    (one,) = [one for one in found["differences"] if one["metric"] == "stride_time"]
    assert one["verdict"] == "no difference seen"
    assert one["strides_before"] + one["strides_after"] in (len(result.strides) - 1, len(result.strides))
    text = run(path, "--condition", "usual", "--condition", "squeze the glutes", status=1)
    assert "squeeze the glutes" in text


def test_a_recording_without_metrics_says_how_to_get_them(sealed: Path, walks: tuple[Path, Path]) -> None:
    assert "groundup analyze" in run(sealed, walks[0], status=1)
