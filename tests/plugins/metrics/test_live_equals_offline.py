"""Every installed metric, live in chunks and offline: the same values on the same signals, or it is said why not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import AnalysisResult, run_pipeline
from groundup.lab.tables import parse_lab
from groundup.live.causal import run_causal_pipeline
from groundup.live.engine.engine import LiveAnalysis
from groundup.live.metrics.job import Measurer
from groundup.live.outputs.result_collector import ResultCollector
from groundup.live.results import TickResult
from groundup.lsl.control import CONTROL
from groundup.lsl.control_messages import trial_start_json, trial_stop_json
from groundup.model.events import Trial
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject, Treadmill
from groundup.plugin.formats import Imported, ImportedStream
from groundup.plugin.manager import plugins
from groundup.plugin.metric import Metric
from groundup.sources.from_import import source_from_import
from groundup.testing.people import Person, riser, walker

pytestmark = pytest.mark.rig

METRICS: list[Metric] = [loaded.item for _, loaded in sorted(plugins().metrics.items())]
PROCESSORS = [loaded.item for loaded in plugins().processors.values()]
TYPE = {"plate": "Force", "emg": "EMG", "imu": "IMU", "model": "Model"}
# Over the median of the strides so far: all strides are known with the last.
SO_FAR = {metric.name for metric in METRICS if any(need.normalise_by == "peak" for need in metric.needs)}
# Along the direction of the steps so far: of one that is off by a degree the cosine is lost. With the last step all are
# known, and it is the same to the bit.
ALONG = {m.name for m in METRICS if any(n.component in ("ap", "ml") or n.what == "legs" for n in m.needs)}


def walking(seconds: float = 7.5) -> Person:
    """Somebody who rests, tenses all there is, and walks: live knows one trial at a time."""
    person = walker(seconds=seconds)
    t0 = person.start
    trials = (Trial(t0, t0 + 1, "sofa", "rest"), Trial(t0 + 1, t0 + 2, "strong", "mvic"))
    return replace(person, trials=(*trials, Trial(t0 + 2, t0 + seconds - 0.5, "walk", "usual")))


def subject_of(person: Person) -> Subject:
    return Subject(person.mass_kg, treadmill=Treadmill(person.belt_m_s))


def live(person: Person, chunk: int) -> AnalysisResult:
    """As it would come in: a chunk of each stream after the other."""
    specs = {
        s.id: StreamSpec(s.id, TYPE[s.kind], s.rate, "double64", s.channels, plate=s.plate) for s in person.signals
    }
    control = StreamSpec(CONTROL, "Markers", 0.0, "string", (Channel("said"),))
    analysis = LiveAnalysis({**specs, "control": control}, PROCESSORS, METRICS)
    measurer, outcome = Measurer(METRICS, subject_of(person)), ResultCollector()

    def take(decided: Sequence[TickResult]) -> None:
        for one in decided:
            outcome.add_tick(one)
            if one.job is not None:
                outcome.rows(measurer.rows(one.job))

    said = [(t.t0, trial_start_json(t.name, t.condition)) for t in person.trials]
    said.append((person.trials[-1].t1, trial_stop_json()))
    analysis.feed("control", np.array([time for time, _ in said]), [[text.encode()] for _, text in said])
    analysis.end("control")
    for parts in _rounds(person, chunk):
        for name, time, samples in parts:
            outcome.add_chunk(analysis.feed(name, time, samples))
        take(analysis.advance())
    take(analysis.finish())
    return outcome.result(analysis)


def _rounds(person: Person, chunk: int) -> Iterator[list[tuple[str, np.ndarray, np.ndarray]]]:
    for first in range(0, max(len(s.time) for s in person.signals), chunk):
        part = slice(first, first + chunk)
        yield [(s.id, s.time[part], s.samples[part]) for s in person.signals if first < len(s.time)]


PEOPLE = {"walking": walking, "chair": riser}


@cache
def whole(who: str) -> AnalysisResult:
    return live(PEOPLE[who](), 997)


def keyed(rows: Sequence[MetricRow]) -> dict[tuple[str, float, float, str], MetricRow]:
    return {(row.name, row.t0, row.t1, row.side): row for row in rows}


@cache
def offline(who: str) -> dict[tuple[str, float, float, str], MetricRow]:
    """On the signals, events and trials that live had."""
    person, result = PEOPLE[who](), whole(who)
    signals = [*person.signals, *result.signals]
    return keyed(
        run_pipeline(signals, result.events, subject_of(person), [], METRICS, trials=result.trials).rows
    )  # fmt: skip


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("chunk", [211])
def test_no_value_of_any_metric_depends_on_the_chunks(who: str, chunk: int) -> None:
    rows = [repr(row) for row in live(PEOPLE[who](), chunk).rows]
    assert len(rows) > 20
    assert rows == [repr(row) for row in whole(who).rows]


def test_sample_by_sample_gives_the_same_bits() -> None:
    person = walking(2.8)
    rows = live(person, 1).rows
    assert len(rows) > 20
    assert [repr(row) for row in rows] == [repr(row) for row in live(person, 997).rows]


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_live_equals_offline(name: str) -> None:
    for who in PEOPLE:
        mine = {key: row for key, row in keyed(whole(who).rows).items() if key[0] == name}
        theirs = {key: row for key, row in offline(who).items() if key[0] == name}
        assert mine.keys() == theirs.keys()
        for key, row in mine.items():
            last = key[2] == max(other[2] for other in mine if other[3] == key[3])
            if name not in SO_FAR or last:
                # Why not may be told otherwise: of a stance that is not over yet live knows nothing.
                assert (row.status == "ok") == (theirs[key].status == "ok")
                final = key[2] == max(other[2] for other in mine)
                near = 5e-3 if name in ALONG and not final else 1e-12
                assert row.value == pytest.approx(theirs[key].value, rel=near, nan_ok=True)


def test_most_of_them_have_values_live() -> None:
    """Else the rest of this page holds of nothing."""
    valued = {row.name for who in PEOPLE for row in whole(who).rows if row.status == "ok"}
    assert len(valued) > 35
    assert {"glute_demand", "glute_tonic_level", "synergy_count", "sway_area", "load_wave_lag"} <= valued
    assert "sit_to_stand_duration" in valued


def test_a_trial_too_short_or_with_strides_in_it_normalises_nothing_live_either() -> None:
    person = walker(seconds=8.0)
    t0 = person.start
    trials = (
        Trial(t0, t0 + 0.6, "short", "mvic"),
        Trial(t0 + 0.6, t0 + 5.0, "walked", "rest"),
        Trial(t0 + 5.0, t0 + 7.5, "walk", "usual"),
    )
    signals = tuple(s for s in person.signals if s.kind in ("plate", "emg"))
    result = live(replace(person, signals=signals, trials=trials), 997)
    for name, words in (
        ("glute_tonic_level", "1 s is the least"),
        ("glute_quiet_time", "somebody walks in the rest trial"),
    ):
        rows = [row for row in result.rows if row.name == name and row.trial == "walk"]
        assert len(rows) > 1
        assert all(words in row.reason for row in rows), {row.reason for row in rows}


def test_what_lab_toml_tells_of_the_person_holds_where_the_file_tells_nothing() -> None:
    person, lab = walking(4.0), parse_lab("[participant]\nmass_kg = 70.0\n")
    plates = [
        ImportedStream(
            s.id, StreamSpec(s.id, "Force", s.rate, "double64", s.channels, plate=s.plate), s.samples, s.time
        )
        for s in person.signals
        if s.kind == "plate"
    ]
    source = source_from_import(Imported(tuple(plates)))
    metric = plugins().metrics["grf_peak_1"].item
    assert not [row for row in run_causal_pipeline(source, None, [metric]).rows if row.status == "ok"]
    told = [row.value for row in run_causal_pipeline(source, lab, [metric]).rows if row.status == "ok"]
    assert told
    assert max(told) < 1.5


def test_of_a_trial_that_lasts_longer_than_live_keeps_nothing_is_said_by_its_end_only() -> None:
    person = walking(17.0)
    person = replace(person, signals=tuple(s for s in person.signals if s.kind == "plate"))
    rows = [row for row in live(person, 997).rows if row.trial == "walk" and row.t1 - row.t0 > 12.0]
    by_strides = {m.name for m in METRICS if any(need.each for need in m.needs)}
    mine = [row for row in rows if row.name in by_strides]
    assert mine
    assert all("longer than strides are kept live" in row.reason for row in mine)
