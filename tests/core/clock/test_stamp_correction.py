"""Sealing looks back: what a driver told gives better times than its stamps, and bounds that hold."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.drivers import CASES, SHORTEST_S, Driven, Recorded, drive, short

from groundup.clock import SyncedTime
from groundup.clock.envelope import level
from groundup.clock.smoother import smooth
from groundup.clock.stamp_correction import stamp_correction
from groundup.clock.stamps import Stamps
from groundup.model.source import TICK

EMG, _, CELLS, UDP, WARM_RADIO, WARM_CABLE, HELD_UP = CASES


def by_thirds(time: np.ndarray, true: np.ndarray) -> list[np.ndarray]:
    """Error of the first, the second and the last third in ms, a constant removed."""
    off = (time - true) * 1e3
    return np.array_split(np.abs(off - np.median(off)), 3)


def inside_each(synced: SyncedTime, sent: Recorded) -> list[np.ndarray]:
    return [part <= synced.certificate.bound_ms for part in by_thirds(synced.time, sent.true)]


def inside(synced: SyncedTime, sent: Recorded) -> list[float]:
    return [float(np.mean(part)) for part in inside_each(synced, sent)]


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A device's clock drifts or warms up, and its packets are late.",
    happens=(
        "Its driver's ticks are fitted with hindsight: 93 % or more of each third lie within a bound below 0.6 ms."
    ),
    said="“fitted with hindsight to … arrivals of its driver's packets (its stamps were up to … ms off)”",
    lost="Nothing.",
)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("device", [EMG, CELLS, UDP, WARM_RADIO, HELD_UP], ids=lambda device: device.name)
def test_every_third_of_a_drivers_stream_is_inside_its_bound(device, seed: int) -> None:
    sent = drive(device, 60.0, seed)
    synced = sent.sealed(device.nominal, seed)
    assert "with hindsight" in synced.certificate.reason
    assert min(inside(synced, sent)) >= 0.93
    assert synced.certificate.bound_ms < 0.6
    assert max(np.quantile(part, 0.95) for part in by_thirds(synced.time, sent.true)) < 0.2


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A recording of a driver lasts some seconds, on a quiet computer or on one under a load that comes and goes.",
    happens="The bound holds the little that so few packets tell: 93 % or more of the samples, also in absolute terms.",
    said="the bound, and by how much all may be late alike",
    lost="Nothing.",
)
@pytest.mark.parametrize(("loaded", "widest_ms"), [(False, 0.6), (True, 1.5)])
@pytest.mark.parametrize("seconds", [5.0, 10.0, 20.0])
def test_a_short_recording_says_how_little_its_packets_tell(loaded: bool, widest_ms: float, seconds: float) -> None:
    amplifier = Driven("200 Hz, 80 ppm slow, packets of 4", 200.0 / (1.0 + 80e-6), 200.0, 4, short, loaded=loaded)
    inside, absolute, bounds = [], [], []
    for seed in range(16):
        sent = drive(amplifier, seconds, seed)
        synced = sent.sealed(200.0, seed)
        assert "with hindsight" in synced.certificate.reason
        off, bound = 1e3 * (synced.time - sent.true - SHORTEST_S), synced.certificate.bound_ms
        inside.append(float(np.mean(np.abs(off - np.median(off)) <= bound)))
        absolute.append(float(np.mean(np.abs(off) <= bound + synced.certificate.asymmetry_ms)))
        bounds.append(bound)
    assert np.mean(inside) >= 0.97
    assert np.mean(np.array(inside) >= 0.95) >= 0.87  # a bound holds for 95 streams in 100: of 16 two may be outside
    assert np.mean(absolute) >= 0.93
    assert np.median(bounds) < widest_ms


@pytest.mark.rig
def test_the_stamps_of_the_first_seconds_were_sure_and_wrong_and_are_no_more() -> None:
    sent = [drive(WARM_RADIO, 120.0, seed) for seed in range(3)]
    alone = [one.sealed(200.0, seed, hindsight=False) for seed, one in enumerate(sent)]
    now = [one.sealed(200.0, seed) for seed, one in enumerate(sent)]
    assert np.mean([inside(synced, one)[0] for synced, one in zip(alone, sent, strict=True)]) < 0.93
    assert np.mean([inside(synced, one)[0] for synced, one in zip(now, sent, strict=True)]) >= 0.93


def test_what_was_lost_is_a_gap_of_its_length_and_nothing_else_is() -> None:
    sent = drive(UDP, 60.0, 5)
    synced = sent.sealed(100.0, 5)
    lost = np.round(np.diff(sent.true) * 100.0).astype(int) - 1
    assert [row.count for row in synced.ledger if row.kind == "gap"] == lost[lost > 0].tolist()


@pytest.mark.rig
@pytest.mark.survives(
    "time",
    fault="A device that counts nothing loses a sample.",
    happens="The loss is found by the arrivals; the other samples stay within the bound.",
    said="“… samples of … are missing …”",
    lost="The lost sample.",
)
@pytest.mark.parametrize("moments", [(40.004,), (30.004, 34.004), (20.004, 60.004, 70.004)])
@pytest.mark.parametrize("device", [CELLS, replace(UDP, lost=0.0)], ids=["cells", "imu"])
def test_a_sample_lost_where_nobody_counts_is_found_and_moves_no_other(device, moments) -> None:
    sent = drive(replace(device, rate=device.nominal, counts=False, lost_at=moments), 90.0, 6)
    synced = sent.sealed(device.nominal, 6)
    # Those between two losses that follow each other within seconds may be off by the one.
    assert np.mean(np.concatenate(inside_each(synced, sent))) > 0.94
    assert synced.certificate.bound_ms < 0.5


@pytest.mark.survives(
    "time",
    fault="Packets take another way through the network for good.",
    happens="No loss is said, no time moves.",
    said="nothing",
    lost="Nothing.",
)
@pytest.mark.parametrize("longer_s", [0.003, -0.0015, 0.011])
def test_packets_that_take_another_way_for_good_lose_no_sample_and_move_none(longer_s: float) -> None:
    sent = drive(replace(WARM_CABLE, longer_at=50.0, longer_s=longer_s), 100.0, 7)
    synced = sent.sealed(200.0, 7)
    assert [row for row in synced.ledger if row.kind == "gap"] == []
    assert min(inside(synced, sent)) >= 0.93
    assert synced.certificate.bound_ms < 0.3


@pytest.mark.rig
def test_the_tick_of_any_stamp_is_told_to_a_microsecond_by_few_rows() -> None:
    for device in (EMG, CELLS, WARM_RADIO):
        sent = drive(device, 60.0, 1)
        rows = np.unique(sent.ticks[["tick", "stamp"]])
        told = np.interp(sent.stamps, rows["stamp"], rows["tick"])
        taken = np.round(np.interp(sent.true, drive(device, 60.0, 1).true, np.arange(len(sent.true))))
        assert np.abs(told - taken).max() / device.rate < 1e-6
        assert len(sent.ticks) / 60.0 < 25.0


def test_rows_that_come_twice_and_in_any_order_say_the_same() -> None:
    sent = drive(CELLS, 30.0, 2)
    twice = np.random.default_rng(0).permutation(np.concatenate([sent.ticks, sent.ticks]))
    once, again = (stamp_correction(rows, Stamps(sent.stamps)) for rows in (sent.ticks, twice))
    assert once is not None
    assert again is not None
    np.testing.assert_array_equal(once.corrected(sent.stamps), again.corrected(sent.stamps))


def broken(rows: np.ndarray, **columns: object) -> np.ndarray:
    made = rows.copy()
    for name, value in columns.items():
        made[name] = value
    return made


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: broken(rows, stamp=rows["stamp"] + 1e4, arrival=rows["arrival"] + 1e4),  # of another clock
        lambda rows: broken(rows, arrival=np.nan),
        lambda rows: broken(rows, tick=rows["tick"][::-1]),
        lambda rows: broken(rows, tick=0.0),
        lambda rows: broken(rows, stamp=np.inf),
        lambda rows: broken(rows, began=np.arange(len(rows))),
        lambda rows: broken(rows, arrival=rows["arrival"] * 1e300),
        lambda rows: broken(rows, tick=-1e308 + rows["tick"]),
        lambda rows: rows[:5],
        lambda rows: np.empty(0, TICK),
    ],
)
def test_what_no_driver_can_have_told_changes_no_time(spoil) -> None:
    sent = drive(WARM_RADIO, 20.0, 3)
    spoilt = Recorded(sent.true, sent.stamps, sent.arrival, spoil(sent.ticks))
    alone = sent.sealed(200.0, 3, hindsight=False)
    np.testing.assert_array_equal(spoilt.sealed(200.0, 3).time, alone.time)


def test_where_rows_are_missing_the_uncertainty_says_so() -> None:
    sent = drive(EMG, 40.0, 4)
    late = sent.ticks[sent.ticks["stamp"] > sent.stamps[0] + 10.0]
    synced = Recorded(sent.true, sent.stamps, sent.arrival, late).sealed(2000.0, 4)
    untold = sent.stamps < sent.stamps[0] + 5.0
    assert synced.uncertainty[untold].min() > 5.0 * synced.uncertainty[-20_000:].max()
    assert min(inside(synced, sent)) >= 0.93


def test_arrivals_that_were_held_up_for_seconds_bend_nothing() -> None:
    rng = np.random.default_rng(1)
    time = np.arange(0.0, 300.0, 0.1)
    late = rng.gamma(2.0, 3e-4, len(time))
    for begin in (40.0, 100.0, 200.0):
        late[(time > begin) & (time < begin + 6.0)] += 0.03
    found = level(time, time + late)
    assert len(found.time) > 130
    assert np.abs(found.value - np.median(found.value)).max() < 5e-4


@pytest.mark.rig
def test_a_device_that_warms_up_is_inside_its_bound_in_half_an_hour_too() -> None:
    sent = drive(WARM_CABLE, 1800.0, 1)
    synced = sent.sealed(200.0, 1)
    assert min(inside(synced, sent)) >= 0.93
    assert synced.certificate.bound_ms < 0.1


def test_a_crystal_that_warms_up_is_followed_in_a_recording_of_an_hour() -> None:
    rng = np.random.default_rng(2)
    time = np.arange(0.0, 3600.0, 0.1)
    warm = 30e-6 * 200.0 * -np.expm1(-time / 200.0)
    found = level(time, time + warm + rng.gamma(2.0, 3e-4, len(time)))
    curve = smooth(found.time, found.value, found.sigma, outliers=False)
    off = curve.at(time) - warm
    assert np.abs(off - np.median(off))[time < 200.0].max() < 1.5e-4


def test_one_sample_that_is_missing_from_smooth_stamps_is_a_gap() -> None:
    device = replace(CASES[2], rate=80.0, counts=False, lost_at=(40.004,))
    one = drive(device, 90.0, 6).sealed(device.nominal, 6)
    assert [row.count for row in one.ledger if row.kind == "gap"] == [1]
