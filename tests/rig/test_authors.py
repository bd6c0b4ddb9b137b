"""Four authors wrote one processor and one detector, in Python, Cython, C and numba: all install, and give the same."""

import importlib
import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, Event, Signal, SignalForm
from groundup.plugin.manager import load
from tests.conftest import Once

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WAYS = ("python", "cython", "c", "numba")
RATE, CHANNELS = 2000.0, 3
FORM = SignalForm("emg", "emg", tuple(Channel(f"c{i}", "V", "soleus", "R") for i in range(CHANNELS)), RATE)


@pytest.fixture(scope="module")
def site(once: Once) -> Iterator[Path]:
    """All of them built and installed into a folder of their own, as a stranger would."""
    target = once("authors", install)
    sys.path.insert(0, str(target))
    yield target
    sys.path.remove(str(target))


def install(target: Path) -> None:
    with tempfile.TemporaryDirectory() as source:
        names = [f"{what}-{way}" for what in ("activity", "burst") for way in WAYS]
        for name in names:
            shutil.copytree(EXAMPLES / name, Path(source) / name)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
             "--target", str(target), *(f"{source}/{name}" for name in names)],
            check=True,
        )  # fmt: skip


def module(way: str) -> ModuleType:
    return importlib.import_module(f"activity_{way}")


def graph(way: str, tau_s: float = 0.1) -> Graph:
    step = ProcessStep(f"activity_{way}", "emg", "activity", {"tau_s": tau_s})
    made = Graph([FORM], module(way).groundup_processors(), [step])
    assert made.notes == []
    return made


def fed(way: str, samples: np.ndarray, cuts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    live = graph(way)
    time = np.arange(len(samples)) / RATE
    time[700:] += 1.0  # a gap
    edges = sorted({0, len(samples), *cuts})
    parts = [live.feed("emg", time[a:b], samples[a:b]).signals[0] for a, b in pairwise(edges)]
    return np.concatenate([p.time for p in parts]), np.concatenate([p.samples for p in parts])


def truth(samples: np.ndarray, tau_s: float = 0.1) -> np.ndarray:
    a = -np.expm1(-1.0 / (tau_s * RATE))
    y, result = np.zeros(CHANNELS), []
    for number, x in enumerate(samples):
        y = a * np.abs(x) + (1.0 - a) * (y if number != 700 else 0.0)
        result.append(y)
    return np.array(result)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_found_by_its_entry_point(site: Path, way: str) -> None:
    points = [
        point
        for distribution in importlib.metadata.distributions(path=[str(site)])
        for point in distribution.entry_points
        if point.name == f"activity_{way}"
    ]
    found = load(points)
    assert found.failures == []
    assert list(found.processors) == [f"activity_{way}"]
    assert found.processors[f"activity_{way}"].origin.distribution == f"groundup-activity-{way}"


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 1499), max_size=12), seed=st.integers(0, 3))
def test_all_four_give_the_bits_of_the_formula_for_any_chunks(site: Path, way: str, cuts: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(1500, CHANNELS))
    time, made = fed(way, samples, cuts)
    np.testing.assert_array_equal(made, truth(samples))
    assert time[0] == -0.1, "its latency is taken off"


@pytest.mark.parametrize("way", WAYS)
def test_whole_recordings_are_processed_as_they_would_have_been_live(site: Path, way: str) -> None:
    samples = np.random.default_rng(0).normal(size=(500, CHANNELS))
    (processor,) = module(way).groundup_processors()
    whole = processor(module(way).ActivitySettings()).whole(
        Signal("emg", "emg", np.arange(500) / RATE, samples, FORM.channels, RATE)
    )
    np.testing.assert_array_equal(whole.signals[0].samples, truth(samples))
    assert whole.signals[0].time[0] == -0.1


@pytest.mark.parametrize("way", ["cython", "c"])
def test_a_rate_that_it_cannot_work_at_is_a_sentence(site: Path, way: str) -> None:
    irregular = SignalForm("emg", "emg", FORM.channels, 0.0)
    step = ProcessStep(f"activity_{way}", "emg")
    wrong = Graph([irregular], module(way).groundup_processors(), [step]).wrong
    assert len(wrong) == 1
    assert "cannot work at 0 Hz" in wrong[0]


def test_the_header_is_where_compilers_are_told_to_look() -> None:
    import groundup

    folder = Path(groundup.get_include()) / "groundup"
    assert {"processor.h", "processor.pxd"} <= {path.name for path in folder.iterdir()}


# --- the detector ---

MUSCLES = ("tibialis_anterior", "soleus", "vastus_lateralis", "gluteus_maximus")
LEGS = tuple(Channel(f"{site}.{side}", "V", site, side) for site in MUSCLES for side in ("L", "R"))
LEGS_FORM = SignalForm("emg", "emg", LEGS, RATE)
Bursts = list[tuple[float, float]]


@pytest.fixture(scope="module")
def worked() -> tuple[np.ndarray, np.ndarray, list[Bursts]]:
    """Times, EMG of eight muscles, and from when to when each worked: no two at the same time."""
    random = np.random.default_rng(5)
    time = np.arange(round(6.0 * RATE)) / RATE
    samples = random.normal(scale=2e-6, size=(len(time), len(LEGS)))
    bursts: list[Bursts] = []
    for channel in range(len(LEGS)):
        first = 1.2 + 0.3 * channel
        bursts.append([(first, first + 0.2), (first + 2.4, first + 2.55)])
        for t0, t1 in bursts[-1]:
            during = (time >= t0) & (time < t1)
            samples[during, channel] = random.normal(scale=1e-4, size=during.sum())
    return time, samples, bursts


def detected(way: str, time: np.ndarray, samples: np.ndarray, cuts: list[int]) -> list[Event]:
    module = importlib.import_module(f"burst_{way}")
    live = Graph([LEGS_FORM], module.groundup_processors(), [ProcessStep(f"burst_{way}", "emg")])
    assert live.notes == []
    edges = sorted({0, len(time), *(cut for cut in cuts if cut < len(time))})
    return [event for a, b in pairwise(edges) for event in live.feed("emg", time[a:b], samples[a:b]).events]


@pytest.mark.parametrize("way", WAYS)
def test_a_burst_is_told_of_the_muscle_that_worked(
    site: Path, way: str, worked: tuple[np.ndarray, np.ndarray, list[Bursts]]
) -> None:
    time, samples, bursts = worked
    events = detected(way, time, samples, [])
    for channel, truth in zip(LEGS, bursts, strict=True):
        mine = [event for event in events if event.channel == channel.label]
        assert [event.kind for event in mine] == ["burst", "rest"] * len(truth)
        assert {(event.source, event.side) for event in mine} == {(channel.site, channel.side)}
        np.testing.assert_allclose([event.time for event in mine], np.ravel(truth), atol=0.03)
        ends = [event for event in mine if event.kind == "rest"]
        assert all(2e-5 < event.value < 4e-4 and event.unit == "V" for event in ends)
    assert len(events) == 4 * len(LEGS)


@pytest.mark.parametrize("way", WAYS[1:])
def test_all_four_tell_the_same_events(
    site: Path, way: str, worked: tuple[np.ndarray, np.ndarray, list[Bursts]]
) -> None:
    time, samples, _ = worked
    time, samples = time.copy(), samples.copy()
    time[9000:] += 1.0  # a gap
    samples[5000:5003, 1] = np.nan
    cuts = np.random.default_rng(1).integers(1, len(time), 60).tolist()
    expected = detected("python", time, samples, [])
    assert detected(way, time, samples, [*cuts, *range(8990, 9010)]) == expected
    assert len(expected) > 10
