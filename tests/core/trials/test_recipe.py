"""Trial recipes: what a file may say, and what becomes of a person's steps."""

import json
import math

import pytest

from groundup.lab.errors import LabError
from groundup.trials.recipe import parse_recipe, read_recipe
from groundup.trials.recipe_run import LATE_S, LiveValue, Note, RecipeRun, ShowTarget, StartTrial, StopTrial

TEXT = """
metric = "push_off_work"
least_values = 3
[[blocks]]
name = "baseline"
kind = "baseline"
seconds = 20
[[blocks]]
name = "more"
kind = "feedback"
seconds = 10
target_percent = 20
band_percent = 5
[[blocks]]
name = "recall"
kind = "recall"
seconds = 10
"""


def recipe(text: str = TEXT) -> RecipeRun:
    return RecipeRun(parse_recipe(text, "r.toml"))


def steps(run: RecipeRun, t0: float, t1: float, left: float, right: float) -> list[object]:
    """A step each half second, left and right in turn; what was done until then."""
    done: list[object] = []
    time, side = t0 + 0.5, "L"
    while time <= t1:
        run.feed([LiveValue(time, side, left if side == "L" else right, "J/kg")])  # type: ignore[arg-type]
        done += run.advance(time)
        time, side = time + 0.5, "R" if side == "L" else "L"
    return done


def test_each_side_has_the_target_of_its_own_baseline() -> None:
    run = recipe()
    assert run.start(100.0) == [StartTrial(run.recipe.blocks[0])]
    done = steps(run, 100.0, 125.0, 0.30, 0.20)
    assert [type(action) for action in done] == [StopTrial, ShowTarget, Note]
    shown = next(a.target for a in run.start(130.0) if isinstance(a, ShowTarget))
    assert shown is not None
    assert shown.unit == "J/kg"
    assert shown.bands["L"] == pytest.approx((0.345, 0.375))
    assert shown.bands["R"] == pytest.approx((0.230, 0.250))
    assert json.loads(shown.as_json())["bands"]["L"] == pytest.approx([0.345, 0.375])
    assert "L 0.345 to 0.375 J/kg (baseline 0.3" in str(shown)


def test_a_leg_that_had_no_value_in_the_baseline_is_named() -> None:
    run = recipe()
    run.start(0.0)
    note = next(a for a in steps(run, 0.0, 25.0, math.nan, 0.2) if isinstance(a, Note))
    assert "of side L there was no value, and it has no target" in note.text
    shown = next(a.target for a in run.start(30.0) if isinstance(a, ShowTarget))
    assert shown is not None
    assert set(shown.bands) == {"R"}


def test_a_target_below_a_negative_baseline_is_below_it() -> None:
    run = recipe(TEXT.replace("target_percent = 20", "target_percent = -20"))
    run.start(0.0)
    steps(run, 0.0, 25.0, -0.5, -0.5)
    shown = next(a.target for a in run.start(30.0) if isinstance(a, ShowTarget))
    assert shown is not None
    assert shown.bands["L"] == pytest.approx((-0.625, -0.575))


def test_steps_before_and_after_a_block_count_for_nothing() -> None:
    run = recipe()
    run.feed([LiveValue(99.0, "L", 9.0)])
    run.start(100.0)
    run.feed(
        [LiveValue(100.9, "L", 9.0), LiveValue(120.5, "L", 9.0)]
    )  # a stride that began before; one that ends after
    run.feed([LiveValue(103.0 + i, side, 1.0) for i in range(5) for side in ("L", "R")])
    run.advance(121.0)
    run.feed([LiveValue(119.5, "L", 1.0), LiveValue(120.2, "R", 9.0)])  # live gives its last values late
    run.advance(120.0 + LATE_S)
    assert {side: (found.value, found.n) for side, found in run.baselines.items()} == {"L": (1.0, 6), "R": (1.0, 5)}


@pytest.mark.parametrize("value", [math.nan, None])
def test_too_few_steps_make_no_target_and_the_baseline_is_walked_again(value: float | None) -> None:
    run = recipe()
    run.start(0.0)
    if value is not None:
        run.feed([LiveValue(5.0 + i, "L", value) for i in range(10)])
    run.advance(20.0)
    (note,) = run.advance(23.0)
    assert isinstance(note, Note)
    assert "walk it again" in note.text
    assert run.block is run.recipe.blocks[0]
    assert not run.baselines


def test_a_side_with_too_few_steps_is_named() -> None:
    run = recipe()
    run.start(0.0)
    run.feed([LiveValue(5.0 + i, "L", 1.0) for i in range(9)] + [LiveValue(6.0, "R", 1.0)])
    run.advance(20.0)
    (note,) = run.advance(23.0)
    assert isinstance(note, Note)
    assert "1 of side R" in note.text


def test_a_block_says_how_much_of_it_was_in_the_band() -> None:
    run = recipe()
    run.start(0.0)
    steps(run, 0.0, 25.0, 1.0, 1.0)
    run.start(30.0)
    done = steps(run, 30.0, 45.0, 1.2, 1.0)
    (note,) = [a for a in done if isinstance(a, Note)]
    assert "L 1.2 J/kg" in note.text
    assert "100 % in the band" in note.text.split("R 1")[0]
    assert "0 % in the band" in note.text.split("R 1")[1]


def test_a_block_that_is_ended_early_is_a_trial_until_then() -> None:
    run = recipe()
    run.start(0.0)
    steps(run, 0.0, 12.0, 1.0, 1.0)
    assert run.end(12.0)[0] == StopTrial()
    run.advance(15.0)
    assert run.baselines["L"].value == 1.0
    assert run.start(16.0)


def test_nothing_begins_twice_or_while_values_are_waited_for() -> None:
    run = recipe()
    run.start(0.0)
    assert not run.start(1.0)
    run.end(2.0)
    assert not run.start(2.5)
    assert not run.end(2.5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "baseline"', 'kind = "feedback"', "no baseline comes before"),
        ("seconds = 20", "seconds = -1", "lasts -1 s"),
        ("seconds = 20", "seconds = nan", "lasts nan s"),
        ("seconds = 20", "", "seconds"),
        ('name = "more"', 'name = "baseline"', "two blocks are called 'baseline'"),
        ("target_percent = 20", "target_pct = 20", 'did you mean "target_percent"'),
        ('kind = "recall"', 'kind = "rest"', "rest"),
        ("band_percent = 5", "band_percent = 0", "band_percent"),
        ("target_percent = 20", "", "has no target_percent"),
        ("target_percent = 20", "target_percent = nan", "target_percent is a number"),
        ("target_percent = 20", "target_percent = -150", "goes down to nothing"),
        ("target_percent = 20", "target_percent = -96", "goes down to nothing"),
        ("target_percent = 20", "target_percent = 2000", "which nobody walks"),
        ('kind = "feedback"', 'kind = "baseline"', "only feedback has target_percent"),
        ('kind = "feedback"\nseconds = 10\ntarget_percent = 20\nband_percent = 5', 'kind = "baseline"\nseconds = 10',
         "no block of feedback"),
        ('metric = "push_off_work"', "", "metric"),
        ("[[blocks]]", "[[block]]", "blocks"),
        ("least_values = 3", "least_values = 0", "least_values"),
        ("metric", "metric =", "r.toml"),
    ],
)  # fmt: skip
def test_a_recipe_that_cannot_be_walked_is_a_sentence(old: str, new: str, words: str) -> None:
    with pytest.raises(LabError, match=r"r\.toml") as error:
        parse_recipe(TEXT.replace(old, new), "r.toml")
    assert words in str(error.value)


def test_a_recipe_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(LabError, match="ankle-power"):
        read_recipe("ankel-power")


def test_a_band_round_a_negative_baseline_never_reaches_over_zero() -> None:
    run = recipe(TEXT.replace("target_percent = 20", "target_percent = 110"))
    run.start(0.0)
    steps(run, 0.0, 25.0, -0.5, -0.5)
    (note,) = run.start(30.0)
    assert isinstance(note, Note)
    assert "its band reaches zero" in note.text
    assert not run.runs
