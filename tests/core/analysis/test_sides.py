"""Left and right for contacts of plates that do not say."""

import math
from dataclasses import replace

import pytest
from walks import contacts, plate, step

from groundup.analysis.gait.sides import with_sides
from groundup.model.events import Event


def sides(events: list[Event]) -> str:
    return "".join(e.side or "-" for e in events if e.kind == "IC" and e.source != "file")


def test_a_plate_that_declares_its_side_gives_it() -> None:
    left, right = plate("plate:1", 4.0, "L"), plate("plate:2", 4.0, "R")
    events = contacts([step(left, 0.5, 1.1, 0.0, (0, 0)), step(right, 1.0, 1.6, 0.0, (0.6, 0))])
    assert sides(with_sides(events, [left, right], None)) == "LR"


def test_the_files_events_say_which_foot_it_was() -> None:
    one = plate("plate:1", 4.0)
    found = contacts([step(one, 0.5, 1.1, 0.0, (0, 0)), step(one, 2.5, 3.1, 0.0, (0, 0))])
    told = [Event(0.45, "IC", "R", "file"), Event(3.13, "FO", "L", "file"), Event(2.7, "IC", "R", "file")]
    given = with_sides([*found, *told], [one], None)
    assert [e.side for e in given if e.source == "plate:1"] == ["R", "R", "L", "L"]
    assert [e.side for e in given if e.source == "file"] == ["R", "L", "R"]


def test_an_event_of_the_file_too_far_away_says_nothing() -> None:
    one = plate("plate:1", 4.0)
    found = contacts([step(one, 0.5, 1.1, 0.0, (0, 0))])
    assert sides(with_sides([*found, Event(0.65, "IC", "R", "file")], [one], (1.0, 0.0))) == "-"


@pytest.mark.parametrize("angle", [0.0, math.pi / 2, math.pi, -math.pi / 2, 0.7])
def test_a_foot_left_of_its_neighbours_is_the_left_one(angle: float) -> None:
    plates = [plate(f"plate:{n}", 4.0) for n in (1, 2, 3)]
    stances = []
    for n, on in enumerate(plates):
        along, left = 0.6 * n, 0.08 if n % 2 else -0.08
        at = (along * math.cos(angle) - left * math.sin(angle), along * math.sin(angle) + left * math.cos(angle))
        stances.append(step(on, 0.5 + 0.5 * n, 1.1 + 0.5 * n, angle, at))
    assert sides(with_sides(contacts(stances), plates, (math.cos(angle), math.sin(angle)))) == "RLR"


def test_who_turns_round_swaps_the_plates_of_left_and_right() -> None:
    plates = [plate("plate:1", 20.0), plate("plate:2", 20.0)]
    there = [step(plates[0], 1.0, 1.6, 0.0, (0, 0.1)), step(plates[1], 1.5, 2.1, 0.0, (0.6, -0.1))]
    back = [step(plates[1], 11.0, 11.6, math.pi, (0.6, -0.1)), step(plates[0], 11.5, 12.1, math.pi, (0, 0.1))]
    assert sides(with_sides(contacts(there + back), plates, None)) == "LRLR"


def test_one_belt_under_both_feet_alternates() -> None:
    belt = plate("plate:1", 6.0)
    steps = [step(belt, 0.5 + 0.4 * n, 0.8 + 0.4 * n, 0.0, (0, 0.05 if n % 2 else -0.05)) for n in range(8)]
    assert sides(with_sides(contacts(steps), [belt], (1.0, 0.0))) == "RLRLRLRL"


def test_one_contact_alone_has_no_side() -> None:
    one = plate("plate:1", 4.0)
    assert sides(with_sides(contacts([step(one, 0.5, 1.1, 0.0, (0, 0))]), [one], (1.0, 0.0))) == "-"


def test_feet_in_one_line_have_no_side() -> None:
    plates = [plate("plate:1", 4.0), plate("plate:2", 4.0)]
    stances = [step(plates[0], 0.5, 1.1, 0.0, (0, 0)), step(plates[1], 1.0, 1.6, 0.0, (0.6, 0.004))]
    assert sides(with_sides(contacts(stances), plates, (1.0, 0.0))) == "--"


def test_a_crossed_contact_is_no_neighbour_to_compare_with() -> None:
    plates = [plate("plate:1", 4.0), plate("plate:2", 4.0)]
    good = contacts([step(plates[0], 0.5, 1.1, 0.0, (0, 0.1))])
    crossed = contacts([step(plates[1], 1.0, 1.6, 0.0, (0.6, -0.1))], confidence=0.3)
    assert sides(with_sides(sorted(good + crossed), plates, (1.0, 0.0))) == "--"


def test_other_events_and_their_order_are_left_alone() -> None:
    one = plate("plate:1", 4.0)
    found = contacts([step(one, 0.5, 1.1, 0.0, (0, 0))])
    others = [Event(0.1, "marker", source="file", text="go"), Event(0.5, "IC", "L", "imu:foot_L")]
    events = [others[0], *found, others[1]]
    given = with_sides(events, [one], None)
    assert [replace(e, side="") for e in given] == [replace(e, side="") for e in events]
    assert given[-1] == others[1]
