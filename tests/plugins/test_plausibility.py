"""Wrong by a unit is refused, with the likely unit and the key to set; what is right raises no alarm."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from people import MASS_KG, chair, plate, walking
from real_files import of_c3d
from real_imus import BACK_WALKS, feet, low_back, lumbar

from groundup.analysis.pipeline import AnalysisResult, run_pipeline
from groundup.analysis.plausibility import implausible
from groundup.plugin import Channel, Event, Plate, Processor, Signal, Subject, metric, raw_emg
from groundup.plugin.metric import Trial
from groundup_plugins.metrics.ground_reaction import braking_impulse, grf_peak_1
from groundup_plugins.metrics.sway import sway_area
from groundup_plugins.metrics.symmetry import symmetry_index
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.force_plate import ForcePlate

CHAIN: list[type[Processor]] = [ForcePlate, Contacts]
METRICS = [braking_impulse, grf_peak_1, symmetry_index, sway_area]
REAL = ["walk_overground_c3d/HC002D06", "walk_overground_c3d/HC036A10", "walk_splitbelt_c3d/treadmill_events"]
Walk = tuple[Sequence[Signal], Sequence[Event], Subject]


@pytest.fixture(scope="module", params=[*REAL, "virtual"])
def walk(request: pytest.FixtureRequest, shared: Path) -> Walk:
    if request.param == "virtual":
        return [s for s in walking(seconds=6.0) if s.kind == "plate"], [], Subject(MASS_KG)
    signals, events, subject = of_c3d(shared / f"{request.param}.c3d")
    return [s for s in signals if s.kind == "plate"], events, subject


def told(signals: Sequence[Signal], force: str = "", moment: str = "") -> list[Signal]:
    """The same samples by a lab that takes them for another unit."""
    return [
        replace(s, channels=tuple(replace(c, unit=(moment if c.unit.lower().startswith("nm") else force) or c.unit)
                                  for c in s.channels))
        for s in signals
    ]  # fmt: skip


def stored(signals: Sequence[Signal], force: float) -> list[Signal]:
    """Samples of another unit than the one that is told."""
    return [replace(s, samples=s.samples * force) for s in signals]


def analysed(signals: Sequence[Signal], walk: Walk, subject: Subject | None = None) -> AnalysisResult:
    return run_pipeline(signals, walk[1], subject or walk[2], CHAIN, METRICS)


def refused(result: AnalysisResult, *words: str, metrics: Sequence[str] = ("braking_impulse", "grf_peak_1")) -> None:
    """Every value has the reason, and so has the analysis."""
    for name in metrics:
        # Of contacts that are in doubt something else is said; a mistaken unit is none of their evidence.
        rows = [row for row in result.rows if row.name == name and "in doubt" not in row.reason]
        assert rows, name
        for row in rows:
            assert row.status == "not_computable", row
            assert all(word in row.reason for word in words), row
    assert any(all(word in note for word in words) for note in result.notes)


def test_a_walk_in_its_own_units_is_computed(walk: Walk) -> None:
    result = analysed(walk[0], walk)
    said = [note for note in result.notes if "in doubt" not in note]
    assert not [note for note in said if "plates carry" in note or "centre of pressure" in note]
    assert [row for row in result.rows if row.name == "braking_impulse" and row.status == "ok"]


@pytest.mark.parametrize("factor", [2.20462, 1 / 2.20462], ids=["pounds", "twice"])
def test_a_mass_in_pounds_is_refused_and_named(walk: Walk, factor: float) -> None:
    wrong = Subject(walk[2].mass_kg * factor)
    refused(analysed(walk[0], walk, wrong), "pounds", f"({walk[2].mass_kg:.4g} kg)", "[participant] mass_kg")


@pytest.mark.parametrize(
    ("factor", "looks"),
    [(1e3, "N told as kN"), (1e-3, "kN told as N"), (4.4482, "N told as lbf"), (0.22481, "lbf told as N"),
     (9.80665, "N told as kgf"), (0.101972, "kgf told as N")],
)  # fmt: skip
def test_forces_in_another_unit_are_refused_and_named(walk: Walk, factor: float, looks: str) -> None:
    result = analysed(stored(walk[0], factor), walk)
    refused(result, looks, "[streams.", ".channels]", metrics=("braking_impulse", "grf_peak_1", "sway_area"))


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_forces_in_another_unit_show_without_a_mass_too(walk: Walk, factor: float) -> None:
    result = analysed(stored(walk[0], factor), walk, Subject())
    refused(result, "told as", ".channels]", metrics=("sway_area",))


def test_a_plate_of_another_unit_than_the_other_is_refused_by_itself(walk: Walk) -> None:
    first, *others = walk[0]
    result = analysed([*stored([first], 4.4482), *others], walk)
    (note,) = [note for note in result.notes if "told as" in note]
    assert f"[streams.{first.id}.channels] in" in note
    refused_too = [row for row in result.rows if row.name == "braking_impulse" and first.id in row.reason]
    assert refused_too
    if first.channels[0].side:  # a plate of one side is asked for by that side alone
        assert {row.side for row in refused_too} == {first.channels[0].side}


@pytest.mark.parametrize(("factor", "looks"), [(1e3, "N·mm told as N·m"), (1e-3, "N·m told as N·mm")])
def test_moments_in_another_unit_are_refused_and_named(walk: Walk, factor: float, looks: str) -> None:
    scale = np.array([1.0, 1, 1, factor, factor, factor])
    result = analysed([replace(s, samples=s.samples * scale) for s in walk[0]], walk)
    refused(result, "centre of pressure", looks, ".channels]", metrics=("sway_area",))
    assert not [row for row in result.rows if row.name == "braking_impulse" and row.status == "ok"]


def test_who_rises_from_a_chair_is_weighed_too() -> None:
    signals = [s for s in chair() if s.kind == "plate"]
    assert implausible_of(signals, Subject(MASS_KG)) == ""
    assert "pounds" in implausible_of(signals, Subject(MASS_KG * 2.20462))
    assert "lbf told as N" in implausible_of(stored(signals, 0.22481), Subject(MASS_KG))
    assert "kN told as N" in implausible_of(stored(signals, 1e-3), Subject(MASS_KG))


def test_who_only_sits_with_the_feet_on_a_plate_is_not_taken_for_pounds() -> None:
    for share in np.linspace(0.08, 0.3, 23):
        load = share * MASS_KG * 9.80665 + 5.0 * np.sin(np.arange(2000) / 90.0)
        assert implausible_of([plate("feet", load, 100.0)], Subject(MASS_KG)) == "", share


def test_an_empty_plate_says_nothing_of_its_unit() -> None:
    random = np.random.default_rng(4)
    drift = np.linspace(0.0, 6.0, 20_000) + 0.5 * np.sin(2 * np.pi * 50.0 * np.arange(20_000) / 1000.0)
    for values in (random.standard_normal(20_000), drift, drift + random.standard_normal(20_000), np.zeros(20_000)):
        assert implausible_of([plate("idle", values, 1000.0)], Subject(MASS_KG)) == ""


def implausible_of(signals: Sequence[Signal], subject: Subject) -> str:
    """What the analysis says of units, in one text."""
    said = ("the plates carry", "the greatest force", "the centre of pressure", "mass_kg", "the EMG of", "the sensor")
    notes = run_pipeline(signals, [], subject, CHAIN, METRICS).notes
    return "; ".join(note for note in notes if note.startswith(said))


RAW = metric("raw_size", of=Trial, unit="V", needs=(raw_emg(),))(lambda trial, muscles: 1.0)


def volts(scale: float, unit: str) -> Signal:
    time = np.arange(4000) / 1000.0
    bursts = 1e-4 * (1 + np.sin(2 * np.pi * time)) * np.random.default_rng(2).standard_normal(4000)
    return Signal("emg", "emg", time, bursts[:, None] * scale, (Channel("so", unit, "soleus", "L"),), 1000.0)


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "V"), (1e6, "uV"), (1e3, "mV"), (1e3, "V"), (5e3, "V")])
def test_emg_from_the_skin_or_behind_an_amplifier_is_taken_as_it_is(scale: float, unit: str) -> None:
    result = run_pipeline([volts(scale, unit)], [], Subject(), [], [RAW])
    assert {row.status for row in result.rows if row.side == "L"} == {"ok"}


@pytest.mark.parametrize(("unit", "told"), [("bit", '"bit"'), ("mmHg", '"mmHg"'), ("", "no unit")])
def test_emg_in_no_voltage_has_no_size_in_volts(unit: str, told: str) -> None:
    result = run_pipeline([volts(1.0, unit)], [], Subject(), [], [RAW])
    (row,) = [row for row in result.rows if row.side == "L"]
    assert f"is in {told}, and its size in volts is not known" in row.reason
    assert "[streams.emg.channels]" in row.reason


@pytest.mark.parametrize(("scale", "unit", "real"), [(1e6, "V", "uV"), (1.0, "uV", "V"), (1.0, "nV", "V")])
def test_emg_that_no_electrode_gives_is_refused_where_volts_matter(scale: float, unit: str, real: str) -> None:
    result = run_pipeline([volts(scale, unit)], [], Subject(), [], [RAW])
    (row,) = [row for row in result.rows if row.side == "L"]
    assert f"looks like {real} told as {unit}" in row.reason
    assert "[streams.emg.channels]" in row.reason


@pytest.mark.parametrize(
    ("unit", "real"),
    [("g", "m/s^2"), ("mm/s^2", "m/s^2"), ("mg", "m/s^2"), ("cm/s^2", "m/s^2")],
)
def test_an_acceleration_in_another_unit_is_refused_and_named(shared: Path, unit: str, real: str) -> None:
    walk = feet(shared)
    channels = tuple(replace(c, unit=unit if c.unit == "m/s^2" else c.unit) for c in walk.channels)
    (first, *_) = implausible([replace(walk, channels=channels)], (), (), Subject())
    assert first.what == "acceleration"
    assert f"looks like {real} told as {unit}" in first.reason
    assert "[streams.feet.channels]" in first.reason


@pytest.mark.parametrize("name", BACK_WALKS)
def test_g_told_as_metres_is_refused_and_named(shared: Path, name: str) -> None:
    walk, _ = low_back(shared, name)
    channels = tuple(replace(c, unit="m/s^2" if c.unit == "g" else c.unit) for c in walk.channels)
    found = implausible([replace(walk, channels=channels)], (), (), Subject())
    assert ["g told as m/s^2" in one.reason for one in found] == [True]


@pytest.mark.parametrize(
    ("factor", "looks"), [(180 / np.pi, "deg/s told as rad/s"), (np.pi / 180, "rad/s told as deg/s")]
)
def test_turning_in_another_unit_is_refused_and_named(shared: Path, factor: float, looks: str) -> None:
    unit = looks.rsplit(" ", 1)[1]
    for imu in (feet(shared), *(s for s in walking(seconds=10.0) if s.kind == "imu")):
        turns = np.array([c.unit in ("deg/s", "rad/s") for c in imu.channels])
        to_real = np.array([np.pi / 180 if c.unit == "deg/s" else 1.0 for c in imu.channels])
        worth = np.pi / 180 if unit == "deg/s" else 1.0
        samples = np.where(turns, imu.samples * to_real * factor / worth, imu.samples)
        channels = tuple(replace(c, unit=unit) if turn else c for c, turn in zip(imu.channels, turns, strict=True))
        found = implausible([replace(imu, samples=samples, channels=channels)], (), (), Subject())
        assert found, imu.id
        assert all(looks in one.reason for one in found)


def test_acceleration_without_gravity_is_no_wrong_unit(shared: Path) -> None:
    walk, _ = low_back(shared, BACK_WALKS[0])
    samples = walk.samples.copy()
    samples[:, :3] -= np.median(samples[:, :3], axis=0)
    assert implausible([replace(walk, samples=samples)], (), (), Subject()) == ()


@pytest.mark.parametrize(
    ("height", "looks"), [(175.0, "centimetres (1.75 m)"), (1750.0, "millimetres"), (5.9, "feet"), (69.0, "inches")]
)
def test_a_height_in_another_unit_is_named(height: float, looks: str) -> None:
    (found,) = implausible((), (), (), Subject(70.0, height))
    assert looks in found.reason
    assert "[participant] height_m" in found.reason


@pytest.mark.parametrize(("mass", "height"), [(np.nan, np.nan), (8.0, 0.65), (70.0, 1.75), (160.0, 2.2)])
def test_people_of_every_size_are_people(mass: float, height: float) -> None:
    assert implausible((), (), (), Subject(mass, height)) == ()


def test_a_weight_in_newtons_is_no_mass() -> None:
    (found,) = implausible((), (), (), Subject(686.0))
    assert "newtons (70 kg)" in found.reason


def of_all_recordings(shared: Path) -> dict[str, Walk]:
    """Every real recording with a force, a muscle or a sensor, and the virtual lab."""
    found: dict[str, Walk] = {p.stem: of_c3d(p) for p in sorted(shared.glob("*/*.c3d"))}
    for name in BACK_WALKS:
        found[name] = [low_back(shared, name)[0]], [], Subject()
    found["chair"], found["feet"] = ([lumbar(shared)[0]], [], Subject()), ([feet(shared)], [], Subject())
    for path in sorted((shared / "quiet_standing").glob("*.txt")):
        table = np.loadtxt(path, skiprows=1)
        channels = tuple(Channel(label, unit) for label, unit in zip("abcdef", ["N"] * 3 + ["Nm"] * 3, strict=True))
        found[path.stem] = (
            [Signal("p", "plate", table[:, 0], table[:, 1:7], channels, 100.0, Plate(2, ()))],
            [],
            Subject(),
        )
    run = np.loadtxt(shared / "run_treadmill_grf" / "custom_drift_S001runT25.csv", delimiter=",")
    found["run"] = [plate("p", run, 300.0)], [], Subject()
    imu = np.load(shared / "orientation_imu" / "imu_data.npz")
    channels = tuple(Channel(f"{i}", unit, "pelvis") for unit in ("m/s^2", "rad/s") for i in range(3))
    time = np.arange(len(imu["acc"])) / 285.7
    found["orientation"] = (
        [Signal("i", "imu", time, np.hstack([imu["acc"], imu["gyr"]]), channels, 285.7)],
        [],
        Subject(),
    )
    found["virtual"] = walking(seconds=10.0), [], Subject(MASS_KG)
    return found


def test_no_real_recording_raises_an_alarm(shared: Path) -> None:
    recordings = of_all_recordings(shared)
    assert len(recordings) > 20
    said = {name: implausible_of(signals, subject) for name, (signals, _, subject) in recordings.items()}
    assert {name: text for name, text in said.items() if text} == {}
