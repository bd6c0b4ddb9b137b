"""What cleans a signal stands in its place: for processors and metrics, live as offline, and the file says so."""

from dataclasses import replace

import numpy as np
import pytest

from groundup.analysis.metrics.input_signals import input_signals
from groundup.analysis.metrics.needs import Resolver
from groundup.analysis.processing import ProcessStep, process
from groundup.analysis.replacement import in_force, replaced_columns
from groundup.live.engine.graph import Graph
from groundup.model.events import Stride
from groundup.model.signals import Signal
from groundup.model.streams import Channel, Plate
from groundup.plugin import CausalProcessor, NotComputableError, SampleStage, SignalForm, Trace, emg, metric, raw_emg

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
    assert "replaces" not in made["emg.clean.env"].attrs, "what it was given is not what it replaces"


def test_two_that_clean_follow_each_other_and_what_stands_before_them_sees_the_raw() -> None:
    envelope, raw, made = measured(steps("clean", "cleaner"))
    assert (envelope, raw) == (1.0, 2.0)
    assert made["emg.clean.cleaner"].attrs["replaces"] == "emg.clean"
    before = measured(steps("env", "clean"))[2]
    assert before["emg.env"].samples[0, 0] == 4.0


def test_one_that_makes_another_kind_replaces_nothing_and_says_so() -> None:
    found = process([EMG], ALL, [ProcessStep("env", "emg", replaces=True)])
    assert found.replaced == set()
    assert "it makes 0 signals of the kind emg: none replaces emg" in found.notes[0]


@pytest.mark.parametrize("names", [("clean",), ("clean", "cleaner"), ("env", "clean")])
def test_live_is_wired_as_offline(names: tuple[str, ...]) -> None:
    offline = process([EMG], ALL, steps(*names))
    graph = Graph([SignalForm.of(EMG)], ALL, steps(*names))
    assert [id_.removesuffix(".causal") for id_ in graph.forms] == [one.id for one in offline.signals]
    assert {id_.removesuffix(".causal") for id_ in graph.replaced} == offline.replaced
    live = {one.id.removesuffix(".causal"): one for one in graph.feed("emg", EMG.time, EMG.samples).signals}
    for one in offline.signals:
        np.testing.assert_array_equal(live[one.id].samples, one.samples)
        assert [str(v).removesuffix(".causal") for v in live[one.id].attrs.values()] == list(one.attrs.values())


def test_what_a_general_filter_makes_is_of_the_kind_that_it_replaces() -> None:
    found = process([EMG], [halves("low", "filtered", False)], [ProcessStep("low", "emg", replaces=True)])
    assert (found.notes, found.replaced) == ([], {"emg"})
    assert [one.kind for one in found.signals] == ["emg"]


# --- some channels only ---

LEGS = tuple(Channel(f"{n}", "V", site, side) for n, (site, side) in enumerate([
    ("soleus", "L"), ("soleus", "R"), ("tibialis_anterior", "L"), ("tibialis_anterior", "R"),
]))  # fmt: skip
SEVERAL = Signal("emg", "emg", TIME, np.tile([8.0, 16.0, 32.0, 64.0], (len(TIME), 1)), LEGS, 1000.0)


def picks(name_: str, columns: list[int], rename: str = "", site: str | None = None):
    """A processor that halves some channels of its input, and gives no other."""

    class Picks(CausalProcessor):
        name = name_
        accepts = "emg"
        default = False

        def causal(self, form: SignalForm) -> SampleStage:
            if max(columns) >= len(form.channels):
                raise NotComputableError("there is no such channel")
            channels = [form.channels[column] for column in columns]
            channels = [replace(c, label=rename or c.label, site=c.site if site is None else site) for c in channels]
            made = replace(form, id=f"{form.id}.{name_}", channels=tuple(channels), inputs=(form.id,))
            return SampleStage(made, lambda samples: samples[:, columns] / 2, lambda: None)

    return Picks


def envelopes(processor: type, live: bool, *names: str) -> dict[tuple[str, str], list[float]]:
    """Of each muscle and side, the means of the envelopes that a metric could take."""
    wires = [ProcessStep(name, "emg", replaces=True) for name in (names or (processor.name,))]
    processors = [processor, CLEAN, ENVELOPE]
    if live:
        graph = Graph([SignalForm.of(SEVERAL)], processors, wires)
        assert graph.notes == []
        parts = [graph.feed("emg", SEVERAL.time[a:b], SEVERAL.samples[a:b]) for a, b in [(0, 7), (7, 3000)]]
        signals = [graph.in_force(one) for one in parts[1].signals if one.id not in graph.replaced]
    else:
        found = process([SEVERAL], processors, wires)
        assert found.notes == []
        signals = found.in_force([SEVERAL])
    made: dict[tuple[str, str], list[float]] = {}
    for one in signals:
        if one.kind == "envelope":
            for channel, values in zip(one.channels, one.samples.T, strict=True):
                made.setdefault((channel.site, channel.side), []).append(float(values.mean()))
    return made


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize(("rename", "site"), [("", ""), ("", None), ("clean", None)])
def test_what_replaces_one_channel_hides_no_other(live: bool, rename: str, site: str | None) -> None:
    made = envelopes(picks("pick", [2], rename, site), live)
    cleaned = ("tibialis_anterior", "L") if site is None else ("", "L")
    assert made == {
        ("soleus", "L"): [4.0],
        ("soleus", "R"): [8.0],
        ("tibialis_anterior", "R"): [32.0],
        cleaned: [8.0],
    }


@pytest.mark.parametrize("live", [False, True])
def test_a_second_one_cleans_what_the_first_left_and_what_it_made(live: bool) -> None:
    made = envelopes(picks("pick", [2]), live, "pick", "clean")
    assert made == {
        ("soleus", "L"): [2.0],
        ("soleus", "R"): [4.0],
        ("tibialis_anterior", "R"): [16.0],
        ("tibialis_anterior", "L"): [4.0],
    }


def test_raw_emg_of_the_channels_that_stay_is_what_it_was() -> None:
    found = process([SEVERAL], [picks("pick", [2])], [ProcessStep("pick", "emg", replaces=True)])
    resolver = Resolver(found.in_force([SEVERAL]))
    sites = ("soleus", "tibialis_anterior")
    left = [resolver.resolve(raw_emg(site), STRIDE, "L").values.mean() for site in sites]
    assert left == [8.0, 16.0]
    forms = [SignalForm.of(one) for one in (SEVERAL, *found.signals)]
    assert [[c.label for c in form.channels] for form in in_force(forms)] == [["0", "1", "3"], ["2"]]


def test_a_channel_that_is_none_of_its_input_replaces_nothing_and_that_is_noted() -> None:
    found = process([SEVERAL], [picks("pick", [2], "new", "biceps")], [ProcessStep("pick", "emg", replaces=True)])
    assert found.notes == ["[[process]] pick: emg has no channel new, nor of its site: none is replaced"]
    assert [len(one.channels) for one in found.in_force([SEVERAL])] == [4, 1]


def test_the_channels_of_a_plate_are_replaced_together() -> None:
    plate = Plate(2, ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)))
    assert replaced_columns(LEGS[:1], replace(SEVERAL, plate=plate)) == [0, 1, 2, 3]


def test_labels_that_two_channels_share_name_neither_and_the_site_does() -> None:
    same = replace(SEVERAL, channels=tuple(replace(c, label="EMG") for c in LEGS))
    assert replaced_columns([replace(LEGS[2], label="EMG")], same) == [2]


@pytest.mark.parametrize("causal", ["", ".causal"])
def test_the_signals_that_a_value_stands_on_are_those_in_force(causal: str) -> None:
    wires = steps("clean", "cleaner")
    if causal:
        graph = Graph([SignalForm.of(EMG)], ALL, wires)
        forms = [SignalForm.of(EMG), *graph.forms.values()]
    else:
        forms = [SignalForm.of(one) for one in (EMG, *process([EMG], ALL, wires).signals)]

    @metric("r_raw", of=Stride, unit="V", needs=[raw_emg("soleus")])
    def raw(stride: Stride, trace: Trace) -> float:
        """Of the cleaned EMG."""
        return float(trace.values.mean())

    assert input_signals(raw, forms) == (f"emg.clean.cleaner{causal}",)
