"""Contacts by IMUs on people who are not in the tests: the low back of two, and the feet of a fast walker.

The recordings come with the source distributions of mobgap and gaitmap, and are not part of this project: unpack both
and name the two folders in GROUNDUP_MOBGAP and GROUNDUP_GAITMAP (`pip download --no-deps --no-binary :all:` fetches
them). Without these there are no rows. Peers are what mobgap published for its own detectors.
"""

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.io import loadmat

from benchmarks.matched import matched
from benchmarks.rows import Row
from groundup.analysis.gait.strides import cut_strides
from groundup.plugin import Channel, Event, Processor, Side, Signal
from groundup_plugins.processors.foot_contacts import FootContacts
from groundup_plugins.processors.low_back_contacts import LowBackContacts

_PEOPLE = ("HA/002", "MS/001")  # HA/001 is the one of the tests
_PEERS = ("icd_shin_improved", "icd_hklee_improved", "icd_ionescu")
_WITHIN_S = 0.25
_LONGEST_S = 3.0
_near = partial(matched, within=_WITHIN_S)
_FAST_WALKER_HZ = 102.4
_SIDES: dict[Side, str] = {"L": "left", "R": "right"}


def run() -> list[Row]:
    """Nothing without the recordings."""
    backs, feet = os.environ.get("GROUNDUP_MOBGAP"), os.environ.get("GROUNDUP_GAITMAP")
    return [*(_backs(Path(backs)) if backs else ()), *(_feet(Path(feet)) if feet else ())]


def _backs(folder: Path) -> list[Row]:
    rows = []
    for person in _PEOPLE:
        data = _measured(loadmat(folder / f"example_data/data/lab/{person}/data.mat", simplify_cells=True)["data"])
        peers = {peer: _published(folder, peer, person) for peer in _PEERS}
        for test, trials in data.items():
            for trial, held in trials.items():
                walks = held["Standards"]["INDIP"]["ContinuousWalkingPeriod"]
                truth = _joined(_listed(walks), "InitialContact_Event")
                if not len(truth):
                    continue
                events = _events(LowBackContacts, _worn(held["SU"]["LowerBack"]))
                ours = _near([event.time for event in events if event.kind == "IC"], truth)
                told = {
                    peer: _near(_joined(_listed(found[test][trial]["SU"]["LowerBack"].get("SD")), "IC"), truth)
                    for peer, found in peers.items()
                }
                best = max(told, key=lambda peer: len(told[peer]))
                what = f"low back {person} {test} {trial}"
                rows.append(Row(f"{what}: found of {len(truth)}", len(ours), "", best, len(told[best]), "no fewer"))
                mine, other = (1e3 * float(np.median(np.abs(errors))) for errors in (ours, told[best]))
                rows.append(Row(f"{what}: median error", mine, "ms", best, other))
                rows += _strides(what, events, _insole_strides(_listed(walks)))
    return rows


def _strides(what: str, events: Sequence[Event], truth: Sequence[tuple[float, float, str]]) -> list[Row]:
    """Strides beside those of the insoles: how many are given, how many of these are right, and their variability."""
    pairs = []
    for stride in cut_strides(events):
        true = min(truth, key=lambda one: abs(one[0] - stride.t0))
        if abs(true[0] - stride.t0) < _WITHIN_S:
            pairs.append((stride.t1 - stride.t0, true[1] - true[0], stride.side == true[2]))
    ours, theirs = (np.array([pair[k] for pair in pairs]) for k in (0, 1))
    near = float(np.mean(np.abs(ours / theirs - 1.0) <= 0.05)) if pairs else float("nan")
    rows = [
        Row(f"{what}: strides given of {len(truth)}", len(pairs), "", "none", float("nan")),
        Row(f"{what}: of these within 5 %", 100.0 * near, "%", "none", float("nan"), "95 %"),
        Row(f"{what}: of these on the right side", sum(pair[2] for pair in pairs), "", "none", float("nan"), "98 %"),
    ]
    if len(pairs) < 6:
        return rows
    mine, other = (100.0 * float(lasts.std(ddof=1) / lasts.mean()) for lasts in (ours, theirs))
    return [*rows, Row(f"{what}: variability of these", mine, "%", "insoles", other, "within 1")]


def _insole_strides(walks: Sequence[dict[str, Any]]) -> list[tuple[float, float, str]]:
    """Begin, end and side, where three contacts follow on each other, of feet in turn."""
    found = []
    for walk in walks:
        times = np.atleast_1d(walk["InitialContact_Event"]).astype(float).tolist()
        sides = [str(side)[:1].upper() for side in np.atleast_1d(walk["InitialContact_LeftRight"])]
        for k in range(len(times) - 2):
            steps = np.diff(times[k : k + 3])
            if sides[k] == sides[k + 2] != sides[k + 1] and (steps > 0.1).all() and steps.sum() < _LONGEST_S:
                found.append((times[k], times[k + 2], sides[k]))
    return found


def _feet(folder: Path) -> list[Row]:
    table = pd.read_csv(folder / "example_data/imu_sample_ic_stride.csv", header=[0, 1], index_col=0)
    borders = pd.read_csv(folder / "example_data/stride_borders_sample_ic_stride.csv")
    rows = []
    for side, name in _SIDES.items():
        columns = [(f"{name}_sensor", f"{kind}_{axis}") for kind in ("acc", "gyr") for axis in "xyz"]
        signal = _signal(table[columns].to_numpy(float), _FAST_WALKER_HZ, "m/s^2", "foot", side)
        walked = borders[borders["foot"] == name]
        truth = np.unique(walked[["start", "end"]].to_numpy()) / _FAST_WALKER_HZ
        errors = 1e3 * _near(_contacts(FootContacts, signal), truth)
        what = f"fast walker, foot {name}, IC by markers"
        rows.append(Row(f"{what}: found of {len(truth)}", len(errors), "", "none", float("nan"), "all"))
        bias = float(np.median(errors))
        rows.append(Row(f"{what}: constant bias", bias, "ms", "none", float("nan")))
        left = float(np.abs(errors - bias).max())
        rows.append(Row(f"{what}: greatest error but for it", left, "ms", "none", float("nan"), "at most 50 ms"))
    return rows


def _events(kind: type[Processor], signal: Signal) -> Sequence[Event]:
    return kind(kind.settings_type()).whole(signal).events


def _contacts(kind: type[Processor], signal: Signal) -> list[float]:
    return [event.time for event in _events(kind, signal) if event.kind == "IC" and event.confidence >= 0.5]


def _worn(sensor: dict[str, Any]) -> Signal:
    values = np.column_stack([sensor["Acc"], sensor["Gyr"]]).astype(np.float64)
    return _signal(values, float(sensor["Fs"]["Acc"]), "g", "pelvis", "")


def _signal(values: np.ndarray, rate: float, force: str, site: str, side: Side) -> Signal:
    channels = tuple(Channel(f"channel {i}", force if i < 3 else "deg/s", site, side) for i in range(6))
    return Signal("worn", "imu", np.arange(len(values)) / rate, values, channels, rate)


def _published(folder: Path, peer: str, person: str) -> dict[str, Any]:
    file = folder / f"example_data/original_results/{peer}/lab/{person}/SD_Output.json"
    return _measured(json.loads(file.read_text())["SD_Output"])


def _measured(data: dict[str, Any]) -> dict[str, Any]:
    inside: dict[str, Any] = data["TimeMeasure1"]
    return inside


def _listed(walks: Any) -> list[dict[str, Any]]:
    return [walks] if isinstance(walks, dict) else list(walks if walks is not None else ())


def _joined(walks: list[dict[str, Any]], key: str) -> np.ndarray:
    times = np.array([t for walk in walks for t in np.atleast_1d(walk[key])], np.float64)
    return times[np.isfinite(times)]
