"""core/groundup/web/room: what a page asks for is done, or refused with a sentence; nothing leaves the folder."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from groundup.lab.errors import LabError
from groundup.model.streams import Channel, StreamSpec
from groundup.web.room.jobs import Jobs
from groundup.web.room.library import TRASH, Library, LibraryError
from groundup.web.room.memory import TOKEN_S, Memory
from groundup.web.room.set_up import SetUp

LAB = """\
# the lab of the ward
[streams.emg]  # over the stairs
match = "type='EMG'"

[streams.emg.channels]
"RTA" = { site = "soleus", side = "R" }  # Monday
"""


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda name: str(tmp_path / "state"))
    return Memory("a folder")


class TestMemory:
    def test_a_token_is_kept_for_a_day_over_a_restart(self, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
        token = memory.token()
        assert Memory("a folder").token() == token
        assert Memory("another folder").token() != token
        tomorrow = time.time() + TOKEN_S
        monkeypatch.setattr("time.time", lambda: tomorrow)
        assert Memory("a folder").token() != token

    @pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
    def test_nobody_else_may_read_it(self, memory: Memory, tmp_path: Path) -> None:
        memory.token()
        (file,) = (tmp_path / "state" / "rooms").glob("*.json")
        assert file.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("odd", ["", "[", "[1]", '{"token": 7}', '{"recordings": 3}', '{"recordings": {"a": 1}}'])
    def test_whatever_lies_there_is_no_more_than_forgotten(self, memory: Memory, tmp_path: Path, odd: str) -> None:
        memory.put(participant="P01")
        (file,) = (tmp_path / "state" / "rooms").glob("*.json")
        file.write_text(odd)
        again = Memory("a folder")
        assert len(again.token()) >= 16
        assert Library(tmp_path, again).rows() == []


class TestSetUp:
    @pytest.fixture
    def set_up(self, tmp_path: Path) -> SetUp:
        (tmp_path / "lab.toml").write_text(LAB)
        return SetUp(tmp_path / "lab.toml")

    def test_the_difference_is_shown_before_and_every_comment_stays(self, set_up: SetUp) -> None:
        changes = [[["streams", "emg", "channels"], "RTA", {"site": "tibialis_anterior", "side": "R"}]]
        seen = set_up.preview(changes)
        assert '+"RTA" = {site = "tibialis_anterior", side = "R"}  # Monday' in seen["difference"]
        assert set_up.text() == LAB
        set_up.write(changes, seen["base"])
        assert [line.partition("#")[2] for line in set_up.text().splitlines() if "#" in line] == [
            " the lab of the ward", " over the stairs", " Monday",
        ]  # fmt: skip

    def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(self, set_up: SetUp) -> None:
        base = set_up.preview([])["base"]
        set_up.path.write_text(LAB + "# mine\n")
        with pytest.raises(LabError, match="by somebody else"):
            set_up.write([[["record"], "keep_journal", True]], base)
        assert set_up.text() == LAB + "# mine\n"

    @pytest.mark.parametrize(
        "changes",
        [
            None, 7, [7], [[[], "a", 1]], [[["process"], "a", 1]], [[["streams", "../x"], "match", "a"]],
            [[["streams", "emg", "plate"], "type", 9]], [[["streams", "emg"], "rate", float("nan")]],
            [[["streams", "emg", "channels"], "RTA", {"site": "elbow"}]], [[["streams"], "emg", 3]],
            [["streams", "a", 1]],
        ],
    )  # fmt: skip
    def test_what_no_lab_can_be_is_refused_with_a_sentence(self, set_up: SetUp, changes: object) -> None:
        seen = set_up.preview(changes)
        assert seen["wrong"]
        with pytest.raises(ValueError, match=r"\w"):
            set_up.write(changes, seen["base"])
        assert set_up.text() == LAB

    def test_labels_are_guessed_and_nothing_is_taken_over(self, set_up: SetUp) -> None:
        spec = StreamSpec("Noraxon", "EMG", 1000.0, "float32", tuple(map(Channel, ("LTA", "R GM", "ch 6"))))
        (stream,) = set_up.shown([spec])["streams"]
        sure, several, none = stream["channels"]
        assert (sure["guess"], sure["guess_side"], sure["site"]) == (["tibialis_anterior"], "L", "")
        assert len(several["guess"]) == 3
        assert none["guess"] == []

    def test_a_broken_lab_is_told_and_the_page_still_opens(self, set_up: SetUp) -> None:
        set_up.path.write_text("[streams.emg\n")
        assert "not valid TOML" in set_up.shown([])["wrong"]
        set_up.path.write_bytes(b"\xff")
        assert "cannot be read" in set_up.shown([])["wrong"]


class TestLibrary:
    @pytest.fixture
    def library(self, memory: Memory, tmp_path: Path) -> Library:
        (tmp_path / "lab").mkdir()
        (tmp_path / "secret.h5").write_text("of somebody else")
        (tmp_path / "lab" / "P01_walk_001.h5").write_text("no recording")
        (tmp_path / "lab" / "P01_walk_001.html").write_text("its page")
        return Library(tmp_path / "lab", memory)

    @pytest.mark.parametrize(
        "name", ["../secret.h5", "/etc/passwd", "", ".", "lab.toml", "x\0.h5", "P01_walk_001.html/.."]
    )
    def test_nothing_outside_of_the_folder_is_touched(self, library: Library, name: str) -> None:
        with pytest.raises((LibraryError, ValueError)):
            library.delete(name)

    def test_what_is_deleted_is_in_the_trash_with_its_page_and_comes_back(
        self, library: Library, tmp_path: Path
    ) -> None:
        where = library.delete("P01_walk_001.h5")
        assert sorted(p.name for p in (tmp_path / "lab" / TRASH).iterdir()) == ["P01_walk_001.h5", "P01_walk_001.html"]
        assert library.rows() == []
        (tmp_path / "lab" / "P01_walk_001.h5").write_text("a new one")
        assert library.bring_back(where) == "P01_walk_001_2.h5"
        assert (tmp_path / "lab" / "P01_walk_001.h5").read_text() == "a new one"

    def test_a_damaged_file_is_a_row_that_says_so(self, library: Library) -> None:
        until = time.monotonic() + 60
        while (row := library.rows()[0])["state"] == "reading" and time.monotonic() < until:
            threading.Event().wait(0.05)
        assert row["state"] == "unreadable"
        assert "no HDF5 file" in row["why"]

    def test_a_journal_that_nobody_sealed_is_shown_to_be_recovered(self, library: Library, tmp_path: Path) -> None:
        (tmp_path / "lab" / "P02.journal.xdf").write_text("")
        assert {row["name"]: row["state"] for row in library.rows()}["P02.journal.xdf"] == "journal"


def test_long_work_says_how_far_it_is_and_can_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys,time; print('progress 0.25', file=sys.stderr, flush=True); time.sleep(600)"
    monkeypatch.setattr("groundup.web.room.jobs.python_command", lambda *_: [sys.executable, "-c", code])
    jobs = Jobs(tmp_path)
    job = jobs.start("Report", [])
    until = time.monotonic() + 60
    while job.share is None and time.monotonic() < until:
        threading.Event().wait(0.02)
    assert jobs.shown()[0]["share"] == 0.25
    jobs.cancel(job.number)
    assert job.done.wait(60)
    assert jobs.shown()[0]["state"] == "cancelled"


def test_a_command_that_fails_says_why_in_its_last_word(tmp_path: Path) -> None:
    job = Jobs(tmp_path).start("Report", ["report", "nothing.h5"])
    assert job.done.wait(60)
    assert job.state == "failed"
    assert "nothing.h5" in job.said
