"""Keys of the live screen: a trial has name and condition, a marker text and moment; a stray q ends nothing."""

import threading

import pytest

from groundup import lsl
from groundup.cli.keys import _SEQUENCE
from groundup.cli.screen_dialogue import Dialogue


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.trial: str | None = None
        self.started: list[tuple[str, str]] = []
        self.marks: list[tuple[str, float]] = []

    def start_trial(self, name: str, condition: str = "") -> None:
        self.trial = name
        self.started.append((name, condition))

    def stop_trial(self) -> None:
        self.trial = None

    def mark(self, text: str, at: float | None = None) -> None:
        assert at is not None
        self.marks.append((text, at))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def dialogue(told: Told) -> Dialogue:
    return Dialogue(told, threading.Event(), ("mvic", "walk"))


def press(dialogue: Dialogue, keys: str) -> None:
    for key in keys:
        dialogue.press(key)


@pytest.mark.parametrize(
    ("keys", "trial"),
    [
        ("t\n\n", ("trial 1", "")),
        ("tqmt 1\nslow\n", ("qmt 1", "slow")),
        ("tx\r1\r", ("x", "mvic")),
        ("tx\n9\n", ("x", "9")),
        ("tab\x7fc\n\n", ("ac", "")),
        ("tGehen ö\n\n", ("Gehen ö", "")),
        ("2", ("walk 1", "walk")),
    ],
)
def test_a_trial_has_the_name_and_condition_that_were_typed(
    dialogue: Dialogue, told: Told, keys: str, trial: tuple[str, str]
) -> None:
    press(dialogue, keys)
    assert told.started == [trial]
    assert not dialogue.asks


def test_t_ends_a_trial_that_runs_and_digits_number_theirs(dialogue: Dialogue, told: Told) -> None:
    press(dialogue, "1t12t\x1b")
    assert told.started == [("mvic 1", "mvic"), ("mvic 2", "mvic"), ("walk 1", "walk")]
    assert told.trial is None


@pytest.mark.parametrize("keys", ["t\x1b", "tname\n\x1b", "mtext\x1b", "3", "0", "x", " ", "\n", "\x1b", "²"])
def test_what_is_left_or_is_no_key_does_nothing(dialogue: Dialogue, told: Told, keys: str) -> None:
    press(dialogue, keys)
    assert not told.started
    assert not told.marks
    assert not dialogue.asks


def test_a_marker_lies_where_its_key_was_pressed_however_long_its_text_takes(dialogue: Dialogue, told: Told) -> None:
    before = lsl.clock()
    press(dialogue, "m")
    pressed = lsl.clock()
    press(dialogue, "he stumbled\n")
    ((text, at),) = told.marks
    assert text == "he stumbled"
    assert before <= at <= pressed


@pytest.mark.parametrize(("keys", "ends"), [("q", False), ("qn", False), ("q\n", False), ("hello q world", False),
                                            ("q\x1by", False), ("qy", True), ("QY", True)])  # fmt: skip
def test_a_stray_q_ends_no_recording(told: Told, keys: str, ends: bool) -> None:
    stop = threading.Event()
    press(Dialogue(told, stop), keys)
    assert stop.is_set() is ends


@pytest.mark.parametrize("sent", ["\x1b[A", "\x1b[15~", "\x1b[1;5D", "\x1bOP", "\x1bq", "\x1b[200~"])
def test_arrows_and_function_keys_are_no_digits(sent: str) -> None:
    assert _SEQUENCE.sub("", f"a{sent}b") == "ab"


def test_a_lone_escape_is_a_key() -> None:
    assert _SEQUENCE.sub("", "\x1b") == "\x1b"
