"""What cleans a signal stands in its place: for processors and metrics, live as offline, and the file says so."""

from dataclasses import replace

import numpy as np
import pytest

from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.processing import ProcessStep, process
from groundup.live.engine.graph import Graph
from groundup.model.events import Stride
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.plugin import CausalProcessor, SampleStage, SignalForm, emg, raw_emg

TIME = np.arange(0.0, 3.0, 0.001)
EMG = Signal("emg", "emg", TIME, np.full((len(TIME), 1), 8.0), (Channel("a", "V", "soleus", "L"),), 1000.0)
STRIDE = Stride(1.0, 2.0, 1.6, "L", 0)


def halves(name_: str, kind: str | None, default_: bool = True):
    """A processor that halves what it is given."""

    class Halves(CausalProcessor):
        name = name_
        accepts = "emg"
        default = default_

        def causal(self, form: SignalForm) -> SampleStage:
            made = replace(form, id=f"{form.id}.{name_}", kind=kind or form.kind, inputs=(form.id,))
            return SampleStage(made, lambda samples: samples / 2, lambda: None)

    return Halves


CLEAN, CLEANER, ENVELOPE = halves("clean", None, False), halves("cleaner", None, False), halves("env", "envelope")
ALL = [CLEAN, CLEANER, ENVELOPE]


def steps(*names: str, **more: object) -> list[ProcessStep]:
    return [ProcessStep(name, "emg", replaces=name.startswith("clean")) for name in names]


def measured(made: list[ProcessStep]) -> tuple[float, float, dict[str, Signal]]:
    """Mean of the envelope and of the raw EMG that a metric is given, and what was made."""
    found = process([EMG], ALL, made)
    assert found.notes == []
    resolver = Resolver([one for one in (EMG, *found.signals) if one.id not in found.replaced])
    values = [resolver.resolve(need, STRIDE, "L").values.mean() for need in (emg("soleus"), raw_emg("soleus"))]
    return values[0], values[1], {one.id: one for one in found.signals}


def test_everything_after_it_takes_the_cleaned_signal() -> None:
    assert measured([])[:2] == (4.0, 8.0)
    envelope, raw, made = measured(steps("clean"))
    assert (envelope, raw) == (2.0, 4.0)
    assert made["emg.clean"].attrs["replaces"] == "emg"
    assert list(made) == ["emg.clean", "emg.clean.env"]


def test_two_that_clean_follow_each_other_and_what_stands_before_them_sees_the_raw() -> None:
    envelope, raw, made = measured(steps("clean", "cleaner"))
    assert (envelope, raw) == (1.0, 2.0)
    assert made["emg.clean.cleaner"].attrs["replaces"] == "emg.clean"
    before = measured(steps("env", "clean"))[2]
    assert before["emg.env"].samples[0, 0] == 4.0


def test_one_that_makes_another_kind_replaces_nothing_and_says_so() -> None:
    found = process([EMG], ALL, [ProcessStep("env", "emg", replaces=True)])
    assert found.replaced == set()
    assert "it makes 0 signals of the kind emg: none replaces it" in found.notes[0]


@pytest.mark.parametrize("names", [("clean",), ("clean", "cleaner"), ("env", "clean")])
def test_live_is_wired_as_offline(names: tuple[str, ...]) -> None:
    offline = process([EMG], ALL, steps(*names))
    graph = Graph([SignalForm.of(EMG)], ALL, steps(*names))
    assert [id_.removesuffix(".causal") for id_ in graph.forms] == [one.id for one in offline.signals]
    assert {id_.removesuffix(".causal") for id_ in graph.replaced} == offline.replaced
    live = {one.id.removesuffix(".causal"): one for one in graph.feed("emg", EMG.time, EMG.samples).signals}
    for one in offline.signals:
        np.testing.assert_array_equal(live[one.id].samples, one.samples)
        assert live[one.id].attrs == one.attrs


def test_what_a_general_filter_makes_is_of_the_kind_that_it_replaces() -> None:
    found = process([EMG], [halves("low", "filtered", False)], [ProcessStep("low", "emg", replaces=True)])
    assert (found.notes, found.replaced) == ([], {"emg"})
    assert [one.kind for one in found.signals] == ["emg"]
