"""The how-to's processors work as they are printed."""

from pathlib import Path

import numpy as np

from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, SignalForm

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "write-a-processor.md"


def printed(number):
    """The processors of a block of code on the page."""
    code = PAGE.read_text(encoding="utf-8").split("```python\n")[number].split("```")[0]
    names = {"__name__": "printed"}
    exec(compile(code, PAGE.name, "exec"), names)
    return names["groundup_processors"]()


def test_the_printed_processor_runs():
    form = SignalForm("emg", "emg", (Channel("c", "V", "soleus"),), 1000.0)
    step = ProcessStep("peak", "emg", "bar", {"fall_s": 0.3})
    graph = Graph([form], printed(1), [step])
    assert graph.notes == []
    samples = np.zeros((600, 1))
    samples[0] = -5.0
    (made,) = graph.feed("emg", np.arange(600) / 1000.0, samples).signals
    assert made.id == "bar.causal"
    np.testing.assert_allclose(made.samples[[0, 300], 0], [5.0, 5.0 / np.e])


def test_the_printed_detector_runs():
    form = SignalForm("emg", "emg", (Channel("c", "V", "soleus", "L"), Channel("d", "V", "soleus", "R")), 1000.0)
    graph = Graph([form], printed(2), [ProcessStep("twitch", "emg")])
    assert graph.notes == []
    samples = np.zeros((600, 2))
    samples[100:150, 1] = -3e-4
    events = graph.feed("emg", np.arange(600) / 1000.0, samples).events
    assert [(e.kind, e.channel, e.side, e.source, e.time) for e in events] == [
        ("twitch", "d", "R", "soleus", 0.1),
        ("rest", "d", "R", "soleus", 0.15),
    ]
    assert (events[1].value, events[1].unit) == (3e-4, "V")
