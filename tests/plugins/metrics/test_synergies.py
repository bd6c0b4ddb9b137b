"""Synergies against published ones of eight people, and against ones that were put in."""

import csv

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from groundup.plugin import NotComputableError, Stride, Trace, Trial
from groundup_plugins.metrics.nmf import all_ranks, factorise, number, one_synergy_vaf
from groundup_plugins.metrics.synergies import synergy_count, vaf_one_synergy

pytest.importorskip("sklearn", reason="synergies need the extra 'science'")


def cosines(ours, theirs):
    """Of the columns, each with its best partner."""
    ours, theirs = (m / np.linalg.norm(m, axis=0) for m in (ours, theirs))
    alike = ours.T @ theirs
    return alike[linear_sum_assignment(-alike)]


def test_eight_people_have_the_published_number_quality_and_synergies(shared):
    folder = shared / "walk_emg_synergies"
    with (folder / "published_synergies_8_people.csv").open() as file:
        published = {row["trial"]: row for row in csv.DictReader(file)}
    alike = []
    with np.load(folder / "published_synergies_8_people.npz") as data:
        for trial, row in published.items():
            emg = np.maximum(data[f"{trial}_V"], 1e-9)
            fits = all_ranks(emg)
            count = number([fit.r2 for fit in fits])
            assert count == int(row["n_synergies"]), trial
            assert fits[count - 1].r2 == pytest.approx(float(row["r2_centred"]), abs=0.003), trial
            alike += list(cosines(fits[count - 1].weights, data[f"{trial}_W"]))
            alike += list(cosines(fits[count - 1].activations.T, data[f"{trial}_H"].T))
    assert len(published) == 8
    assert np.mean(alike) > 0.95


def made(k, seed, muscles=13, points=200, noise_db=20.0):
    """Separable synergies: each muscle belongs to one more than to any other, bursts follow each other."""
    random = np.random.default_rng([k, seed])
    weights = random.uniform(0.0, 0.1, (muscles, k))
    weights[np.arange(muscles), np.arange(muscles) % k] = random.uniform(0.5, 1.0, muscles)
    centres = (np.arange(k) + 0.5) / k
    activations = np.exp(-0.5 * ((np.linspace(0, 1, points) - centres[:, None]) * k * 4 / 1.0) ** 2)
    emg = weights @ activations
    noise = random.normal(0, np.sqrt((emg**2).mean() / 10 ** (noise_db / 10)), emg.shape)
    return weights, activations, np.maximum(emg + noise, 1e-9)


@pytest.mark.rig
@pytest.mark.parametrize("k", [3, 4, 5, 6])
def test_synergies_that_were_put_in_come_out(k):
    weights, activations, emg = made(k, 0)
    fits = all_ranks(emg)
    assert number([fit.r2 for fit in fits]) == k
    assert cosines(fits[k - 1].weights, weights).mean() > 0.95
    assert cosines(fits[k - 1].activations.T, activations.T).mean() > 0.95


def test_vaf_and_r2_are_named_and_differ():
    _, _, emg = made(4, 0)
    fit = factorise(emg, 2)
    error = ((emg - fit.weights @ fit.activations) ** 2).sum()
    assert fit.vaf == pytest.approx(1 - error / (emg**2).sum())
    assert fit.r2 == pytest.approx(1 - error / ((emg - emg.mean()) ** 2).sum())
    assert fit.r2 < fit.vaf


def test_the_vaf_of_one_synergy_is_exact():
    _, _, emg = made(4, 1)
    assert one_synergy_vaf(emg) == pytest.approx(factorise(emg, 1).vaf, abs=1e-6)
    assert one_synergy_vaf(np.outer([1.0, 2.0], [0.1, 0.5, 0.2])) == pytest.approx(1.0)


def strides(muscles, count=4):
    found = []
    for n in range(count):
        stride = Stride(float(n), n + 1.0, n + 0.6, "R", n)
        time = np.linspace(n, n + 1.0, 500)
        at = np.concatenate([np.linspace(0, 0.5, 300), np.linspace(0.5, 1.0, 200)])
        found.append((stride, {s: Trace(time, np.interp(at, np.linspace(0, 1, len(v)), v), 500.0) for s, v in muscles}))
    return found


@pytest.mark.rig
def test_a_trial_has_the_synergies_of_its_mean_stride():
    _, _, emg = made(3, 0)
    sites = [f"muscle_{n:02}" for n in range(len(emg))]
    trial = Trial(0.0, 9.0)
    found = strides(list(zip(sites, emg, strict=True)))
    assert synergy_count(trial, found) == 3.0
    assert 0.3 < vaf_one_synergy(trial, found) < 0.9
    with pytest.raises(NotComputableError, match="needs 3 strides"):
        synergy_count(trial, found[:2])
    with pytest.raises(NotComputableError, match="muscles"):
        synergy_count(trial, strides(list(zip(sites[:4], emg[:4], strict=True))))
    unseen = [(Stride(s.t0, s.t1, float("nan"), s.side, s.number), traces) for s, traces in found]
    with pytest.raises(NotComputableError, match="left the ground"):
        vaf_one_synergy(trial, unseen)
