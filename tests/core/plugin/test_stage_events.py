"""An event is of the channel that it names; one that names none is of what all have in common, never of the first."""

from types import SimpleNamespace

import pytest

from groundup.model.events import Event
from groundup.model.streams import Channel
from groundup.plugin.stage import NativeStage, SignalForm, stage_events

NO_CHANNEL, NO_SIDE, RIGHT, NONE = -1, 0, 2, float("nan")


Row = tuple[float, int, int, int, float, float]


def events_of(form: SignalForm, given: list[Row]) -> list[Event]:
    chain = SimpleNamespace(events=lambda index: given)
    stage = NativeStage.__new__(NativeStage)
    stage.kinds, stage.value_unit = ("burst", "rest"), "channel"
    return list(stage_events(chain, 0, stage, form))  # type: ignore[arg-type]


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
    given = [(1.5, 0, NO_CHANNEL, NO_SIDE, 1.0, NONE), (2.0, 0, NO_CHANNEL, RIGHT, 1.0, NONE)]
    first, second = events_of(form, given)
    assert (first.source, first.side) == (source, side)
    assert (second.source, second.side) == (source, "R")


def test_each_event_is_of_its_own_channel_with_its_own_word_and_value() -> None:
    channels = (Channel("a", "V", "soleus", "L"), Channel("b", "mV", "soleus", "R"), Channel("c", "V"))
    form = SignalForm("emg", "emg", channels, 1000.0)
    events = events_of(form, [(float(n), n % 2, n, NO_SIDE, 1.0, n + 0.5) for n in range(3)])
    assert [(e.kind, e.channel, e.source, e.side, e.value, e.unit) for e in events] == [
        ("burst", "a", "soleus", "L", 0.5, "V"),
        ("rest", "b", "soleus", "R", 1.5, "mV"),
        ("burst", "c", "emg", "", 2.5, "V"),
    ]
    (of_none,) = events_of(form, [(0.0, 0, NO_CHANNEL, NO_SIDE, 1.0, 1.0)])
    assert (of_none.channel, of_none.unit) == ("", ""), "channels of two units have none in common"
