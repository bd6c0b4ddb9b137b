"""The order of EMG peaks: the norm is what its script makes, its interval holds people who were left out."""

import csv
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import t

from groundup.analysis.pipeline import run_pipeline
from groundup.plugin import Channel, Event, NotComputableError, Signal, Subject
from groundup_plugins.metrics.glutes import glute_share_ratio
from groundup_plugins.metrics.muscle_order import (
    PeakTimes,
    muscle_order_deviation,
    norm_peaks,
    published_envelope,
    stance_peaks,
    tau,
)
from groundup_plugins.norms.make_stance_peaks import SITES, table
from groundup_plugins.processors.emg_envelope import EmgEnvelope


def read(path):
    with path.open() as file:
        rows = list(csv.reader(file))
    return rows[0], np.array([[float(value) for value in row] for row in rows[1:]])


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "walk_emg_synergies"


def test_the_norm_is_what_its_script_makes_of_the_public_data(folder):
    made = table(folder / "published_synergies_8_people.npz")
    rows = list(csv.reader(line for line in made.splitlines() if not line.startswith("#")))
    norm = norm_peaks()
    assert rows[0][1:] == list(norm.sites)
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], float), norm.peaks)
    assert norm.peaks.shape == (8, 13)


def test_proximal_muscles_of_healthy_walkers_peak_first():
    """As in 15 of 15 people of the whole data: mean -0.37, SD 0.11."""
    norm = norm_peaks()
    taus = [tau(norm.sites, person) for person in norm.peaks]
    assert max(taus) < 0
    assert np.mean(taus) == pytest.approx(-0.37, abs=0.05)
    assert np.std(taus, ddof=1) == pytest.approx(0.11, abs=0.03)


@pytest.mark.rig
def test_people_who_were_left_out_lie_inside_the_interval_about_as_often_as_it_says():
    """Any eight muscles or more, 95 and 80 %."""
    norm, random = norm_peaks(), np.random.default_rng(1)
    away = []
    for _ in range(30):
        columns = np.sort(random.choice(13, random.integers(8, 14), replace=False))
        sites = [norm.sites[c] for c in columns]
        for person in range(len(norm.peaks)):
            others = PeakTimes(norm.sites, np.delete(norm.peaks, person, axis=0))
            try:
                away.append(abs(others.deviation(sites, norm.peaks[person, columns])))
            except NotComputableError:
                continue
    away = np.array(away)
    narrower = t.ppf(0.9, 6) / t.ppf(0.975, 6)  # half the width of the 80 % interval against the 95 % one
    assert (away <= 1).mean() == pytest.approx(0.95, abs=0.05)
    assert (away <= narrower).mean() == pytest.approx(0.8, abs=0.1)


def test_the_published_filter_is_reproduced_in_13_of_13_muscles(folder):
    names, raw = read(folder / "raw_emg_1000hz.csv")
    _, published = read(folder / "published_filtered_normalised.csv")
    _, cycles = read(folder / "gait_cycles_s.csv")
    ours = published_envelope(raw[:, 1:].T, 1000.0)
    # The authors leave the first cycle out, keep three, and stretch the samples of each stance and swing to 100 points.
    edges = np.searchsorted(raw[:, 0], cycles[1:5].ravel()[:7] - 1e-9)
    pieces = [ours[:, a:b] for a, b in pairwise(edges)]
    points = np.hstack(
        [
            [np.interp(np.linspace(0, piece.shape[1] - 1, 100), np.arange(piece.shape[1]), row) for row in piece]
            for piece in pieces
        ]
    )
    agree = [np.corrcoef(points[k], published[:, k + 1])[0, 1] for k in range(13)]
    assert len(names) == 14
    assert min(agree) > 0.999


def walk(folder):
    names, raw = read(folder / "raw_emg_1000hz.csv")
    _, cycles = read(folder / "gait_cycles_s.csv")
    channels = tuple(Channel(name, "uV", SITES[name], "R") for name in names[1:])
    events = [Event(time, kind, "R", "file") for row in cycles for time, kind in zip(row, ("IC", "FO"), strict=True)]
    return Signal("emg", "emg", raw[:, 0], raw[:, 1:], channels, 1000.0), events


def test_a_healthy_walker_lies_inside_and_reversed_time_far_outside(folder):
    signal, events = walk(folder)
    result = run_pipeline([signal], events, Subject(), [EmgEnvelope], [muscle_order_deviation])
    (value,) = [row.value for row in result.rows if row.status == "ok"]
    assert abs(value) < 1.0
    reversed_stance = 1.0 - norm_peaks().peaks[0]
    assert norm_peaks().deviation(norm_peaks().sites, reversed_stance) > 2.0


def test_the_gluteal_share_of_eight_healthy_walkers_is_not_loud(folder):
    shares = []
    with np.load(folder / "published_synergies_8_people.npz") as data:
        gluteal = [name in ("ME", "MA") for name in data["muscles"]]
        for key in data.files:
            if key.endswith("_V"):
                shares.append(data[key][gluteal].sum() / data[key].sum())
    assert len(shares) == 8
    assert min(shares) > 0.10
    assert max(shares) < 0.28
    assert np.mean(shares) == pytest.approx(0.161, abs=0.03)


def test_the_share_of_a_walker_from_raw_emg_is_in_the_range_of_the_eight(folder):
    signal, events = walk(folder)
    result = run_pipeline([signal], events, Subject(), [EmgEnvelope], [glute_share_ratio])
    shares = [row.value * 2 / 13 for row in result.rows if row.status == "ok"]
    assert len(shares) == 5
    assert 0.10 < np.mean(shares) < 0.28


def test_peaks_are_looked_for_in_stance_only():
    cycle = np.zeros((2, 200))
    cycle[0, [33, 150]] = [1.0, 5.0]
    cycle[1, 99] = 1.0
    assert stance_peaks(cycle) == pytest.approx([1 / 3, 1.0])


@pytest.mark.parametrize(("stance", "runs"), [(0.62, False), (0.52, False), (0.47, True), (0.35, True)])
def test_who_runs_is_not_held_against_a_norm_of_walking(stance, runs):
    time = np.arange(8000) / 1000.0
    values = np.random.default_rng(1).standard_normal((len(time), len(norm_peaks().sites)))
    channels = tuple(Channel(site, "V", site, "R") for site in norm_peaks().sites)
    events = [Event(0.5 + n, kind, "R", "file") for n in range(6) for kind in ("IC",)]
    events += [Event(event.time + stance, "FO", "R", "file") for event in events]
    emg = Signal("emg", "emg", time, values, channels, 1000.0)
    (row,) = [r for r in run_pipeline([emg], events, Subject(), [], [muscle_order_deviation]).rows if r.side == "R"]
    assert ("the person runs" in row.reason) == runs
    assert (row.status == "ok") != runs
