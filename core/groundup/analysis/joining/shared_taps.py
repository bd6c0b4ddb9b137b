"""Taps that sensors of two files felt together: matched as a train, and each one's onset found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from groundup.analysis.joining.line_fit import fit_line
from groundup.analysis.joining.shared_trigger import SharedTrain
from groundup.analysis.joining.train_matching import match_trains
from groundup.analysis.joining.trains import Train, make_train
from groundup.analysis.sync_events.onset import find_onset
from groundup.analysis.sync_events.transients import Transient, find_transients
from groundup.model.signals import Signal

LEAST_RATE = 50.0
_ALIKE, _MODELS = 0.6, 1.2  # as groundup.analysis.sync_events.lags has them
_MOST = 12
_FEWEST, _MOST_TAPS = 3, 400
_FLOOR_S, _CAP_SAMPLES = 0.5e-3, 0.75


@dataclass(frozen=True, eq=False)
class Taps:
    """What stands out in a signal, as a train, each with its first samples."""

    train: Train
    impacts: tuple[Transient, ...]
    rate: float


def taps_of(signal: Signal) -> Taps | None:
    """The impacts in a raw signal that are no steps; None where there are not enough for a pattern."""
    if not signal.rate >= LEAST_RATE or len(signal.time) < 2:
        return None
    impacts = find_transients(signal).impacts
    if not _FEWEST <= len(impacts) <= _MOST_TAPS:
        return None
    times = np.array([one.time for one in impacts])
    span = (float(signal.time[0]), float(signal.time[-1]))
    train = make_train(f"taps in {signal.id}", times, np.full(len(times), 1.0 / signal.rate), span)
    return Taps(train, tuple(sorted(impacts, key=lambda one: one.time)), signal.rate)


def find_taps(a: Sequence[Taps], b: Sequence[Taps]) -> list[SharedTrain] | str:
    """Taps that two files share, the best known first; or why there are none."""
    if not a or not b:
        return f"no {_FEWEST} taps stand out in " + ("either file" if not a and not b else "one of them")
    found, why = [], []
    for ours in a:
        for theirs in b:
            shared = _shared(ours, theirs, len(a) * len(b))
            if isinstance(shared, SharedTrain):
                found.append(shared)
            else:
                why.append(f"{ours.train.name} and {theirs.train.name}: {shared}")
    if not found:
        return min(why, key=lambda text: "ambiguous" not in text)
    return sorted(found, key=lambda one: one.line.offset_half)


def _shared(a: Taps, b: Taps, tried: int) -> SharedTrain | str:
    floor = max(_FLOOR_S, 0.3 / a.rate + 0.3 / b.rate)
    cap = max(1.5e-3, _CAP_SAMPLES * (1.0 / a.rate + 1.0 / b.rate))
    found = match_trains(a.train, b.train, floor, max(cap, 1.5 * floor), tried)
    if isinstance(found, str):
        return found
    some = np.unique(np.linspace(0, len(found.ours) - 1, _MOST).round().astype(int))
    first = [find_onset(a.impacts[i].rise) for i in found.ours[some].tolist()]
    second = [find_onset(b.impacts[i].rise) for i in found.theirs[some].tolist()]
    times = np.array([one.time for one in second])
    lags = np.array([one.time for one in first]) - times
    sd = np.sqrt(_MODELS * np.array([x.sigma**2 + y.sigma**2 for x, y in zip(first, second, strict=True)]))
    # The shape of a tap is the same in all of them, and so is what it makes of the onset.
    common = float(stats.norm.ppf(0.975)) * _ALIKE * float(np.sqrt(np.mean(sd**2)))
    own = sd * np.sqrt(1.0 - _ALIKE**2)
    line = fit_line(times, lags, own, common=common, known=True)
    return SharedTrain(
        a.train, b.train, line, len(found.ours), found.missed, float(times[0]), float(times[-1]),
        found.evidence, found.second_best,
    )  # fmt: skip
