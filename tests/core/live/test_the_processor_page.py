"""The how-to's processor works as it is printed."""

from pathlib import Path

import numpy as np

from groundup.analysis.wiring import ProcessStep
from groundup.live.engine.graph import Graph
from groundup.plugin import Channel, SignalForm

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "write-a-processor.md"


def test_the_printed_processor_runs():
    code = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    printed = {"__name__": "printed"}
    exec(compile(code, PAGE.name, "exec"), printed)
    form = SignalForm("emg", "emg", (Channel("c", "V", "soleus"),), 1000.0)
    step = ProcessStep("peak", "emg", "bar", {"fall_s": 0.3})
    graph = Graph([form], printed["groundup_processors"](), [step])
    assert graph.notes == []
    samples = np.zeros((600, 1))
    samples[0] = -5.0
    (made,) = graph.feed("emg", np.arange(600) / 1000.0, samples).signals
    assert made.id == "bar.causal"
    np.testing.assert_allclose(made.samples[[0, 300], 0], [5.0, 5.0 / np.e])
