"""Attenuation from shank to head on delayed, scaled copies of a shock."""

from dataclasses import replace

import pytest
from test_load_wave import STRIDE, knock, sensors

from groundup.plugin import NotComputableError
from groundup_plugins.metrics.shock_attenuation import shock_attenuation, shock_attenuation_spectral


def worn(bandwidth_hz=100.0, **options):
    traces = sensors(knock, segments=("shank", "head"), **options)
    return {name: replace(trace, bandwidth_hz=bandwidth_hz) for name, trace in traces.items()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate", [100.0, 148.0, 200.0, 1000.0])
def test_the_loss_that_was_put_in_is_read_back_in_db(seed, rate):
    # 3 dB are lost up to the shank, 12 up to the head.
    assert shock_attenuation_spectral(STRIDE, worn(seed=seed, rate=rate)) == pytest.approx(-9.0, abs=0.1)


def test_of_the_peak_the_share_is_lost_that_was_put_in():
    levels = {"foot": 0.0, "shank": 3.0, "thigh": 4.0, "pelvis": 5.0, "trunk": 7.0, "head": 9.0}
    up = {}
    for name, trace in worn(rate=1000.0, loss=levels).items():
        values = trace.values.copy()
        values[:] = 0.0
        values[:, 2] = 9.81 + (trace.values - trace.values[0]) @ _main(trace)
        up[name] = replace(trace, values=values)
    assert shock_attenuation(STRIDE, up) == pytest.approx(1 - 10 ** (-6 / 20), abs=0.02)


def _main(trace):
    away = trace.values - trace.values[0]
    largest = away[abs(away).sum(axis=1).argmax()]
    return largest / (largest @ largest) ** 0.5


def test_a_peak_needs_the_bandwidth_and_the_rate_that_show_it():
    with pytest.raises(NotComputableError, match=r"bandwidth of the shank sensor is not known"):
        shock_attenuation(STRIDE, worn(bandwidth_hz=float("nan")))
    with pytest.raises(NotComputableError, match="passes 30 Hz"):
        shock_attenuation(STRIDE, worn(bandwidth_hz=30.0))
    with pytest.raises(NotComputableError, match="200 Hz is the least"):
        shock_attenuation(STRIDE, worn(rate=148.0))


def test_swapped_or_missing_sensors_are_told():
    traces = worn()
    swapped = {"shank": traces["head"], "head": traces["shank"]}
    for metric in (shock_attenuation, shock_attenuation_spectral):
        with pytest.raises(NotComputableError, match="swapped"):
            metric(STRIDE, swapped)
        with pytest.raises(NotComputableError, match="none on the head"):
            metric(STRIDE, {"shank": traces["shank"]})
