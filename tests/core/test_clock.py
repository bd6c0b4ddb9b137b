"""Every stream on one clock: the error against a truth that is known, in milliseconds."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from groundup.clock import Clocked, Synced, synchronise
from groundup.source import PROBE

Floats = NDArray[np.float64]
Offset = Callable[[Floats], Floats]

DRIFTS: dict[str, Offset] = {
    "a constant 20 ppm": lambda t: 3.0 + 20e-6 * t,
    "a thermal swing of 15 ppm": lambda t: 3.0 + 15e-6 * 900 / (2 * np.pi) * np.sin(2 * np.pi * t / 900),
    "a warm-up by 30 ppm": lambda t: 3.0 + 30e-6 * 200 * (1.0 - np.exp(-t / 200)),
}


def made(
    rate: float, seconds: float, offset: Offset, keep: Callable[[NDArray[np.int64]], NDArray[np.bool_]] | None = None
) -> tuple[Clocked, Floats]:
    """A stream paced by a drifting device clock, stamped late, probed every 2 s with noise; and the true times."""
    random = np.random.default_rng(7)
    number = np.arange(int(rate * seconds))
    device = number / rate
    lab = device + 3.0
    for _ in range(30):
        lab = device + offset(lab)
    stamps = device + random.gamma(2, 0.0005, len(device))
    probed = np.arange(0.0, seconds, 2.0) + 3.0
    late = random.exponential(1e-3, len(probed)) * (random.random(len(probed)) < 0.02)
    probes = np.zeros(len(probed), PROBE)
    probes["time"] = probed - offset(probed)
    probes["offset"] = offset(probed) + random.normal(0, 20e-6, len(probed)) + late / 2
    probes["round_trip"] = 1e-4 + late
    probes["collected"] = probed
    kept = keep(number) if keep is not None else np.ones(len(number), bool)
    return Clocked("x", stamps[kept], rate, probes), lab[kept]


def error_ms(synced: Synced, truth: Floats) -> float:
    """95th percentile of the error, a constant removed: how late a device stamps is no clock's business."""
    error = synced.time - truth
    return float(np.percentile(np.abs(error - np.median(error)), 95)) * 1e3


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_drift_that_bends_is_followed(drift: str) -> None:
    stream, truth = made(100.0, 1800.0, DRIFTS[drift])
    (synced,) = synchronise([stream])
    assert error_ms(synced, truth) < 0.1
    assert synced.ledger == ()


@pytest.mark.parametrize("lost_s", [0.5, 2.0, 4.9])
def test_a_lost_packet_shortens_the_data_and_never_bends_time(lost_s: float) -> None:
    lost = int(lost_s * 100)
    stream, truth = made(100.0, 600.0, DRIFTS["a constant 20 ppm"], lambda n: (n < 30000) | (n >= 30000 + lost))
    (synced,) = synchronise([stream])
    assert error_ms(synced, truth) < 0.1
    assert [(row.kind, row.count) for row in synced.ledger] == [("gap", lost)]


def test_a_hundred_small_losses_do_not_add_up() -> None:
    lost = np.random.default_rng(1).random(6000) < 0.01
    stream, truth = made(100.0, 600.0, DRIFTS["a constant 20 ppm"], lambda n: ~lost[n // 10])
    (synced,) = synchronise([stream])
    assert error_ms(synced, truth) < 0.1
    assert sum(row.count for row in synced.ledger) == lost.sum() * 10


def test_time_stamps_that_are_exact_stay_exact() -> None:
    stamps = 1000.0 + np.arange(5000) / 500.0
    probes = np.zeros(0, PROBE)
    (synced,) = synchronise([Clocked("x", stamps, 500.0, probes)])
    np.testing.assert_allclose(synced.time, stamps, rtol=0, atol=1e-8)
    assert np.isnan(synced.certificate.bound_ms)
    assert "no clock was measured" in synced.certificate.reason


def test_the_latency_of_a_device_is_taken_off() -> None:
    stream, _ = made(100.0, 60.0, DRIFTS["a constant 20 ppm"])
    late = Clocked("x", stream.timestamps, 100.0, stream.probes, latency_s=0.048)
    plain, moved = synchronise([stream, late])
    np.testing.assert_allclose(plain.time - moved.time, 0.048, atol=1e-9)


def test_a_wrong_sampling_rate_is_a_fault_with_the_right_times() -> None:
    stamps = np.arange(6000) / 1000.0
    (synced,) = synchronise([Clocked("emg", stamps, 960.0, np.zeros(0, PROBE))])
    assert [(row.kind, row.severity) for row in synced.ledger] == [("rate", "fault")]
    assert synced.rate == pytest.approx(1000.0, rel=1e-6)


def test_a_clock_that_steps_forward_is_followed_on_both_sides() -> None:
    stream, truth = made(100.0, 600.0, lambda t: 3.0 + 20e-6 * t)
    half = 30000
    stamps = stream.timestamps.copy()
    stamps[half:] += 4.0
    probes = stream.probes.copy()
    after = probes["time"] >= stream.timestamps[half]
    probes["time"][after] += 4.0
    probes["offset"][after] -= 4.0
    (synced,) = synchronise([Clocked("x", stamps, 100.0, probes)])
    assert error_ms(synced, truth) < 0.1
    assert "clock_step" in {row.kind for row in synced.ledger}


def test_an_irregular_stream_is_mapped_and_not_straightened() -> None:
    stream, _ = made(100.0, 60.0, DRIFTS["a constant 20 ppm"])
    markers = np.array([3.0, 3.5, 41.0])
    (synced,) = synchronise([Clocked("markers", markers, 0.0, stream.probes)])
    np.testing.assert_allclose(synced.time, markers + 3.0 + 20e-6 * (markers + 3.0), atol=1e-4)


def test_an_empty_stream_and_a_single_sample_have_a_time_too() -> None:
    for stamps in (np.empty(0), np.array([5.0])):
        (synced,) = synchronise([Clocked("x", stamps, 100.0, np.zeros(0, PROBE))])
        np.testing.assert_array_equal(synced.time, stamps)


@pytest.mark.parametrize(
    "stamps", [-np.arange(50.0), np.zeros(50), np.linspace(-1e307, 1e307, 50), np.full(50, np.nan)]
)
def test_time_stamps_that_make_no_sense_are_kept_and_said(stamps: Floats) -> None:
    with np.errstate(all="ignore"):
        (synced,) = synchronise([Clocked("x", stamps, 100.0, np.zeros(0, PROBE))])
    np.testing.assert_array_equal(synced.time, stamps)
    assert [row.severity for row in synced.ledger] == (["fault"] if np.isfinite(stamps).all() else [])
