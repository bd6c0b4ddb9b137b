"""The recorder's live screen: what it shows of streams, trials and faults, and what its keys do."""

import io
import math
import threading
from pathlib import Path

import pytest
from rich.console import Console

from groundup.cli.screen import Screen
from groundup.cli.screen_dialogue import Dialogue
from groundup.cli.screen_words import level_words
from groundup.lsl.trial_control import TrialControl
from groundup.model.ledger import LedgerRow
from groundup.record.counters import Counters


def console(out: io.StringIO) -> Console:
    """A terminal of a known size without colours, whatever the one is on which the tests run."""
    return Console(file=out, width=120, height=60, force_terminal=False, no_color=True, _environ={})


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    return Screen(tmp_path / "x.journal.xdf", threading.Event(), console(io.StringIO()))


def stream(id_: str = "emg", **fields: object) -> Counters:
    known: dict[str, object] = {
        "name": id_, "type": "EMG", "unit": "V", "channels": 16, "samples": 20_000, "nominal_hz": 2000.0,
        "measured_hz": 2000.06, "missing": 0, "silent_s": 0.01, "lost": False,
    }  # fmt: skip
    return Counters(id_, **{**known, **fields})  # type: ignore[arg-type]


def text(screen: Screen, *streams: Counters, elapsed_s: float = 3725.0) -> str:
    out = io.StringIO()
    console(out).print(screen.page(list(streams), elapsed_s, 120_000_000))
    return out.getvalue()


def test_a_row_says_how_a_stream_does(screen: Screen) -> None:
    shown = text(screen, stream(), stream("markers", nominal_hz=0.0, measured_hz=math.nan, silent_s=math.nan))
    assert "1:02:05" in shown
    (row,) = [line for line in shown.splitlines() if " emg " in line]
    assert row.split()[:5] == ["ok", "emg", "2000.06", "20000", "0"]
    assert "irregular" in shown


@pytest.mark.parametrize(
    ("fields", "state"), [({"silent_s": 1.5}, "silent"), ({"lost": True}, "lost"), ({"silent_s": math.nan}, "silent")]
)
def test_a_stream_in_trouble_says_so(screen: Screen, fields: dict[str, object], state: str) -> None:
    assert f"{state} " in text(screen, stream(**fields))


def test_what_a_device_says_of_itself_stands_beside_its_stream_the_worst_first(screen: Screen) -> None:
    said = (("impedance 8 kohm", "green"), ("battery 5 %\x1b[2J", "red"), ("signal strength -80 dBm", "amber"))
    shown = text(screen, stream(health=said))
    assert "!! battery 5 % [2J, ! signal strength -80" in shown
    assert "\x1b" not in shown


def test_a_stream_on_another_clock_is_never_shown_as_in_sync(screen: Screen) -> None:
    screen._levels["emg"] = (0.0, 1.0, 5e-5)
    (row,) = [line for line in text(screen, stream(in_sync=False)).splitlines() if " emg " in line]
    assert row.split()[:2] == ["no", "sync"]
    assert "unknown" in row
    assert "0.025" not in row
    assert "0.025" in text(screen, stream())


def test_faults_are_counted_and_stand_on_the_screen(screen: Screen) -> None:
    screen.row(LedgerRow(1.0, "emg", "stalled", "fault", 0, "emg has stalled"))
    screen.row(LedgerRow(1.0, "", "joined", "info", 0, "x joined"))
    shown = text(screen)
    assert "faults 1" in shown
    assert "!! emg has stalled" in shown


def test_a_disk_that_will_not_do_is_said_in_hours(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 120_000_000 * 3})())
    assert ", 1.0 h" in text(screen, elapsed_s=3600.0)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 12)])
def test_state_and_keys_stay_on_a_small_terminal_and_trouble_comes_first(screen: Screen, size: tuple[int, int]) -> None:
    out = io.StringIO()
    screen._console = Console(file=out, width=size[0], height=size[1], _environ={})
    screen._dialogue = Dialogue(TrialControl.__new__(TrialControl), threading.Event())
    for number in range(9):
        screen.row(LedgerRow(1.0, "emg", "stalled", "fault", 0, f"stream {number} has stalled, {'for long ' * 20}"))
    streams = [stream(f"device.stream_{i:02d}") for i in range(30)]
    streams[-1] = stream("z.gone", lost=True)
    screen._console.print(screen.page(streams, 3725.0, 120_000_000))
    lines = out.getvalue().splitlines()
    assert len(lines) < size[1]
    assert any(line.startswith("lost") and "z.gone" in line for line in lines)
    assert any(line.startswith("ok ") for line in lines) or size[1] == 12
    assert ("more" in out.getvalue()) is (size[1] < 40)
    assert "t trial" in lines[-1]
    assert all(len(line) <= size[0] for line in lines)


def test_trials_and_markers_of_the_desk_are_counted(screen: Screen) -> None:
    for message in ({"event": "trial_start", "name": "walk\x1b[2J"}, {"event": "marker", "text": "x"}, {}):
        screen._said.hear(message)
    shown = text(screen)
    assert "trial: walk" in shown
    assert "trials 1   markers 1" in shown
    assert "\x1b" not in shown


def test_what_is_done_after_the_recording_stands_in_the_header(screen: Screen) -> None:
    screen._phase = "sealing ..."
    shown = text(screen)
    assert "sealing ..." in shown.splitlines()[0]
    assert "nothing more is recorded" in shown


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (-0.0003872, 0.0003067, "V", "-387 to 307 µV"),
        (-0.01, 0.002, "V", "-10.0 to 2.00 mV"),
        (0.0, 0.0, "V", "0 to 0 V"),
        (-12.0, 840.2, "N, N*m", "-12.0 to 840 N, N*m"),
        (-1e30, math.inf, "", "-1e+30 to inf"),
        (math.nan, math.nan, "V", ""),
    ],
)
def test_a_level_is_in_a_unit_of_fit_size(low: float, high: float, unit: str, words: str) -> None:
    assert level_words(low, high, unit) == words
