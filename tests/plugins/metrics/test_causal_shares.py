"""What is measured live of the virtual walker is what is measured of the whole recording: envelopes are moved back."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from test_strategy_of_the_virtual_walker import LENGTH_S, METRICS, PROCESSORS, T0, analysed, signals, values, walker

from groundup.analysis.gait.segmentation import segment_gait
from groundup.analysis.metrics.measure import measure
from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.pipeline import AnalysisResult
from groundup.live.engine.graph import Graph
from groundup.model.signals import Signal
from groundup.plugin import SignalForm, Subject
from groundup_plugins.devices.virtual_lab.truth import truth_of

pytestmark = pytest.mark.rig

CHUNK_S = 0.01


@cache
def live(strategy, moved_back=True):
    """The walker's sensors through the causal graph, in chunks of 10 ms."""
    raw = signals(strategy)
    graph = Graph([SignalForm.of(signal) for signal in raw], PROCESSORS)
    assert graph.notes == []
    parts: dict[str, list[Signal]] = {}
    events = []
    for signal in raw:
        step = round(CHUNK_S * signal.rate)
        for begin in range(0, len(signal.time), step):
            chunk = slice(begin, begin + step)
            fed = graph.feed(signal.id, signal.time[chunk], signal.samples[chunk])
            assert fed.faults == ()
            events += fed.events
            for made in fed.signals:
                parts.setdefault(made.id, []).append(made)
    everything = [*raw]
    for name, made in parts.items():
        late = 0.0 if moved_back else graph.latency_s[name]
        time = np.concatenate([part.time for part in made]) + late
        everything.append(replace(made[0], time=time, samples=np.concatenate([part.samples for part in made])))
    cuts = segment_gait(events, everything, [])
    resolver = Resolver(everything, cuts.stances, cuts.strides, cuts.walks, Subject(70.0), cuts.rises, [])
    rows, _ = measure(METRICS, resolver, [])
    return AnalysisResult(events=tuple(events), strides=tuple(cuts.strides), rows=tuple(rows))


@pytest.mark.parametrize("strategy", ["ground_up", "proximal"])
def test_the_braking_share_of_causal_envelopes_is_nearly_the_zero_lag_one(strategy):
    whole, causal = analysed(strategy), live(strategy)
    share, expected = (np.median(values(r, "glute_braking_share")) for r in (causal, whole))
    late = np.median(values(live(strategy, moved_back=False), "glute_braking_share"))
    assert share == pytest.approx(expected, abs=0.01)
    assert late > expected + 0.03, "without moving them back it is wrong"
    for name in ("distal_absorption", "load_wave_lag"):
        assert np.median(values(causal, name)) == pytest.approx(np.median(values(whole, name)), rel=0.01)


@pytest.mark.parametrize("strategy", ["ground_up", "proximal"])
def test_every_contact_is_found_live_within_5_ms(strategy):
    found = [e for e in live(strategy).events if e.kind in ("IC", "FO")]
    for contact in truth_of(walker(strategy), T0, T0 + LENGTH_S)["contacts"]:
        for kind, key in (("IC", "ic"), ("FO", "fo")):
            # The last contacts of a recording have not been sure for long enough.
            if T0 + 0.1 < contact[key] < T0 + LENGTH_S - 0.2:
                mine = [e.time for e in found if (e.kind, e.side) == (kind, contact["side"])]
                assert min(abs(t - contact[key]) for t in mine) < 0.005
