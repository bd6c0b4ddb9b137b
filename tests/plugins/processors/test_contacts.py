"""Contacts against made forces with known crossings and against the events of real files."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from plates import vertical_plate, walking_force

from groundup.analysis.gait.contact_thresholds import unfit_thresholds
from groundup.model.event_json import event_from_marker
from groundup.plugin import Channel, Event, NotComputableError, Plate, Signal
from groundup_plugins.formats.c3d.plugin import C3DImporter
from groundup_plugins.processors.contacts import Contacts, ContactsSettings
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings


def contacts(signal: Signal, **options: float) -> list[Event]:
    product = ForcePlate(ForcePlateSettings()).whole(signal)
    return list(Contacts(ContactsSettings(**options)).whole(product.signals[0]).events)


def stances(events: list[Event]) -> list[tuple[float, float]]:
    return [(a.time, b.time) for a, b in pairwise(events) if (a.kind, b.kind) == ("IC", "FO")]


def file_contacts(path: Path, **options: float) -> tuple[list[Event], list[Event]]:
    """What the processors find in a C3D file, and what the file says."""
    found: list[Event] = []
    told: list[Event] = []
    for stream in C3DImporter().read(path).streams:
        spec = stream.spec
        if spec.kind == "plate":
            samples = np.asarray(stream.samples)
            signal = Signal(stream.id, "plate", stream.timestamps, samples, spec.channels, spec.rate, spec.plate)
            found += contacts(signal, **options)
        elif spec.kind == "markers":
            told += [
                event_from_marker(row[0], t, "x") for row, t in zip(stream.samples, stream.timestamps, strict=True)
            ]
    return sorted(found), told


def test_a_crossing_is_found_between_two_samples() -> None:
    rate = 250.0
    time = np.arange(0, 3, 1 / rate)
    fz = np.interp(time, [0.5013, 0.6013, 1.2007, 1.3007], [0, 800, 800, 0])
    (ic, fo) = contacts(vertical_plate(fz, rate))
    assert ic.kind == "IC"
    assert fo.kind == "FO"
    assert ic.time == pytest.approx(0.5013 + 0.1 * 20 / 800, abs=1e-3 / 4)
    assert fo.time == pytest.approx(1.3007 - 0.1 * 20 / 800, abs=1e-3 / 4)
    assert ic.source == "plate:1"
    assert ic.confidence == fo.confidence == 1.0


def test_noise_and_short_touches_are_no_contacts() -> None:
    rng = np.random.default_rng(0)
    fz = rng.normal(scale=6, size=5000)
    fz[1000:1030] += 300  # 30 ms
    fz[3000:3600] += 700
    assert len(contacts(vertical_plate(fz, 1000))) == 2


def test_a_foot_that_bounces_as_it_lands_is_one_contact() -> None:
    step = walking_force(0.6, 1000, 700)[:, 2]
    fz = np.concatenate([np.zeros(500), 120 * np.hanning(12), np.zeros(10), step, np.zeros(500)])
    assert len(contacts(vertical_plate(fz, 1000))) == 2


def test_a_side_that_the_channels_declare_is_the_side_of_the_contact() -> None:
    fz = np.concatenate([np.zeros(500), np.full(600, 700.0), np.zeros(500)])
    signal = vertical_plate(fz, 1000)
    left = tuple(Channel(c.label, c.unit, c.site, "L") for c in signal.channels)
    assert {e.side for e in contacts(replace(signal, channels=left))} == {"L"}
    assert {e.side for e in contacts(signal)} == {""}


def test_a_plate_without_a_site_is_named_by_its_stream() -> None:
    fz = np.concatenate([np.zeros(500), np.full(600, 700.0), np.zeros(500)])
    signal = vertical_plate(fz, 1000)
    bare = replace(signal, channels=tuple(Channel(c.label, c.unit) for c in signal.channels))
    force = ForcePlate(ForcePlateSettings()).whole(bare).signals[0]
    assert {e.source for e in contacts(bare)} == {c.site for c in force.channels} == {bare.id}


def test_a_contact_cut_by_the_edge_of_the_data_gives_its_one_crossing_with_low_confidence() -> None:
    step = walking_force(0.6, 1000, 700)[:, 2]
    events = contacts(vertical_plate(np.concatenate([step[200:], np.zeros(800), step[:300]]), 1000))
    assert [(e.kind, e.confidence < 0.5) for e in events] == [("FO", True), ("IC", True)]


def test_two_feet_on_one_plate_are_flagged() -> None:
    step = walking_force(0.65, 1000, 700)[:, 2]
    both = np.zeros(1200)
    both[:650] += step
    both[550:] += step
    events = contacts(vertical_plate(np.concatenate([np.zeros(500), both, np.zeros(500)]), 1000))
    assert [e.kind for e in events] == ["IC", "FO"]
    assert max(e.confidence for e in events) < 0.5


def test_a_crossed_step_among_good_ones_is_flagged_and_the_good_ones_are_not() -> None:
    step = walking_force(0.65, 1000, 700)[:, 2]
    cycle = np.concatenate([step, np.zeros(450)])
    fz = np.tile(cycle, 8)
    other = 0.4 * step
    fz[3 * 1100 + 600 : 3 * 1100 + 600 + 400] += other[:400]
    events = contacts(vertical_plate(np.concatenate([np.zeros(300), fz]), 1000))
    assert [i for i, e in enumerate(events) if e.confidence < 0.5] == [6, 7]


def test_a_foot_that_is_partly_beside_the_plate_is_flagged() -> None:
    plate = Plate(2, ((0.3, 0.2, 0), (-0.3, 0.2, 0), (-0.3, -0.2, 0), (0.3, -0.2, 0)))
    fz = np.concatenate([np.zeros(500), walking_force(0.6, 1000, 700)[:, 2], np.zeros(500)])
    signal = vertical_plate(fz, 1000, plate)
    signal.samples[:, 3] = 0.25 * fz  # the centre of pressure 5 cm off the long edge
    assert max(e.confidence for e in contacts(signal)) < 0.5
    signal.samples[:, 3] = 0.15 * fz
    assert min(e.confidence for e in contacts(signal)) == 1.0


def test_a_gap_in_the_data_makes_no_contact_out_of_two_halves() -> None:
    step = walking_force(0.6, 1000, 700)[:, 2]
    signal = vertical_plate(np.concatenate([np.zeros(500), step, np.zeros(500)]), 1000)
    keep = (signal.time < 0.7) | (signal.time > 0.8)
    broken = replace(signal, time=signal.time[keep], samples=signal.samples[keep])
    assert [(e.kind, e.confidence < 0.5) for e in contacts(broken)] == [("IC", True), ("FO", True)]


@pytest.mark.parametrize("name", ["HC002D06", "HC030A05", "HC031A06", "HC036A10"])
def test_overground_stances_agree_with_the_events_in_the_file(shared: Path, name: str) -> None:
    found, told = file_contacts(shared / "walk_overground_c3d" / f"{name}.c3d")
    assert [e.kind for e in found].count("IC") == [e.kind for e in found].count("FO") == 2
    for event in found:
        assert event.confidence == 1.0
        assert min(abs(event.time - e.time) for e in told if e.kind == event.kind) <= 0.018


def test_two_plates_of_type_4_give_the_published_stances(shared: Path) -> None:
    found, _ = file_contacts(shared / "walk_two_plates_emg_c3d" / "Gait.c3d")
    by_plate = {source: [e.time for e in found if e.source == source] for source in ("plate:1", "plate:2")}
    np.testing.assert_allclose(by_plate["plate:2"], [2.084, 2.655], atol=0.018)
    np.testing.assert_allclose(by_plate["plate:1"], [2.569, 3.146], atol=0.018)


def test_every_stance_of_a_drifting_running_treadmill_is_found(shared: Path) -> None:
    fz = np.loadtxt(shared / "run_treadmill_grf" / "custom_drift_S001runT25.csv")
    found = stances(contacts(vertical_plate(fz, 300)))
    assert len(found) == 77
    assert np.mean([b - a for a, b in found]) == pytest.approx(0.286, abs=0.002)


def test_on_a_split_belt_what_is_wrong_is_flagged(shared: Path) -> None:
    found, told = file_contacts(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d")
    side = {"L": "plate:1", "R": "plate:2"}
    for event in told:
        mine = [e for e in found if e.kind == event.kind and e.source == side[event.side]]
        good = [e for e in mine if e.confidence >= 0.5]
        near = min(abs(e.time - event.time) for e in good)
        # Found within 40 ms, or inside a contact that is flagged: nothing wrong is called right.
        assert near <= 0.04 or near > 0.5
    assert sum(e.confidence >= 0.5 for e in found) >= 18


def test_each_of_the_43_events_of_a_split_belt_is_found_flagged_or_outside_the_data(shared: Path) -> None:
    found, told = file_contacts(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d", threshold_n=20.0)
    plate = {"L": "plate:1", "R": "plate:2"}
    end = 12.0
    accounts = {"found": 0, "flagged": 0, "outside": 0}
    for event in told:
        mine = [e for e in found if e.source == plate[event.side]]
        if any(e.kind == event.kind and e.confidence >= 0.5 and abs(e.time - event.time) <= 0.04 for e in mine):
            accounts["found"] += 1
        elif event.time > end:
            accounts["outside"] += 1
        else:
            assert any(a - 0.04 <= event.time <= b + 0.04 for a, b in flagged(mine, end)), event
            accounts["flagged"] += 1
    assert accounts == {"found": 20, "flagged": 22, "outside": 1}
    for event in found:
        if event.confidence >= 0.5:
            near = [e for e in told if e.kind == event.kind and plate[e.side] == event.source]
            assert min(abs(e.time - event.time) for e in near) <= 0.04


def late(found: list[Event], told: list[Event], kind: str) -> list[float]:
    """How much later than the file the sure contacts of a split belt are (s), where it has one."""
    side = {"plate:1": "L", "plate:2": "R"}
    off = [
        min((e.time - t.time for t in told if (t.kind, t.side) == (kind, side[e.source])), key=abs)
        for e in found
        if e.kind == kind and e.confidence >= 0.5
    ]
    return [s for s in off if abs(s) < 0.1]


def test_on_a_belt_a_foot_is_there_above_50_n_and_leaves_when_the_file_says(shared: Path) -> None:
    path = shared / "walk_splitbelt_c3d" / "treadmill_events.c3d"
    (found, told), (low, _) = file_contacts(path), file_contacts(path, threshold_n=20.0)
    assert abs(np.mean(late(found, told, "FO"))) < 0.01 < np.mean(late(low, told, "FO"))
    assert abs(np.mean(late(found, told, "IC"))) < 0.012
    assert sum(e.confidence >= 0.5 for e in found) >= sum(e.confidence >= 0.5 for e in low)


def test_what_a_motor_and_drift_leave_on_a_belt_in_swing_is_no_contact() -> None:
    rng = np.random.default_rng(1)
    step = walking_force(0.7, 1000, 700)[:, 2]
    time = np.arange(0, 8, 1e-3)
    fz = np.tile(np.concatenate([step, np.zeros(400)]), 8)[: len(time)]
    fz += 15 * np.sin(2 * np.pi * 27 * time) + 15 * np.sin(2 * np.pi * time / 16) + rng.normal(scale=5, size=len(time))
    x, y = 0.9, 0.25
    belt = Plate(2, ((x, y, 0.0), (-x, y, 0.0), (-x, -y, 0.0), (x, -y, 0.0)))
    force = ForcePlate(ForcePlateSettings()).whole(replace(vertical_plate(fz, 1000), plate=belt)).signals[0]
    force.samples[:, [c.label for c in force.channels].index("Fz")] = fz  # as where nothing could take the drift off
    found = stances(list(Contacts(ContactsSettings()).whole(force).events))
    assert len(found) == 7
    np.testing.assert_allclose(found[1:], [(n * 1.1, n * 1.1 + 0.7) for n in range(1, 7)], atol=0.02)


def flagged(events: list[Event], end: float) -> list[tuple[float, float]]:
    """Contacts of one plate that metrics must not use; one that the data cut lasts to where they end."""
    doubtful = [e for e in events if e.confidence < 0.5]
    spans = []
    for event in doubtful:
        if event.kind == "IC":
            spans.append(
                (event.time, min((e.time for e in events if e.kind == "FO" and e.time > event.time), default=end))
            )
        elif not any(e.kind == "IC" and e.time < event.time for e in events):
            spans.append((0.0, event.time))
    return spans


def test_without_a_vertical_force_the_reason_is_given() -> None:
    signal = vertical_plate(np.zeros(10), 100)
    with pytest.raises(NotComputableError, match="vertical force"):
        Contacts(ContactsSettings()).whole(signal)


def unfit(signal: Signal) -> list[str]:
    """What is said of the threshold by which contacts with a plate are told."""
    force = ForcePlate(ForcePlateSettings()).whole(signal).signals[0]
    return list(unfit_thresholds(Contacts(ContactsSettings()).whole(force).events, [force]))


def test_a_treadmill_whose_corners_nobody_told_is_said_to_have_the_threshold_of_the_floor(shared: Path) -> None:
    fz = np.loadtxt(shared / "run_treadmill_grf" / "custom_drift_S001runT25.csv")
    (told,) = unfit(vertical_plate(fz, 300))
    assert "step after step" in told
    assert "by 20 N, as on the floor" in told


@pytest.mark.parametrize("name", ["walk_splitbelt_c3d/treadmill_events", "walk_overground_c3d/HC002D06"])
def test_of_plates_whose_threshold_fits_nothing_is_said(shared: Path, name: str) -> None:
    for stream in C3DImporter().read(shared / f"{name}.c3d").streams:
        spec = stream.spec
        if spec.kind == "plate":
            samples = np.asarray(stream.samples)
            assert (
                unfit(Signal(stream.id, "plate", stream.timestamps, samples, spec.channels, spec.rate, spec.plate))
                == []
            )


@pytest.mark.parametrize(("noise", "said"), [(2.0, False), (5.0, False), (9.0, True), (14.0, True)])
def test_a_plate_whose_noise_reaches_the_threshold_is_named(noise: float, said: bool) -> None:
    step = np.concatenate([walking_force(0.7, 1000, 700)[:, 2], np.zeros(2500)])
    fz = np.tile(step, 5) + np.random.default_rng(3).normal(scale=noise, size=5 * len(step))
    told = unfit(vertical_plate(fz, 1000))
    assert bool(told) == said
    assert all(f"varies by {noise:.0f} N (SD)" in one for one in told)
