"""Contacts with plates that are not whole, or not of one foot, are told from whole ones by all evidence there is."""

import math
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from made_contacts import made_walk
from real_files import of_c3d
from tests.core.live.walking import Force

from groundup.analysis.gait.contact_evidence import weigh_contacts
from groundup.analysis.gait.progression import progression
from groundup.analysis.gait.sides import with_sides
from groundup.analysis.gait.strides import cut_stances
from groundup.analysis.pipeline import run_pipeline
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.metrics.job import Measurer
from groundup.model.streams import StreamSpec
from groundup.plugin import Subject
from groundup_plugins.metrics.gait import stance_time
from groundup_plugins.metrics.ground_reaction import groundup_metrics as ground_reaction
from groundup_plugins.processors.contacts import Contacts, ContactsSettings
from groundup_plugins.processors.force_plate import ForcePlate

pytestmark = pytest.mark.rig

# Not the walks that the rules were set on, which are those of the seeds 1000 to 1090. Since each change of the rules
# has to pass here, these are not unseen either: those counted once are in docs/decisions/contact-evidence.md.
SEEDS = range(5000, 5045)
KINDS = {"one": 1, "two": 1, "many": 1, "belts": 9, "run": 9}
HARD = {"aside": 6, "slow": 6, "lame": 6, "cane": 4, "crutch": 4, "harness": 6}
EVIDENCE = {
    "plates": frozenset(),
    "weight": frozenset(["weight"]),
    "file": frozenset(["file"]),
    "sensors": frozenset(["sensors"]),
    "markers": frozenset(["markers"]),
    "weight, sensors": frozenset(["weight", "sensors"]),
    "all": frozenset(["weight", "file", "sensors", "markers"]),
}


@cache
def walks(hard):
    """Made walks, what the plates alone tell of each, and what is true of each contact."""
    made = []
    for kind, every in (HARD if hard else KINDS).items():
        for seed in SEEDS[::every]:
            walk = made_walk(seed, kind)
            found = sorted(event for force in walk.forces for event in Contacts(ContactsSettings()).whole(force).events)
            truth = {}
            for source in {event.source for event in found}:
                for a, b in pairwise(event for event in found if event.source == source):
                    if (a.kind, b.kind) == ("IC", "FO"):
                        truth[source, a.time] = walk.truth(source, a.time, b.time)
            made.append((walk, found, truth))
    return made


def weighed(walk, found, has):
    events = sorted(found + (walk.file if "file" in has else []) + (walk.sensors if "sensors" in has else []))
    signals = [*walk.forces, *([walk.markers] if "markers" in has else [])]
    sided = sorted(with_sides(events, walk.forces, progression(walk.forces, cut_stances(events))))
    return weigh_contacts(sided, signals, walk.person.mass if "weight" in has else math.nan)


def counted(has, hard=False):
    """How many contacts there are, by what is true of them and by the confidence that they were left."""
    count = Counter()
    for walk, found, truth in walks(hard):
        for event in weighed(walk, found, has)[0]:
            if event.kind == "IC" and (event.source, event.time) in truth:
                is_true = truth[event.source, event.time]
                count[is_true, event.confidence < 0.5] += 1
                count[is_true, "sure"] += event.confidence >= 0.9
                if walk.person.belt == 0:
                    count["overground", is_true, event.confidence < 0.5] += 1
    return count


@pytest.mark.parametrize("has", EVIDENCE.values(), ids=EVIDENCE)
def test_nine_of_ten_bad_contacts_are_doubted_and_hardly_a_whole_one(has):
    count = counted(has)
    bad, whole = (count[what, True] + count[what, False] for what in ("bad", "whole"))
    assert bad >= 100
    assert whole >= 150
    assert count["bad", True] >= 0.9 * bad, count
    assert count["bad", "sure"] <= 0.02 * bad, count
    assert count["whole", True] <= 0.05 * whole, count
    assert count["overground", "whole", True] <= 0.05 * count["overground", "whole", False], count


@pytest.mark.parametrize("beside", ["plates", "all"])
def test_bad_contacts_of_slow_lame_and_relieved_walkers_are_doubted_and_few_whole_ones(beside):
    """Along the border, with stances of 1 to 3 s, a severe limp, one leg or both relieved, crutches on the plates."""
    count = counted(EVIDENCE[beside], True)
    bad, whole = (count[what, True] + count[what, False] for what in ("bad", "whole"))
    assert bad >= 60
    assert whole >= 20
    assert count["bad", True] >= 0.9 * bad, count
    assert count["bad", "sure"] <= 0.02 * bad, count
    assert count["whole", True] <= (0.05 if beside == "all" else 0.15) * whole, count


def test_where_nothing_tells_where_the_foot_stood_no_contact_is_sure():
    """Without corners and markers a tenth of the foot may be beside the plate."""
    for walk, found, _ in walks(False)[:8]:
        blind = [replace(force, plate=None) for force in walk.forces]
        sided = sorted(with_sides(found, blind, progression(blind, cut_stances(found))))
        events, _ = weigh_contacts(sided, blind, walk.person.mass)
        assert all(event.confidence <= 0.8 for event in events)


@pytest.mark.parametrize("beside", ["weight", "all"])
def test_a_leg_that_is_spared_is_not_said_to_stand_beside_its_plate(beside):
    """Too little load has more than one cause; where it is seen that the whole foot was on its plate, it is kept."""
    spared = kept = 0
    for walk, found, _ in walks(True):
        for contact, (own, other, _), why in judged(walk, found, EVIDENCE[beside]):
            held = walk.person.held["LR".index(contact.side)] if contact.side else 0.0
            if held and own > 0.99 and other < 0.01:
                spared, kept = spared + 1, kept + (contact.confidence >= 0.5)
            if "beside the plate" in why:
                assert "or weight is carried elsewhere (crutch, rail, harness, other leg)" in why
    assert spared >= 10
    assert kept >= (0.9 if beside == "all" else 0.6) * spared


def test_a_crutch_on_the_plate_is_no_foot():
    crutches = [
        contact.confidence
        for walk, found, _ in walks(True)
        if walk.person.crutch
        for contact, (own, _, _), _ in judged(walk, found, frozenset())
        if own == 0.0
    ]
    assert len(crutches) >= 2
    assert max(crutches) < 0.5


def judged(walk, found, has):
    """Each contact with a plate, what is true of it, and what speaks against it."""
    events, doubted = weighed(walk, found, has)
    why = {(one.source, one.t0): one.why for one in doubted}
    for source in {force.channels[0].site for force in walk.forces}:
        for a, b in pairwise(event for event in events if event.source == source):
            if (a.kind, b.kind) == ("IC", "FO"):
                yield a, walk.detail_of(source, a.time, b.time), why.get((source, a.time), "")


def test_a_contact_of_more_than_3_s_is_not_weighed_and_says_so():
    walk = made_walk(3, "many")
    slow = [replace(force, time=force.time * 8, rate=force.rate / 8) for force in walk.forces]
    found = sorted(e for force in slow for e in Contacts(ContactsSettings()).whole(force).events)
    events, doubted = weigh_contacts(found, slow, walk.person.mass)
    assert {(event.confidence, event.evidence) for event in events} == {(0.4, "unweighed")}
    assert all("lasts more than 3 s and is not weighed" in one.why for one in doubted)
    assert len(doubted) == len(events) / 2


def test_a_contact_that_its_plate_doubts_by_itself_is_told_too(shared):
    """Of a split belt with crossed steps each contact that begins and ends has its row, with a value or the reason."""
    signals, _, _ = of_c3d(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d")
    plates = [s for s in signals if s.kind == "plate"]
    result = run_pipeline(plates, [], Subject(), [Contacts, ForcePlate], [stance_time])
    whole = [
        a
        for source in ("plate:1", "plate:2")
        for a, b in pairwise(e for e in result.events if e.source == source)
        if (a.kind, b.kind) == ("IC", "FO")
    ]
    assert sorted(row.t0 for row in result.rows) == sorted(event.time for event in whole)
    assert all(row.status == "ok" or row.reason.startswith("the contact is in doubt: ") for row in result.rows)
    doubted = sum(row.status != "ok" for row in result.rows)
    assert any(note.startswith(f"{doubted} of {len(whole)} contacts with plates are in doubt") for note in result.notes)


def test_on_a_recorded_belt_the_contacts_that_lack_a_twentieth_of_their_load_are_the_doubted_ones(shared):
    """By Newton: on the same belt at the same speed each foot carries the same in the mean, unless a part is beside."""
    signals, _, _ = of_c3d(shared / "walk_splitbelt_c3d" / "treadmill_events.c3d")
    result = run_pipeline([s for s in signals if s.kind == "plate"], [], Subject(), [Contacts, ForcePlate], [])
    where = {s.channels[0].site: s for s in result.signals if s.kind == "grf"}
    carried, sure = [], []
    for source, force in where.items():
        for a, b in pairwise(e for e in result.events if e.source == source):
            if (a.kind, b.kind) == ("IC", "FO") and a.evidence not in ("", "plate") and b.time - a.time < 0.8:
                carried.append(float(force.between(a.time, b.time).column("Fz").mean()))
                sure.append(a.confidence)
    usual = np.percentile(carried, 80)
    assert len(carried) >= 10
    for load, confidence in zip(carried, sure, strict=True):
        assert (confidence < 0.6) == (load < 0.95 * usual), (load / usual, confidence)


@pytest.mark.parametrize("seed", range(9000, 9006))
@pytest.mark.parametrize("longest", [2.4, 2.9])
def test_what_gives_a_stance_was_weighed_however_slow_it_is(longest, seed):
    """Who walks with effort stands 2 s and more on each foot; a contact that is too long to weigh gives no stance."""
    walk = made_walk(seed, "many")
    found = [event for force in walk.forces for event in Contacts(ContactsSettings()).whole(force).events]
    lasts = [b.time - a.time for a, b in pairwise(found) if (a.source, a.kind, b.kind) == (b.source, "IC", "FO")]
    slower = longest / max(lasts)
    slow = [replace(f, time=f.time * slower, rate=f.rate / slower) for f in walk.forces]
    events = sorted(replace(event, time=event.time * slower) for event in found)
    sided = sorted(with_sides(events, slow, progression(slow, cut_stances(events))))
    result, _ = weigh_contacts(sided, slow, math.nan)
    weighed_at = {(event.source, event.time) for event in result if event.evidence}
    assert weighed_at
    assert {(s.source, s.t0) for s in cut_stances(result)} <= weighed_at


def turned(shared, name, has):
    """A recorded turn, analysed with some of its evidence."""
    signals, events, subject = of_c3d(shared / "turns_c3d" / f"{name}.c3d")
    kept = [s for s in signals if s.kind == "plate" or (s.kind == "mocap" and "markers" in has)]
    told = list(events) if "file" in has else []
    who = subject if "weight" in has else Subject()
    return run_pipeline(kept, told, who, [Contacts, ForcePlate], [stance_time, *ground_reaction()])


@pytest.mark.parametrize("beside", ["all", "plates", "weight", "file", "markers"])
@pytest.mark.parametrize("name", ["HC031A23", "HC032A18"])
def test_a_turn_over_the_border_of_a_plate_gives_no_stance(shared, name, beside):
    has = EVIDENCE[beside]
    result = turned(shared, name, has)
    contacts = {e.source: e for e in result.events if e.kind == "IC" and e.source.startswith("plate:")}
    assert contacts["plate:1"].confidence < 0.5 <= contacts["plate:2"].confidence
    assert [s.source for s in result.stances if s.source.startswith("plate:")] == ["plate:2"]
    rows = [r for r in result.rows if abs(r.t0 - contacts["plate:1"].time) < 1e-9]
    assert {r.name for r in rows} >= {"stance_time", "braking_impulse"}
    assert all(r.reason.startswith("the contact is in doubt: ") for r in rows)
    assert any(note.startswith("1 of 2 contacts with plates are in doubt") for note in result.notes)
    assert ("markers" in contacts["plate:1"].evidence.split()) == ("markers" in has)


@pytest.mark.parametrize("seed", [5003, 5005, 5007])
def test_live_says_of_a_contact_in_doubt_why_no_metric_uses_it(seed):
    """As offline does: a row of each metric for the same contacts, and each contact once."""
    plates = [replace(force, kind="plate") for force in made_walk(seed, "many").forces]
    metrics = [stance_time, *ground_reaction()]
    offline = run_pipeline(plates, [], Subject(), [Force, Contacts], metrics)
    specs = {s.id: StreamSpec(s.id, "Force", s.rate, "double64", s.channels, plate=s.plate) for s in plates}
    analysis, measurer = LiveAnalysis(specs, [Force, Contacts], metrics), Measurer(metrics, Subject())
    for plate in plates:
        analysis.feed(plate.id, plate.time, plate.samples)
    rows = [row for one in analysis.finish() if one.job is not None for row in measurer.rows(one.job)]
    told, known = (
        {(row.name, round(row.t1, 6)) for row in every if row.reason.startswith("the contact is in doubt: ")}
        for every in (rows, offline.rows)
    )
    assert len({name for name, _ in known}) == len(metrics)
    assert told == known
    assert len({(row.name, row.t1) for row in rows}) == len(rows)


STRAIGHT = [
    "walk_two_plates_emg_c3d/Gait.c3d",
    *(f"walk_overground_c3d/{name}.c3d" for name in ("HC002D06", "HC030A05", "HC031A06", "HC036A10")),
]


@pytest.mark.parametrize("beside", ["all", "plates"])
@pytest.mark.parametrize("name", STRAIGHT)
def test_clean_steps_of_recorded_walks_are_whole(shared, name, beside):
    has = EVIDENCE[beside]
    signals, events, subject = of_c3d(shared / name)
    kept = [s for s in signals if s.kind == "plate" or (s.kind == "mocap" and "markers" in has)]
    result = run_pipeline(kept, list(events) if "file" in has else [], subject, [Contacts, ForcePlate], [])
    contacts = [e for e in result.events if e.source.startswith("plate:")]
    assert len(contacts) == 4
    assert min(e.confidence for e in contacts) >= 0.9
    assert not any("in doubt" in note for note in result.notes)


@pytest.mark.parametrize("name", STRAIGHT)
@pytest.mark.parametrize("shift", [-0.4, -0.2, 0.2, 0.4], ids=lambda m: f"{m:+.1f} m")
def test_markers_of_recorded_feet_tell_a_plate_that_is_moved_under_them(shared, name, shift):
    """The corners moved as far as stands, the forces as recorded without their centre: only the markers can tell."""
    signals, _, _ = of_c3d(shared / name)
    markers = next(s for s in signals if s.kind == "mocap")
    result = run_pipeline([s for s in signals if s.kind == "plate"], [], Subject(), [Contacts, ForcePlate], [])
    forces = [s for s in result.signals if s.kind == "grf"]
    where = {s.channels[0].site: s for s in forces}
    for axis in (0, 1):
        moved = [_moved(s, axis, shift) for s in forces]
        found, _ = weigh_contacts(result.events, [*moved, markers], math.nan)
        for event in found:
            if event.kind == "IC" and event.source in where:
                inside = _margin(markers, where[event.source], event, axis, shift)
                if abs(inside) > 0.04:
                    assert (event.confidence < 0.5) == (inside < 0), (event, axis, inside)


def _moved(signal, axis, shift):
    step = np.eye(3)[axis] * shift
    corners = tuple(tuple(np.array(corner) + step) for corner in signal.plate.corners_m)
    channels = tuple(replace(c, label=c.label.replace("CoP", "was")) for c in signal.channels)
    return replace(signal, plate=replace(signal.plate, corners_m=corners), channels=channels)


def _margin(markers, force, event, axis, shift):
    """How far inside of a moved plate the ends of the foot are (m): heel, and toes a quarter beyond the ball."""
    labels = [c.label for c in markers.channels]
    at = np.searchsorted(markers.time, event.time + 0.25)
    spots = {name: markers.samples[at][labels.index(f"{event.side}{name}.x") :][:3] / 1000 for name in ("HEE", "TOE")}
    toes = spots["HEE"] + 1.25 * (spots["TOE"] - spots["HEE"])
    corners = np.array(force.plate.corners_m) + np.eye(3)[axis] * shift
    low, high = corners.min(axis=0)[:2], corners.max(axis=0)[:2]
    ends = np.array([spots["HEE"][:2] + 0.02 * np.sign(toes - spots["HEE"])[:2], toes[:2]])
    return float(np.minimum(ends - low, high - ends).min()) - 0.03


def test_a_weight_that_all_contacts_contradict_takes_none_of_them(shared):
    signals, _, _ = of_c3d(shared / "walk_overground_c3d" / "HC002D06.c3d")
    plates = [s for s in signals if s.kind == "plate"]
    result = run_pipeline(plates, [], Subject(70.0), [Contacts, ForcePlate], [])  # a child of 32 kg
    assert [e.confidence >= 0.5 for e in result.events] == [True] * 4


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_feet_that_all_carry_a_fifth_of_the_weight_are_beside_their_plates(share):
    """A mass may be wrong by pounds for kilograms, and a harness takes half: not by so much, whatever all say alike."""
    walk = made_walk(5004, "run")
    found = [event for force in walk.forces for event in Contacts(ContactsSettings()).whole(force).events]
    sided = [replace(event, side="LR"[k // 2 % 2]) for k, event in enumerate(sorted(found))]
    events, doubted = weigh_contacts(sided, walk.forces, walk.person.mass / share)
    assert len(doubted) >= 20
    assert all(event.confidence < 0.5 for event in events if event.evidence)
