"""What a chunk costs in each of the four ways to write a live processor: the examples on 16 channels.

``activity`` makes samples, ``burst`` events.
"""

import importlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row
from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, SignalForm

_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
_WAYS = ("python", "cython", "c", "numba")
_CHUNKS = (20, 200, 2000)
_RATE, _CHANNELS, _SAMPLES, _ROUNDS = 2000.0, 16, 40_000, 7


def run() -> list[Row]:
    """Microseconds a chunk, each way beside the one in Python: in the chain, and with the results as numpy arrays."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        _install(Path(folder))
        sys.path.insert(0, f"{folder}/site")
        for chunk in _CHUNKS:
            chain = {way: _fastest(_chain(way), chunk) for way in _WAYS}
            whole = {way: _fastest(_graph(way), chunk) for way in _WAYS}
            for way in _WAYS:
                rows.append(Row(f"authors_{way}_{chunk}", chain[way], "us a chunk", "in Python", chain["python"]))
            for way in _WAYS:
                case = f"authors_{way}_{chunk}, signals read"
                rows.append(Row(case, whole[way], "us a chunk", "in Python", whole["python"]))
            events = {way: _fastest(_chain(way, "burst"), chunk) for way in _WAYS}
            for way in _WAYS:
                case = f"authors_{way}_{chunk}, a detector"
                rows.append(Row(case, events[way], "us a chunk", "in Python", events["python"]))
        sys.path.remove(f"{folder}/site")
    return rows


def _install(folder: Path) -> None:
    names = [f"{what}-{way}" for what in ("activity", "burst") for way in _WAYS]
    for name in names:
        shutil.copytree(_EXAMPLES / name, folder / name)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", f"{folder}/site", *(f"{folder}/{name}" for name in names)], check=True)


Feed = Callable[[NDArray[np.float64], NDArray[np.float64]], object]


def _made(way: str, what: str) -> Graph:
    form = SignalForm("emg", "emg", tuple(Channel(f"c{i}", "V", "soleus") for i in range(_CHANNELS)), _RATE)
    module = importlib.import_module(f"{what}_{way}")
    return Graph([form], module.groundup_processors(), [ProcessStep(f"{what}_{way}", "emg")])


def _chain(way: str, what: str = "activity") -> Feed:
    graph = _made(way, what)
    chain = graph.chain("emg")
    assert chain is not None
    return chain.feed


def _graph(way: str) -> Feed:
    graph = _made(way, "activity")
    return lambda times, samples: graph.feed("emg", times, samples)


def _fastest(feed: Feed, chunk: int) -> float:
    samples = np.random.default_rng(0).normal(size=(_SAMPLES, _CHANNELS))
    times = np.arange(_SAMPLES) / _RATE
    best = np.inf
    for number in range(_ROUNDS):
        now = times + number * _SAMPLES / _RATE
        started = time.perf_counter()
        for begin in range(0, _SAMPLES, chunk):
            feed(now[begin : begin + chunk], samples[begin : begin + chunk])
        best = min(best, time.perf_counter() - started)
    return best / (_SAMPLES / chunk) * 1e6
