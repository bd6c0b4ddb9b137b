"""Rising from a chair again and again: found under light feet, with a plate under the seat, timed and counted."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from chairs import Chair, back, chair, numbered

from groundup.analysis.pipeline import AnalysisResult, run_pipeline
from groundup.model.events import SitToStand, Trial
from groundup.plugin import NotComputableError, SignalForm, Subject, Trace
from groundup.testing.people import LASTS_S, SEAT_OFF_S, rising
from groundup_plugins.metrics.chair_stands import five_times_sit_to_stand_time, thirty_second_chair_stand_count
from groundup_plugins.metrics.force_development import rate_of_force_development
from groundup_plugins.metrics.sit_to_stand import groundup_metrics, sit_to_stand_momentum_transfer_time
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings
from groundup_plugins.processors.lumbar_rises import LumbarRises
from groundup_plugins.processors.sit_to_stand import SitToStandEvents

METRICS = [*groundup_metrics(), rate_of_force_development]


def analysed(*plates, trials=()) -> AnalysisResult:
    return run_pipeline(plates, [], Subject(75.0), [ForcePlate, Contacts, SitToStandEvents], METRICS, trials=trials)


def feet(made: Chair, offset_n: float = 0.0):
    return numbered(made.feet + offset_n, made.rate, 1)


def values(result: AnalysisResult, name: str) -> list[float]:
    return [row.value for row in result.rows if row.name == name and row.status == "ok"]


def moments(result: AnalysisResult) -> np.ndarray:
    return np.array([(rise.t0, rise.seat_off, rise.t1) for rise in result.rises])


PEOPLE = list(product([50.0, 110.0], [1.6, 2.4, 5.0], [0.1, 0.2, 0.35], [0.04, 0.06]))


@pytest.mark.rig
@pytest.mark.parametrize(("mass", "cycle", "seated", "fallen"), PEOPLE)
def test_five_rises_are_five_whoever_rises(mass: float, cycle: float, seated: float, fallen: float) -> None:
    """A foot that carries 20 to 65 N between two rises, and 50 to 380 N before them, in 8 to 25 s."""
    made = chair(cycle_s=cycle, mass_kg=mass, seated=seated, fallen_back=fallen, sways_n=float(seated == 0.2))
    result = analysed(feet(made))
    assert len(result.rises) == 5
    assert result.stances == ()
    assert sum(e.kind == "seat_on" for e in result.events) == 5
    wrong = np.abs(moments(result) - made.rises).max(axis=0)
    # The model's seat is left softly: the feet carry the weight before the seat is quite empty.
    assert (wrong <= [0.1, 0.18, 0.1]).all()
    time = made.rises[4, 2] - made.rises[0, 0]
    assert values(result, "five_times_sit_to_stand_time") == pytest.approx([time], abs=0.15)


@pytest.mark.parametrize("seated", [0.05, 0.08, 0.12, 0.25, 0.35])
@pytest.mark.parametrize("sways", [0.0, 1.0])
def test_the_feet_of_one_who_sits_are_no_offset(seated: float, sways: float) -> None:
    made = chair(seated=seated, sways_n=sways)
    grf = ForcePlate(ForcePlateSettings()).whole(feet(made)).signals[0]
    if seated > 0.05 or sways:
        np.testing.assert_array_equal(grf.column("Fz"), made.feet)
        assert grf.attrs["zeroed"] == "no: the plate was never surely seen unloaded, and its force is given as it is"


@pytest.mark.parametrize("puts_down_s", [0.02, 0.5])
@pytest.mark.parametrize("offset", [12.0, 31.0, -40.0])
def test_an_offset_is_seen_before_the_feet_are_put_on_the_plate(offset: float, puts_down_s: float) -> None:
    made = chair()
    count = round(puts_down_s * made.rate)
    empty = np.random.default_rng(1).normal(0, 0.5, round(2 * made.rate))
    force = np.concatenate([empty, made.feet[0] * np.linspace(0, 1, count), made.feet])
    grf = ForcePlate(ForcePlateSettings()).whole(numbered(force + offset, made.rate, 1)).signals[0]
    assert np.abs(grf.column("Fz") - force).max() < 0.5
    assert len(analysed(numbered(force + offset, made.rate, 1)).rises) == 5


@pytest.mark.parametrize("chair_n", [0.0, 45.0])
@pytest.mark.parametrize("cycle", [1.8, 3.5])
def test_landing_on_a_seat_is_no_step_and_leaving_it_is_seat_off(cycle: float, chair_n: float) -> None:
    """With the chair's own weight on the plate, too."""
    made = chair(cycle_s=cycle)
    result = analysed(feet(made), numbered(made.seat + chair_n, made.rate, 2))
    assert result.stances == ()
    assert not [e for e in result.events if e.source == "plate:2" and e.kind not in ("seat_on", "seat_off")]
    # A chair whose weight cannot be told from a load leaves the moment to the feet, which see it sooner.
    assert (np.abs(moments(result) - made.rises).max(axis=0) <= [0.1, 0.18 if chair_n else 0.08, 0.08]).all()
    assert len(values(result, "rate_of_force_development")) == 5, "of the rises, and of nothing else"


def test_a_plate_under_each_foot_and_one_under_the_seat_see_one_person() -> None:
    made = chair(fallen_back=0.02)
    sides = [numbered(0.45 * made.feet, made.rate, 1, "L"), numbered(0.55 * made.feet, made.rate, 2, "R")]
    result = analysed(*sides, numbered(made.seat, made.rate, 3))
    assert result.stances == ()
    assert (np.abs(moments(result) - made.rises).max(axis=0) <= [0.1, 0.08, 0.08]).all()
    peak = [made.feet[round(a * 500) : round(c * 500)].max() for a, _, c in made.rises]
    assert values(result, "sit_to_stand_peak_force") == pytest.approx(peak, rel=0.01)


def test_lifting_one_foot_is_no_rise_on_the_other() -> None:
    time = np.arange(0, 25, 0.002)
    left = np.interp(time, [5, 5.5, 9, 9.4, 15, 15.3, 20, 20.4], [0.55, 0, 0, 0.55, 0.55, 0, 0, 0.55])
    noise = np.random.default_rng(0).normal(0, 1, (2, len(time)))
    plates = [numbered(735 * left + noise[0], 500, 1, "L"), numbered(735 * (1 - left) + noise[1], 500, 2, "R")]
    assert analysed(*plates).rises == ()


def test_phases_by_the_plates_are_those_of_the_movement() -> None:
    """The feet carry the weight 0.7 s after the first movement, most after 0.9 s, and the body is up after 1.6 s."""
    share = rising([3.0], [], 12.0, 500.0)
    result = analysed(numbered(735 * share + np.random.default_rng(0).normal(0, 0.5, len(share)), 500.0, 1))
    names = ("flexion_time", "momentum_transfer_time", "extension_time")
    found = [value for name in names for value in values(result, f"sit_to_stand_{name}")]
    assert found == pytest.approx([SEAT_OFF_S, 0.2, LASTS_S - SEAT_OFF_S], abs=0.06)


def test_a_force_that_is_greatest_on_the_seat_gives_no_momentum_transfer() -> None:
    time = np.arange(0, 1.5, 0.01)
    trace = Trace(time, 700 + 100 * np.exp(-((time - 0.3) ** 2) / 0.01), 100.0, "N")
    assert sit_to_stand_momentum_transfer_time(SitToStand(0.0, 1.5, 0.2), trace) == pytest.approx(0.1)
    with pytest.raises(NotComputableError, match="before the seat is left"):
        sit_to_stand_momentum_transfer_time(SitToStand(0.0, 1.5, 0.4), trace)


def test_live_finds_the_same_rises_under_light_feet() -> None:
    made = chair(cycle_s=2.4)
    signal = feet(made)
    plate = ForcePlate(ForcePlateSettings()).causal(SignalForm.of(signal))
    assert plate.form is not None
    rises = SitToStandEvents(SitToStandEvents.settings_type()).causal(plate.form)
    told = []
    for first in range(0, len(signal.time), 100):
        time = signal.time[first : first + 100]
        told += rises.process(time, plate.process(time, signal.samples[first : first + 100]).samples).events
    assert [e.time for e in told if e.kind == "seated"][::2] != []
    assert sum(e.kind == "seat_off" for e in told) == 5


@pytest.mark.parametrize("rate", [1.0, -1.0])
def test_live_gives_light_feet_back_that_were_taken_for_an_offset(rate: float) -> None:
    """45 N before anybody rose look like an unloaded plate; a load that grows slowly tells that they were feet."""
    made = chair(mass_kg=60.0, seated=0.076)
    signal = numbered(rate * made.feet, made.rate, 1)
    stage = ForcePlate(ForcePlateSettings()).causal(SignalForm.of(signal))
    force = np.abs(stage.process(signal.time, signal.samples).samples[:, 2])
    assert np.abs(force[-500:] - made.feet[-500:]).max() < 1e-6


@pytest.mark.parametrize("cycle", [1.6, 1.8, 2.4, 3.0])
@pytest.mark.parametrize("bends", [0.0, 25.0])
def test_a_sensor_on_the_back_alone_sees_five_quick_rises(cycle: float, bends: float) -> None:
    """Without any stillness between them: repetitions are known by each other."""
    made = chair(cycle_s=cycle, rate=100.0, lead_s=4.0)
    result = run_pipeline([back(made, bends, 0.1)], [], Subject(75.0), [LumbarRises], METRICS)
    assert len(result.rises) == 5
    assert np.abs(moments(result)[:, 2] - made.rises[:, 2]).max() < 0.25
    time = made.rises[4, 2] - made.rises[0, 0]
    assert values(result, "five_times_sit_to_stand_time") == pytest.approx([time], abs=0.4)
    assert len(values(result, "sit_to_stand_extension_time")) == 5
    assert not values(result, "sit_to_stand_momentum_transfer_time")


def test_two_lifts_of_the_back_are_no_repetitions() -> None:
    made = chair(count=2, cycle_s=1.6, rate=100.0, lead_s=4.0)
    result = run_pipeline([back(made, 25.0, 0.1)], [], Subject(75.0), [LumbarRises], METRICS)
    assert len(result.rises) == 1, "the one that begins from stillness"


# Chair-stand tests of made lists of rises.


def rises(*begins: float, lasts: float = 1.5) -> list[SitToStand]:
    return [SitToStand(t, t + lasts, t + 0.4) for t in begins]


def test_thirty_seconds_begin_with_the_first_movement() -> None:
    every = rises(*(4.0 + 2.5 * n for n in range(15)))
    assert thirty_second_chair_stand_count(Trial(0.0, 45.0), every) == 12.0
    # The trial was started at the word of command, and stopped after thirty seconds.
    assert thirty_second_chair_stand_count(Trial(3.6, 33.6), every) == 12.0


def test_a_rise_that_is_more_than_halfway_up_at_the_end_counts() -> None:
    every = rises(0.0, *(2.5 * n for n in range(1, 11)), 28.9)
    assert thirty_second_chair_stand_count(Trial(0.0, 30.0), every) == 12.0
    assert thirty_second_chair_stand_count(Trial(0.0, 30.0), [*every[:-1], *rises(29.2)]) == 11.0


@pytest.mark.parametrize(
    ("trial", "begins", "why"),
    [
        (Trial(0.0, 20.0), (1.0, 3.0, 5.0), "lasts 20.0 s"),
        (Trial(0.0, 30.0), (1.0,), "one rise"),
        (Trial(0.0, 30.0), (1.0, 3.5, 6.0, 8.5, 11.0), "5 rises were seen, the last 18 s before"),
        (Trial(0.0, 30.0), tuple(2.5 * n for n in range(12) if n != 4), "between its rises 4 and 5 there are 5.0 s"),
    ],
)
def test_a_count_that_cannot_be_stood_behind_says_why(trial: Trial, begins: tuple[float, ...], why: str) -> None:
    with pytest.raises(NotComputableError, match=why):
        thirty_second_chair_stand_count(trial, rises(*begins))


def test_five_times_takes_the_first_five_and_no_fewer() -> None:
    every = rises(*(2.0 + 2.4 * n for n in range(7)))
    assert five_times_sit_to_stand_time(Trial(0.0, 30.0), every) == pytest.approx(4 * 2.4 + 1.5)
    with pytest.raises(NotComputableError, match="4 rises were seen"):
        five_times_sit_to_stand_time(Trial(0.0, 30.0), every[:4])
    with pytest.raises(NotComputableError, match="between its rises 2 and 3"):
        five_times_sit_to_stand_time(Trial(0.0, 30.0), [*every[:2], *every[3:]])


def test_a_trial_counts_its_own_rises_only() -> None:
    made = chair(count=7, cycle_s=2.4)
    middle = Trial(made.rises[1, 0] - 0.2, made.rises[6, 2], "middle")
    result = analysed(feet(made), trials=[middle, replace(middle, t1=made.rises[3, 2], name="short")])
    rows = {row.trial: row for row in result.rows if row.name == "five_times_sit_to_stand_time"}
    assert rows["middle"].value == pytest.approx(made.rises[5, 2] - made.rises[1, 0], abs=0.15)
    assert "3 rises were seen" in rows["short"].reason
