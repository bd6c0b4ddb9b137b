"""EMG onset: median error against the true onset, bursts found for each that is there, and time, beside the peers."""

import time
import warnings
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from scipy.signal import butter, sosfiltfilt

from benchmarks.rows import Row
from groundup.model.signals import Floats
from groundup_plugins.processors.onsets import Method, active, spans

_RATE = 1000.0
_SEEDS = 20
_NEAR_S = 0.25
_OURS: tuple[Method, ...] = ("tkeo", "hodges_bui", "double_threshold")
Detector = Callable[[Floats, slice], list[float]]


def run() -> list[Row]:
    """Each of our methods beside each peer's, on the same made EMG with bursts 20, 10 and 6 dB over rest."""
    return [row for ratio_db in (20.0, 10.0, 6.0) for row in _case(ratio_db)]


def _case(ratio_db: float) -> list[Row]:
    ours = {name: _measured(_our(name), ratio_db) for name in _OURS}
    rows = []
    for peer, detector in _peers().items():
        theirs = _measured(detector, ratio_db)
        for name, found in ours.items():
            for what, unit, mine, other in zip(
                ("median onset error", "bursts for each true one", "time for 10 s"),
                ("ms", "", "ms"),
                found,
                theirs,
                strict=True,
            ):
                goal = {"ms": "" if "time" in what else "no more than the peer", "": "1"}[unit]
                rows.append(Row(f"{what}, {name}, {ratio_db:g} dB", mine, unit, peer, other, goal))
    return rows


def _measured(detector: Detector, ratio_db: float) -> tuple[float, float, float]:
    errors, counts, spent = [], [], 0.0
    for seed in range(_SEEDS):
        emg, begins, rest = _bursts(seed, ratio_db)
        started = time.perf_counter()
        found: list[float] = []
        with suppress(Exception):  # a peer that fails has found nothing
            found = detector(emg, rest)
        spent += time.perf_counter() - started
        counts.append(len(found) / len(begins))
        for begin in begins:
            # A burst that nobody found costs what "near" means.
            errors.append(min([abs(f - begin) for f in found] + [_NEAR_S]))
    return 1e3 * float(np.median(errors)), float(np.mean(counts)), 1e3 * spent / _SEEDS


def _bursts(seed: int, ratio_db: float) -> tuple[Floats, Floats, slice]:
    """Five bursts in ten seconds of noise from 20 to 400 Hz, when they begin, and a rest before the first."""
    random = np.random.default_rng(seed)
    at = np.arange(int(10 * _RATE)) / _RATE
    begins = 1.0 + 1.8 * np.arange(5) + random.uniform(-0.2, 0.2, 5)
    ends = begins + random.uniform(0.3, 0.6, 5)
    band = butter(2, (20.0, 400.0), "bandpass", fs=_RATE, output="sos")
    quiet, loud = (sosfiltfilt(band, random.normal(size=len(at))) for _ in range(2))
    on = ((at[:, None] >= begins) & (at[:, None] < ends)).any(axis=1)
    return quiet + on * 10 ** (ratio_db / 20) * loud, begins, slice(0, int(0.7 * _RATE))


def _our(method: Method) -> Detector:
    return lambda emg, rest: [begin for begin, _ in spans(active(emg, _RATE, method, rest), _RATE)]


def _peers() -> dict[str, Detector]:
    """neurokit2's and biosppy's detectors, those that need settings with the ones of their own documentation."""
    warnings.simplefilter("ignore")
    import biosppy
    import neurokit2
    from biosppy.signals import emg as bio

    def neurokit(method: str) -> Detector:
        def detect(emg: Floats, rest: slice) -> list[float]:
            cleaned = neurokit2.emg_clean(emg, sampling_rate=int(_RATE))
            amplitude = neurokit2.emg_amplitude(cleaned)
            given = {"emg_cleaned": cleaned} if method in ("biosppy",) else {"emg_amplitude": amplitude}
            _, info = neurokit2.emg_activation(sampling_rate=int(_RATE), method=method, **given)
            return [float(index) / _RATE for index in info["EMG_Onsets"]]

        return detect

    def biosppy_with(name: str, **settings: float) -> Detector:
        def detect(emg: Floats, rest: slice) -> list[float]:
            # What they give are onsets and offsets in one list, in turn.
            edges = getattr(bio, name)(signal=emg, sampling_rate=_RATE, **_rest_of(name, emg, rest), **settings)[0]
            return [float(index) / _RATE for index in edges[::2]]

        return detect

    nk, bs = f"neurokit2 {neurokit2.__version__}", f"biosppy {biosppy.__version__}"
    return {
        f"{nk}, threshold": neurokit("threshold"),
        f"{nk}, mixture": neurokit("mixture"),
        f"{bs}, find_onsets": biosppy_with("find_onsets"),
        f"{bs}, Hodges & Bui": biosppy_with("hodges_bui_onset_detector", size=25, threshold=3),
        f"{bs}, Bonato": biosppy_with(
            "bonato_onset_detector", threshold=10, active_state_duration=10, samples_above_fail=3, fail_size=5
        ),
        f"{bs}, Solnik (TKEO)": biosppy_with("solnik_onset_detector", threshold=8, active_state_duration=30),
    }


def _rest_of(name: str, emg: Floats, rest: slice) -> dict[str, list[int]]:
    return {} if name == "find_onsets" else {"rest": [rest.start, rest.stop]}
