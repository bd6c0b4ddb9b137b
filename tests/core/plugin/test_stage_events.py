"""An event of a compiled stage says of its source what all channels have in common, and nothing of the first alone."""

from types import SimpleNamespace

import pytest

from groundup.model.streams import Channel
from groundup.plugin.stage import NativeStage, SignalForm, stage_events

MARKER, NO_SIDE, RIGHT = 8, 0, 2


@pytest.mark.parametrize(
    ("channels", "source", "side"),
    [
        ([("tibialis_anterior", "L"), ("soleus", "R")], "", ""),
        ([("tibialis_anterior", "L"), ("soleus", "L")], "", "L"),
        ([("plate:1", "R"), ("plate:1", "R")], "plate:1", "R"),
        ([("", ""), ("", "")], "emg", ""),
    ],
)
def test_muscle_and_side_are_those_of_all_channels_or_none(
    channels: list[tuple[str, str]], source: str, side: str
) -> None:
    form = SignalForm("emg", "emg", tuple(Channel(f"c{n}", "V", *one) for n, one in enumerate(channels)), 1000.0)  # type: ignore[arg-type]
    given = [(1.5, MARKER, NO_SIDE, 1.0), (2.0, MARKER, RIGHT, 1.0)]
    chain = SimpleNamespace(events=lambda index: given)
    first, second = stage_events(chain, 0, NativeStage.__new__(NativeStage), form)  # type: ignore[arg-type]
    assert (first.source, first.side) == (source, side)
    assert (second.source, second.side) == (source, "R")
