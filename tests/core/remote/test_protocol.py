"""The language of the remote control: a line in, a reply out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.lsl.control_messages import marker_json, trial_start_json, trial_stop_json, trials_of_control
from groundup.model.events import Trial
from groundup.remote.client import MOST_ERRORS, Conversation
from groundup.remote.names import FileName, Places, RemoteNameError, free_path, read_options
from groundup.remote.protocol import Remote, RemoteError
from groundup.remote.server import is_loopback

BIDS = "sub-P001/ses-S001/eeg/sub-P001_ses-S001_task-Default_run-001_eeg.h5"


class FakeSessions:
    """Sessions that write down what they are told."""

    def __init__(self) -> None:
        self.recording = False
        self.started: list[tuple[Path, Sequence[str] | None, str]] = []
        self.said: list[tuple[float, str]] = []

    def start(self, path: Path, selection: Sequence[str] | None, participant: str) -> None:
        path.touch()
        self.started.append((path, selection, participant))
        self.recording = True

    def stop(self) -> None:
        if not self.recording:
            raise RemoteError("nothing is being recorded")
        self.recording = False

    def mark(self, time: float, text: str) -> None:
        self.said.append((time, text))

    def refresh(self) -> None:
        pass

    def status(self) -> dict[str, Any]:
        return {"state": "recording" if self.recording else "idle", "file": "x.h5", "rate": float("nan")}


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions()


@pytest.fixture
def remote(sessions: FakeSessions, tmp_path: Path) -> Remote:
    return Remote(sessions, Places(tmp_path))


def tell(remote: Remote, *lines: str) -> list[str]:
    return [remote.answer(line, float(i)) for i, line in enumerate(lines)]


def test_the_script_of_labrecorders_readme_is_understood(
    remote: Remote, sessions: FakeSessions, tmp_path: Path
) -> None:
    replies = tell(
        remote,
        "select all",
        "filename {root:C:\\Data\\} {template:exp%n\\%p_block_%b.xdf} {run:2} {participant:P003} {task:MemoryGuided}",
        "start",
        "stop",
    )
    assert replies == ["OK"] * 4
    ((path, selection, participant),) = sessions.started
    assert path == tmp_path / "Data" / "exp002" / "P003_block_MemoryGuided.h5"
    assert (selection, participant) == (None, "P003")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{run:1}", BIDS),
        ("{template:}", BIDS),
        ("{acquisition:fast}", "sub-P001/ses-S001/eeg/sub-P001_ses-S001_task-Default_acq-fast_run-001_eeg.h5"),
        ("{acq:a} {modality:EMG}", "sub-P001/ses-S001/emg/sub-P001_ses-S001_task-Default_acq-a_run-001_emg.h5"),
        ("{participant:7}{session:b}{task:walk}{run:12}", "sub-7/ses-b/eeg/sub-7_ses-b_task-walk_run-012_eeg.h5"),
        ("{template:Walk_%P_%N.XDF}", "Walk_P001_001.h5"),
        ("{template:a/b\\c}", "a/b/c.h5"),
        ("{template:/abs/%b}", "abs/Default.h5"),
        ("{template:1.5_mps.xdf}", "1.5_mps.h5"),
        ("{template:%p} {participant:%s}", "%s.h5"),
        ("{root:there} {template:x}", "there/x.h5"),
    ],
)  # fmt: skip
def test_templates_make_the_names_that_labrecorder_makes(options: str, expected: str, tmp_path: Path) -> None:
    name, problems = read_options(options, FileName())
    assert problems == []
    path, note = free_path(name, Places(tmp_path))
    assert path == tmp_path / expected
    assert note == ""


@pytest.mark.parametrize(
    "options",
    [
        "{template:../x}", "{template:a/../../x}", "{participant:../../x}", "{template:%p\\..\\x} {participant:a}",
        "{root:C:\\..\\..\\x}", "{template:..}", "{template:/}", "{template:.xdf}", "{template:C:/x}", "{task:a*b}",
    ],
)  # fmt: skip
def test_no_template_and_no_field_leaves_the_root(
    options: str, remote: Remote, sessions: FakeSessions, tmp_path: Path
) -> None:
    assert tell(remote, f"filename {options}")[0].startswith("ERROR ")
    assert tell(remote, "start") == ["OK"]
    assert sessions.started[0][0].is_relative_to(tmp_path)


@given(st.text(max_size=80), st.text(max_size=30), st.sampled_from([True, False]))
def test_whatever_is_sent_a_confined_recording_stays_below_the_folder_of_start_up(
    template: str, root: str, windows: bool
) -> None:
    start = Path("/somewhere/below").absolute()
    try:
        path, _ = free_path(FileName(root, template), Places(start, confined=True, windows=windows), lambda path: False)
    except (RemoteNameError, ValueError):
        return
    assert path.resolve().is_relative_to(start.resolve())
    assert path.suffix == ".h5"


def test_a_script_on_this_computer_may_name_any_root_unless_the_recorder_was_told_one(tmp_path: Path) -> None:
    name = FileName(root=str(tmp_path / "data"), template="x")
    start = tmp_path / "start"
    assert free_path(name, Places(start))[0] == tmp_path / "data" / "x.h5"
    with pytest.raises(RemoteNameError, match="below"):
        free_path(name, Places(start, confined=True))


def test_a_link_does_not_lead_out_of_the_root(tmp_path: Path) -> None:
    start = tmp_path / "start"
    start.mkdir()
    (start / "link").symlink_to(tmp_path)
    with pytest.raises(RemoteNameError, match="below"):
        free_path(FileName(template="link/x"), Places(start, confined=True))


def test_what_exists_is_never_overwritten_the_run_number_goes_up(
    remote: Remote, sessions: FakeSessions, tmp_path: Path
) -> None:
    (tmp_path / "walk_003.journal.xdf").write_bytes(b"mine")
    (tmp_path / "walk_004.h5").write_bytes(b"mine")
    tell(remote, "filename {template:walk_%n.xdf} {run:3}", "start", "stop", "start", "stop")
    assert [path.name for path, *_ in sessions.started] == ["walk_005.h5", "walk_006.h5"]
    assert "exists and stays as it is" in json.loads(tell(remote, "status")[0])["note"]
    tell(remote, "filename {template:same.xdf}", "start", "stop", "start", "stop")
    assert [path.name for path, *_ in sessions.started[2:]] == ["same.h5", "same_2.h5"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("filename", "{option:value}"), ("filename x.xdf", "x.xdf"), ("filename {nonsense:1}", "nonsense"),
        ("filename {partcipant:7}", "participant"), ("filename {run:2.5}", "whole"), ("filename {run:-1}", "whole"),
        ("filename {template:s_%p_%n.xdf {modality:ieeg}", "template"),
    ],
)  # fmt: skip
def test_a_filename_that_is_not_understood_is_said(line: str, why: str, remote: Remote) -> None:
    (reply,) = tell(remote, line)
    assert reply.startswith("ERROR ")
    assert why in reply


def test_what_a_filename_says_well_holds_although_the_rest_does_not(remote: Remote, sessions: FakeSessions) -> None:
    assert tell(remote, "filename {participant:7} {colour:red} {template:%p}")[0].startswith("ERROR ")
    tell(remote, "start")
    assert sessions.started[0][0].name == "7.h5"


@pytest.mark.parametrize(
    "lines",
    [
        ["stop"], ["start", "start"], ["start", "stop", "stop"], ["select none", "start"], ["select"], ["select x="],
        ["trial start a"], ["trial stop"], ["marker hop"], ["start", "trial stop"], ["start", "trial start"],
        ["start", "trial start a", "trial start b"], ["start", "trial"], ["start", "marker"], ["strat"], ["select al"],
    ],
)  # fmt: skip
def test_the_wrong_order_and_the_wrong_word_are_errors(lines: list[str], remote: Remote) -> None:
    *before, last = tell(remote, *lines)
    assert set(before) <= {"OK"}
    assert last.startswith("ERROR ")
    assert "\n" not in last


def test_a_predicate_selects_what_it_matches(remote: Remote, sessions: FakeSessions) -> None:
    tell(remote, "select none", "select type='EMG'", "select name='plate'", "start", "stop", "select all", "start")
    assert [selection for _, selection, _ in sessions.started] == [["type='EMG'", "name='plate'"], None]


def test_trials_and_markers_are_said_at_the_time_they_came(remote: Remote, sessions: FakeSessions) -> None:
    replies = tell(
        remote, "start", 'trial start "walk 1" squeeze the glutes', "marker hop", "trial stop", "trial start b"
    )
    assert replies == ["OK"] * 5
    remote.answer("stop", 9.0)
    assert sessions.said == [
        (1.0, trial_start_json("walk 1", "squeeze the glutes")),
        (2.0, marker_json("hop")),
        (3.0, trial_stop_json()),
        (4.0, trial_start_json("b")),
        (9.0, trial_stop_json()),
    ]
    trials = trials_of_control(sessions.said, 10.0)
    assert trials == [Trial(1.0, 3.0, "walk 1", "squeeze the glutes"), Trial(4.0, 9.0, "b")]


def test_a_trial_that_a_crash_left_open_lasts_to_the_end() -> None:
    said = [(1.0, trial_start_json("a")), (2.0, "no JSON"), (2.5, "[1]"), (3.0, trial_start_json("b"))]
    assert trials_of_control(said, 7.0) == [Trial(1.0, 3.0, "a"), Trial(3.0, 7.0, "b")]


def test_the_status_is_one_line_of_json_and_names_the_trial(remote: Remote) -> None:
    tell(remote, "start", "trial start a")
    (reply,) = tell(remote, "status")
    facts = json.loads(reply)
    assert (facts["state"], facts["trial"], facts["rate"]) == ("recording", "a", None)
    assert "\n" not in reply


def test_after_the_end_nothing_starts(remote: Remote, sessions: FakeSessions) -> None:
    tell(remote, "start")
    remote.end(5.0)
    assert not sessions.recording
    assert tell(remote, "start")[0].startswith("ERROR ")


def test_another_computer_must_say_the_token_first(remote: Remote) -> None:
    talk = Conversation(remote, "secret", trusted=False)
    assert talk.answer(b"token secret", 0.0).text == "OK"
    assert talk.answer(b"start", 0.0).text == "OK"
    for first in (b"start", b"token wrong", b"token", b"status", "token sécret".encode()):
        reply = Conversation(remote, "secret", trusted=False).answer(first, 0.0)
        assert reply.close
        assert reply.text.startswith("ERROR ")
    assert Conversation(remote, "", trusted=False).answer(b"token ", 0.0).close


def test_a_web_page_cannot_send_commands(remote: Remote, sessions: FakeSessions) -> None:
    assert Conversation(remote, "", trusted=True).answer(b"POST / HTTP/1.1\r", 0.0).close
    assert not sessions.started


def test_lines_may_end_and_be_encoded_as_other_systems_do(remote: Remote, sessions: FakeSessions) -> None:
    talk = Conversation(remote, "", trusted=True)
    assert talk.answer("filename {template:%p} {participant:Jörg}\r".encode("latin-1"), 0.0).text == "OK"
    assert talk.answer(b"\r", 0.0).text == ""
    assert talk.answer(b"START \r", 0.0).text == "OK"
    assert sessions.started[0][0].name == "Jörg.h5"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_conversation(raw: bytes) -> None:
    reply = Conversation(Remote(FakeSessions(), Places(Path("x"))), "t", trusted=True).answer(
        raw.replace(b"\n", b""), 0.0
    )
    assert "\n" not in reply.text


def test_a_client_that_makes_no_sense_is_let_go(remote: Remote) -> None:
    talk = Conversation(remote, "", trusted=True)
    assert [talk.answer(b"\xff\x00?", 0.0).close for _ in range(MOST_ERRORS)] == [False] * (MOST_ERRORS - 1) + [True]


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.168.0.2", False),
     ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False)],
)  # fmt: skip
def test_only_this_computer_is_loopback(address: str, here: bool) -> None:
    assert is_loopback(address) is here
