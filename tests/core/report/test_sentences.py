"""What the person is told: as much as the numbers say, the right foot as right, and that nothing can be said."""

import math
from dataclasses import replace

import pytest

from groundup.analysis.profile.detectable import Detectable
from groundup.analysis.profile.differences import Difference
from groundup.analysis.profile.norms import Compared
from groundup.analysis.profile.spread import Spread
from groundup.report.comparison import seen, sorted_by_effect
from groundup.report.numbers import Number
from groundup.report.sentences import changes, sentences
from groundup.report.steps_table import steps_table, symmetry
from groundup.report.strategy_picture import strategy_picture
from groundup.report.wording import words_of

WORDS = words_of()
STANCE = Number("stance_time", "s", count=20, values=20, median=0.66, left=0.65, right=0.67, sides=(10, 10))


def stance(low, high):
    return replace(STANCE, spread=Spread(asymmetry=(low + high) / 2, asymmetry_low=low, asymmetry_high=high))


def side_sentence(number):
    return sentences({"stance_time": number} if number else {}, WORDS)[1].text


def test_the_foot_that_stood_longer_is_named_whichever_it_is():
    assert "Your right foot was on the ground 3.0 % longer" in side_sentence(stance(2.0, 4.0))
    assert "Your left foot was on the ground 3.0 % longer" in side_sentence(stance(-4.0, -2.0))
    assert "(with 95 % certainty 2.0 to 4.0 %)" in side_sentence(stance(-4.0, -2.0))


def test_what_may_be_chance_is_no_difference():
    assert side_sentence(stance(-1.0, 4.0)).startswith("No difference was seen")


@pytest.mark.parametrize("number", [None, replace(STANCE, count=0), replace(STANCE, sides=(20, 0))])
def test_of_one_foot_alone_nothing_is_said(number):
    assert "cannot be said" in side_sentence(number)


def test_too_few_steps_say_how_many_there_were():
    said = side_sentence(replace(STANCE, sides=(2, 3)))
    assert "too few steps were measured (2 left, 3 right; 6 of each are the least)" in said


@pytest.mark.parametrize(
    ("median", "said"),
    [(100.0, "lie in the range"), (80.0, "fewer steps a minute than in"), (140.0, "more steps a minute")],
)
def test_pace_is_held_against_its_norm(median, said):
    norm = Compared("adults, n = 15", 90.0, 120.0, 15, value=median, values=9)
    number = Number("cadence", "1/min", count=9, values=9, median=median, compared=(norm,))
    text = sentences({"cadence": number}, WORDS)[0].text
    assert said in text
    assert "(15 people were measured)" in text
    assert "not measured" in text  # how fast


def test_of_an_empty_recording_every_sentence_says_that_nothing_can_be_said():
    for language in ("en", "de"):
        every = sentences({}, words_of(language))
        assert len(every) == 3
        assert all(not one.metrics for one in every)
        assert all(("cannot be said" in one.text) or ("lässt sich nicht sagen" in one.text) for one in every)


def test_the_symmetry_of_the_table_says_which_side_is_more():
    assert symmetry(stance(2.0, 4.0), WORDS) == "right 3.0 % more (2.0 to 4.0)"
    assert symmetry(stance(-4.0, -2.0), WORDS) == "right 3.0 % less (2.0 to 4.0)"
    assert symmetry(replace(STANCE, sides=(0, 3)), WORDS) == ""


def test_a_norm_measured_in_another_way_stands_beside_no_value():
    norm = Compared("adults, n = 8", 0.5, 0.7, 8, method="stance_time_others", value=0.6, values=2)
    (row,), _ = steps_table([{"stance_time": replace(STANCE, compared=(norm,))}], WORDS)
    assert row.norm == ""


def test_swapped_sides_swap_their_marks():
    number = Number("distal_absorption", "1", count=9, values=9, median=0.5, left=0.25, right=0.75, sides=(4, 5))
    drawn = strategy_picture([{number.name: number}], WORDS)
    swapped = strategy_picture([{number.name: replace(number, left=0.75, right=0.25)}], WORDS)
    assert "left 25 %, right 75 %" in drawn
    assert "left 75 %, right 25 %" in swapped


def test_a_scale_reaches_what_lies_beyond_it_and_close_values_stay_close():
    number = Number("distal_absorption", "1", count=9, values=9, median=0.75, left=0.750, right=0.749, sides=(4, 5))
    assert 'cx="598.0"' in strategy_picture([{number.name: number}], WORDS)
    beyond = strategy_picture([{number.name: replace(number, right=1.5)}], WORDS)
    assert "150 %" in beyond


def difference(**more):
    known = {"before": 1.0, "after": 1.2, "strides_before": 9, "strides_after": 9, "verdict": "higher"}
    found = {"change": 0.2, "change_low": 0.1, "change_high": 0.3, "effect": 0.8, "effect_low": 0.4, "effect_high": 1.0}
    return Difference("stance_time", "s", "", **{**known, **found, **more})


def test_a_change_below_what_a_lab_can_tell_apart_is_called_small():
    coarse, fine = (Detectable("stance_time", "s", mdc95=mdc, low=mdc / 2, high=mdc * 1.5) for mdc in (0.5, 0.1))
    assert seen(difference()) == "higher"
    assert seen(difference(detectable=fine)) == "higher"
    assert seen(difference(detectable=coarse)) == "small"
    assert seen(difference(detectable=coarse, verdict="lower", change=-0.2)) == "small"
    assert seen(difference(detectable=coarse, verdict="no difference seen")) == "same"


def test_the_largest_effect_comes_first_whichever_way_it_goes():
    rows = [difference(effect=0.1), difference(effect=-0.9), difference(effect=0.5)]
    alone = difference(effect=math.nan, effect_low=math.nan, verdict="not compared, because it rained")
    found = sorted_by_effect([*rows, alone])
    assert [one.effect for one in found.rows] == [-0.9, 0.5, 0.1]
    assert found.not_compared == {"it rained": ["stance_time"]}


def test_a_comparison_says_what_changed_and_of_what_it_knows_nothing():
    every = [{"stance_time": STANCE}, {"stance_time": STANCE}]
    said = [one.text for one in changes([difference()], every, WORDS)]
    assert said[0] == WORDS("summary.change.pace")
    assert said[1].startswith("Foot on the ground: 1.00 s before, 1.20 s after. That is higher")
    unlike = difference(effect_low=math.nan, verdict="not compared, because the filter differs")
    assert "cannot be compared" in changes([unlike], every, WORDS)[1].text
