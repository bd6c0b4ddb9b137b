"""Every processor in the box runs live: the same bits however the stream is cut, and nearly what offline says."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plates import lay, plate_signal, vertical_plate, walking_force

from groundup.live.engine.graph import CAUSAL, Graph
from groundup.plugin import Channel, Plate, Signal, SignalForm
from groundup_plugins.processors.contacts import Contacts
from groundup_plugins.processors.emg_envelope import EmgEnvelope
from groundup_plugins.processors.force_plate import ForcePlate

RATE = 1000.0
BOX = (Contacts, EmgEnvelope, ForcePlate)


def run(signal, cuts=(), steps=(), processors=BOX):
    """What the graph makes of a signal that is fed in parts: signals by id (as offline), and events."""
    graph = Graph([SignalForm.of(signal)], processors, steps)
    assert graph.wrong == []
    edges = sorted({0, len(signal.time), *(c for c in cuts if c < len(signal.time))})
    parts, events = {}, []
    for a, b in pairwise(edges):
        fed = graph.feed(signal.id, signal.time[a:b], signal.samples[a:b])
        assert fed.faults == ()
        events += fed.events
        for made in fed.signals:
            parts.setdefault(made.id.removesuffix(CAUSAL), []).append(made)
    signals = {
        key: graph.forms[key + CAUSAL].signal(
            np.concatenate([p.time for p in made]), np.concatenate([p.samples for p in made])
        )
        for key, made in parts.items()
    }
    return signals, events


def same(signal, cuts, **options):
    whole, parts = run(signal, **options), run(signal, cuts, **options)
    assert set(whole[0]) == set(parts[0])
    for key, made in whole[0].items():
        np.testing.assert_array_equal(parts[0][key].time, made.time)
        np.testing.assert_array_equal(parts[0][key].samples, made.samples)
    assert parts[1] == whole[1]
    return whole


def emg(seed=0, seconds=3.0, rate=2000.0, channels=3):
    random = np.random.default_rng(seed)
    n = int(seconds * rate)
    time = np.arange(n) / rate
    time[n // 2 :] += 0.25
    samples = random.normal(size=(n, channels)) * 1e-4 + 1e-3
    samples[random.random(n) < 0.001, 0] = np.nan
    muscles = tuple(Channel(f"c{i}", "V", "soleus", "R") for i in range(channels))
    return Signal("emg", "emg", time, samples, muscles, rate)


def steps_on_a_plate(count=5, weight=750.0, offset=0.0, kind=2, sign=True, gap=False, seed=0):
    """Steps with unloaded time between them, on a plate of any type."""
    step = walking_force(0.65, RATE, weight)
    quiet = np.zeros((450, 3))
    force = np.vstack([quiet, *[np.vstack([step, quiet])] * count])
    laid = lay(0.3, (0.4, 0.1, 0.0), 0.6, 0.4)
    cop = np.tile(laid.middle[:2] + np.array([0.05, -0.02]), (len(force), 1))
    signal = plate_signal(kind, laid, force, cop, np.zeros(len(force)), action=sign, rate=RATE)
    random = np.random.default_rng(seed)
    signal.samples[:, :3] += offset + random.normal(scale=0.3, size=(len(force), 3))
    if gap:
        signal.time[2000:] += 0.2
        signal.samples[3000:3003] = np.nan
    return signal


cuts = st.lists(st.integers(1, 6000), max_size=15)


@settings(max_examples=25, deadline=None)
@given(cuts, st.integers(0, 3))
def test_the_envelope_has_the_same_bits_however_it_is_cut(cuts, seed):
    same(emg(seed), cuts)


@pytest.mark.rig
@settings(max_examples=25, deadline=None)
@given(cuts, st.sampled_from([1, 2, 3, 4]), st.booleans(), st.floats(-60, 60))
def test_plate_and_contacts_have_the_same_bits_however_they_are_cut(cuts, kind, action, offset):
    _, events = same(steps_on_a_plate(offset=offset if kind == 2 else 0.0, kind=kind, sign=action, gap=True), cuts)
    assert len(events) >= 4


def test_the_envelope_is_that_of_scipy_with_the_delay_taken_off():
    from scipy.signal import butter, sosfilt

    signal = emg(seconds=2.0)
    signal = replace(signal, time=np.arange(len(signal.time)) / 2000.0)
    signal.samples[:] = np.nan_to_num(signal.samples)
    made = run(signal)[0]["emg.envelope"]
    band = np.vstack([butter(4, 20, "high", fs=2000, output="sos"), butter(4, 450, fs=2000, output="sos")])
    low = butter(2, 6, fs=2000, output="sos")
    expected = np.maximum(sosfilt(low, np.abs(sosfilt(band, signal.samples - signal.samples[0], axis=0)), axis=0), 0)
    inner = slice(1000, None)
    np.testing.assert_allclose(made.samples[inner], expected[inner], rtol=1e-6)
    assert np.isnan(made.samples[:333]).all()
    assert np.isfinite(made.samples[333:]).all()
    lag = made.attrs["lag_s"]
    assert 0.0375 < lag < 0.045, "sqrt(2) / (2 pi 6 Hz) of the low-pass, and a little of the band-pass"
    np.testing.assert_array_equal(made.time, signal.time - lag)


def test_a_burst_is_where_it_was():
    rate = 2000.0
    time = np.arange(0.0, 6.0, 1 / rate)
    carrier = np.random.default_rng(0).normal(size=len(time))
    height = 1e-4 * (0.1 + np.exp(-0.5 * ((time - 3.0) / 0.15) ** 2))
    signal = Signal("emg", "emg", time, (height * carrier)[:, None], (Channel("c", "V", "soleus"),), rate)
    made = run(signal)[0]["emg.envelope"]
    value = np.nan_to_num(made.samples[:, 0])
    middle = (made.time > 2.4) & (made.time < 3.6)
    rest = 0.1 * 1e-4 * np.sqrt(2 / np.pi)
    weight = np.maximum(value[middle] - rest, 0)
    assert np.sum(made.time[middle] * weight) / weight.sum() == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("action", [True, False])
def test_force_and_contacts_are_those_of_the_whole_recording(kind, action):
    signal = steps_on_a_plate(kind=kind, sign=action)
    made, events = run(signal)
    live = made["plate_1.grf"]
    (whole,) = ForcePlate(ForcePlate.settings_type()).whole(signal).signals
    turned = np.isnan(live.samples[:, 2])
    assert turned.sum() == (0 if action else 1)
    first = 0 if action else 450 + 650
    difference = np.abs(live.samples - whole.samples)[first:]
    assert np.nanmax(difference[:, :3]) < 2.0
    loaded = whole.samples[first:, 2] > 200
    assert np.nanmax(difference[loaded, 3:5]) < 0.002
    expected = Contacts(Contacts.settings_type()).whole(whole).events
    missed = 0 if action else 2  # the step in which the sign was found has no IC; its FO is doubtful
    assert [e.kind for e in events if e.confidence == 1.0] == [e.kind for e in expected[missed:]]
    for event, other in zip([e for e in events if e.confidence == 1.0], expected[missed:], strict=True):
        assert (event.side, event.source) == (other.side, other.source)
        assert event.time == pytest.approx(other.time, abs=0.003)


@pytest.mark.parametrize("offset", [31.0, -45.0])
def test_the_offset_of_the_unloaded_plate_is_off_from_the_first_tenth_of_a_second(offset):
    signal = steps_on_a_plate(offset=offset)
    made = run(signal)[0]["plate_1.grf"]
    unloaded = made.time < 0.45
    late = (made.time > 0.06) & unloaded
    assert np.abs(made.samples[late, 2]).max() < 2.0


def test_a_drift_is_followed_through_the_swing_phases():
    step = walking_force(0.6, 500.0, 700.0)[:, 2]
    truth = np.tile(np.concatenate([step, np.zeros(200)]), 30)
    drift = 60 * np.sin(np.linspace(0, 3, len(truth)))
    made = run(vertical_plate(-(truth + drift), 500.0))[0]["plate_1.grf"]
    error = (made.column("Fz") - truth)[2000:]
    assert np.abs(error).max() < 8.0


def test_a_standing_or_seated_person_is_never_taken_for_an_offset():
    random = np.random.default_rng(0)
    seated = 120 + random.normal(scale=0.5, size=3000)
    rise = 120 + 580 * (1 - np.cos(np.linspace(0, np.pi, 1500))) / 2
    standing = 700 + random.normal(scale=0.5, size=3000)
    truth = np.concatenate([seated, rise, standing, rise[::-1], seated])
    made = run(vertical_plate(-truth, 1000.0))[0]["plate_1.grf"]
    np.testing.assert_array_equal(made.column("Fz"), truth)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_moments_without_a_unit_of_length_are_read_so_that_the_foot_is_on_the_plate(scale):
    signal = steps_on_a_plate(kind=4)
    signal.samples[:, 3:] = signal.samples[:, 3:]
    plate = signal.plate
    matrix = np.array(plate.calibration) * np.array([1, 1, 1, scale, scale, scale])[:, None]
    plate = Plate(4, plate.corners_m, plate.origin_m, tuple(tuple(map(float, row)) for row in matrix))
    channels = tuple(Channel(c.label, "V", c.site) for c in signal.channels)
    made = run(replace(signal, channels=channels, plate=plate))[0]["plate_1.grf"]
    loaded = (made.column("Fz") > 300) & (made.time > 0.6)
    assert np.abs(made.samples[loaded, 3:5] - [0.45, 0.08]).max() < 0.002


def contacts(fz, time=None, **options):
    time = np.arange(len(fz)) / RATE if time is None else time
    return Signal("g", "grf", time, np.asarray(fz, float)[:, None], (Channel("Fz", "N", "plate:1", "L"),), RATE)


@pytest.mark.rig
@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.sampled_from([0.0, 10.0, 30.0, 60.0, 800.0])), max_size=25), cuts)
def test_contacts_are_told_as_offline_at_the_same_times(pieces, cuts):
    fz = np.concatenate([np.zeros(5), *[np.full(n, v) for n, v in pieces], np.zeros(200)])
    _, events = same(contacts(fz), cuts)
    expected = Contacts(Contacts.settings_type()).whole(contacts(fz)).events
    assert [(e.time, e.kind, e.side, e.source) for e in events] == [
        (e.time, e.kind, e.side, e.source) for e in expected
    ]


def test_a_contact_that_was_cut_by_missing_samples_is_told_as_such():
    stance = walking_force(0.6, RATE, 700.0)[:, 2]
    fz = np.concatenate([stance[200:], np.zeros(300), stance, np.zeros(300), stance[:50], [np.nan], np.zeros(300)])
    _, events = run(contacts(fz))
    assert [(e.kind, e.confidence) for e in events] == [("FO", 0.4), ("IC", 1.0), ("FO", 1.0), ("IC", 0.4)]


def test_the_foot_off_of_a_crossed_contact_is_doubtful():
    stance = walking_force(0.6, RATE, 700.0)[:, 2]
    both = np.concatenate([stance, np.zeros(300)]) + np.concatenate([np.zeros(300), 0.7 * stance])
    usual = np.concatenate([stance, np.zeros(400)])
    _, events = run(contacts(np.concatenate([np.zeros(100), *[usual] * 6, both, np.zeros(400), usual])))
    offs = [e.confidence for e in events if e.kind == "FO"]
    assert offs == [1.0] * 6 + [0.3] + [1.0]
