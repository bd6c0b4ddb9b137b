"""One file of a batch: what analyze finds, to the bit; or a sentence why there is nothing, and never half of it."""

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from tests.conftest import Once
from tests.made_cohort import damaged_copy, record

import groundup
from groundup.archives.collect import collect
from groundup.archives.reader import Archive
from groundup.system import file_locks
from groundup.workflows.analyze import analyze
from groundup.workflows.batch import one_file
from groundup.workflows.batch.find import NoFilesError, find_files
from groundup.workflows.batch.identity import NamesError, check_pattern
from groundup.workflows.batch.one_file import ArchiveDiskError, OtherVersionError, take_file
from groundup.workflows.batch.plan import Plan, made_by
from groundup.workflows.batch.pseudonyms import PseudonymsError, read_pseudonyms
from groundup.workflows.batch.to_do import to_do

COLUMNS = [
    "t0",
    "t1",
    "trial",
    "stride",
    "side",
    "value",
    "uncertainty",
    "unit",
    "status",
    "reason",
    "reason_t0",
    "reason_t1",
]


@pytest.fixture
def walk(once: Once) -> Path:
    """A short walk, not analysed: not to be changed."""
    return (
        once("batch-walk", lambda folder: record(folder / "P007_walk é 1.h5", person=7, number=0)) / "P007_walk é 1.h5"
    )


@pytest.fixture
def analysed(once: Once, walk: Path) -> Path:
    """The same, analysed."""

    def fill(folder: Path) -> None:
        analyze(Path(shutil.copy(walk, folder / "analysed.h5")))

    return once("batch-analysed", fill) / "analysed.h5"


@pytest.fixture
def taken(once: Once, walk: Path, tmp_path: Path) -> Path:
    """A copy of an archive of that walk."""

    def fill(folder: Path) -> None:
        take_file(Plan(str(folder)), str(walk))
        collect(folder)

    return Path(shutil.copytree(once("batch-archive", fill), tmp_path / "an archive é"))


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return all(
        one[name].to_numpy(np.float64).tobytes() == other[name].to_numpy(np.float64).tobytes()
        if one[name].dtype.kind in "fi"
        else one[name].tolist() == other[name].tolist()
        for name in COLUMNS
    )


def collected(folder: Path) -> Archive:
    collect(folder)
    return groundup.archive(folder)


def test_the_archive_holds_what_analyze_writes_to_the_bit(taken: Path, analysed: Path) -> None:
    archive = groundup.archive(taken)
    found = dict(iter(archive.metrics.groupby("metric")))
    with groundup.open(analysed) as recording:
        wanted = {name: table for name, table in recording.metrics.items() if len(table)}
        assert found.keys() == wanted.keys()
        assert all(same(found[name], table) for name, table in wanted.items())
        for name in ("stance_time", next(iter(wanted))):
            assert set(found[name]["method"]) == {wanted[name].attrs["method"]}
            assert set(found[name]["plugin"]) == {wanted[name].attrs["plugin"]}
        assert archive.events["time"].tolist() == recording.events["time"].tolist()
        assert sorted(archive.curves["mean"]) == sorted(recording.curves["mean"])
    row = archive.recordings.iloc[0]
    assert (row["participant"], row["session"], row["recording_id"]) == ("P007", "2026-01-01", "made-0")
    assert row["sync_bound_ms"] > 0


def test_an_analysed_recording_is_the_recording_that_it_was(taken: Path, analysed: Path, walk: Path) -> None:
    assert take_file(Plan(str(taken)), str(analysed)).computed == -1
    archive = collected(taken)
    assert archive.recordings["paths"].map(sorted).tolist() == [sorted([str(walk), str(analysed)])]


def test_what_is_there_is_not_computed_again(taken: Path, walk: Path) -> None:
    plan = Plan(str(taken))
    assert to_do(plan, [str(walk)])[0] == []
    assert to_do(plan, [str(walk)], again=True)[0] == [str(walk)]


def test_a_changed_metric_computes_itself_alone(taken: Path, walk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = groundup.archive(taken).metrics
    made = made_by(Plan(str(taken)))
    other = msgspec.structs.replace(made, metrics={**made.metrics, "stance_time": "another"})
    monkeypatch.setattr(one_file, "made_by", lambda plan: other)
    assert take_file(Plan(str(taken)), str(walk)).computed == 1
    after = collected(taken).metrics
    by = ["metric", "t0", "side", "stride"]
    pd.testing.assert_frame_equal(
        before.sort_values(by, ignore_index=True), after.sort_values(by, ignore_index=True), check_exact=True
    )


def test_each_bad_file_is_a_row_with_its_reason(tmp_path: Path, walk: Path) -> None:
    archive, data = tmp_path / "archive", tmp_path / "data"
    archive.mkdir()
    data.mkdir()
    bad = damaged_copy(walk, data / "bad.h5")
    short = data / "short.h5"
    short.write_bytes(walk.read_bytes()[:100_000])
    empty = data / "empty.h5"
    empty.touch()
    text = data / "notes.c3d"
    text.write_text("no C3D")
    gone = data / "gone.h5"
    plan = Plan(str(archive))
    reasons = {path: take_file(plan, str(path)).note for path in (bad, short, empty, text, gone)}
    assert [note.status for note in reasons.values()] == ["failed"] * 4 + ["unreachable"]
    assert "damaged" in reasons[bad].reason
    assert "too soon" in reasons[short].reason
    assert all(path.name in note.reason and "\n" not in note.reason for path, note in reasons.items())
    rows = collected(archive).recordings
    assert rows["status"].value_counts().to_dict() == {"failed": 4, "unreachable": 1}
    known = {row["paths"][0]: row["reason"] for row in rows.to_dict("records")}
    assert known == {str(path): note.reason for path, note in reasons.items()}
    # What says nothing of the bytes is tried again by itself, the rest only when asked.
    assert to_do(plan, list(known))[0] == [str(gone)]
    assert len(to_do(plan, list(known), retry=True)[0]) == 5


def test_a_damaged_copy_of_what_is_known_is_still_damaged(taken: Path, walk: Path, tmp_path: Path) -> None:
    bad = damaged_copy(walk, tmp_path / "copy.h5")
    assert take_file(Plan(str(taken)), str(bad)).note.status == "failed"
    rows = collected(taken).recordings
    assert sorted(rows["status"]) == ["failed", "ok"]


def test_a_file_that_is_still_written_is_taken_another_time(
    tmp_path: Path, walk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = Path(shutil.copy(walk, tmp_path / "growing.h5"))
    checksum = one_file.raw_checksum

    def grows(path: Path) -> str:
        found = checksum(path)
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(one_file, "raw_checksum", grows)
    note = take_file(Plan(str(tmp_path / "archive")), str(growing)).note
    assert (note.status, note.recording) == ("unfinished", "")
    assert "while it was read" in note.reason
    assert collected(tmp_path / "archive").recordings["status"].tolist() == ["unfinished"]


def test_a_journal_in_use_is_unfinished(tmp_path: Path, shared: Path) -> None:
    journal = Path(shutil.copy(next((shared / "xdf").glob("*.xdf")), tmp_path / "x.xdf"))
    descriptor = os.open(journal, os.O_RDONLY)
    if not file_locks.take(descriptor):
        pytest.skip("this file system has no locks")
    try:
        assert take_file(Plan(str(tmp_path / "archive")), str(journal)).note.status == "unfinished"
    finally:
        os.close(descriptor)


def test_a_share_that_goes_away_in_the_middle_is_unreachable(
    tmp_path: Path, walk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(shutil.copy(walk, tmp_path / "x.h5"))

    def goes(*_: object) -> None:
        file.unlink()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(one_file, "part_of", goes)
    note = take_file(Plan(str(tmp_path / "archive")), str(file)).note
    assert note.status == "unreachable"
    assert to_do(Plan(str(tmp_path / "archive")), [str(file)])[0] == [str(file)]


@pytest.mark.parametrize("where", ["archive", "scratch"])
def test_a_full_disk_is_no_fault_of_a_file(
    where: str, tmp_path: Path, walk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(one_file, "write_part" if where == "archive" else "part_of", full)
    with pytest.raises(ArchiveDiskError, match="No space left"):
        take_file(Plan(str(tmp_path / "archive")), str(walk))
    assert list((tmp_path / "archive").rglob("*.*")) == []


def test_the_files_are_only_read(tmp_path: Path, walk: Path) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    file = Path(shutil.copy(walk, folder / "x.h5"))
    file.chmod(0o444)
    folder.chmod(0o555)
    try:
        before = file.read_bytes()
        assert take_file(Plan(str(tmp_path / "archive")), str(file)).note.status == "ok"
        assert file.read_bytes() == before
        assert [path.name for path in folder.iterdir()] == ["x.h5"]
    finally:
        folder.chmod(0o755)


def test_a_file_of_another_program_is_imported_for_the_time_being(tmp_path: Path, shared: Path) -> None:
    c3d = sorted((shared / "walk_overground_c3d").glob("*.c3d"))[0]
    data = tmp_path / "sub-03" / "ses-b" / c3d.name
    data.parent.mkdir(parents=True)
    shutil.copy(c3d, data)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    taken = take_file(Plan(str(tmp_path / "archive"), scratch=str(scratch)), str(data))
    assert (taken.note.status, taken.note.reason) == ("ok", "")
    row = collected(tmp_path / "archive").recordings.iloc[0]
    assert (row["format"], row["participant"], row["session"]) == ("c3d", "03", "b")
    assert list(scratch.iterdir()) == []


def test_nothing_in_the_archive_tells_who_a_pseudonym_is(tmp_path: Path, walk: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("participant,pseudonym\nP007,K12\n")
    archive = tmp_path / "archive"
    plan = Plan(str(archive), pseudonyms=read_pseudonyms(table))
    assert take_file(plan, str(walk)).note.status == "ok"
    assert take_file(plan, str(damaged_copy(walk, tmp_path / "P007_bad.h5"))).note.status == "failed"
    opened = collected(archive)
    assert set(opened.metrics["participant"]) == {"K12"}
    assert to_do(plan, [str(walk)])[0] == []
    words = [b"P007", str(walk.name).encode(), b"made-0"]
    for path in archive.rglob("*"):
        assert not any(word in path.name.encode() for word in words)
    shown = "".join(frame.to_csv() for frame in (opened.recordings, opened.metrics, opened.events, opened.curves))
    assert not any(word.decode() in shown for word in words)


def test_who_has_no_pseudonym_stays_out(tmp_path: Path, walk: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("participant\tpseudonym\nP001\tK1\n")
    plan = Plan(str(tmp_path / "archive"), pseudonyms=read_pseudonyms(table))
    assert take_file(plan, str(walk)).note.status == "unnamed"
    assert len(collected(tmp_path / "archive").metrics) == 0
    table.write_text("participant\tpseudonym\nP001\tK1\nP007\tK7\n")
    later = replace(plan, pseudonyms=read_pseudonyms(table))
    assert to_do(later, [str(walk)])[0] == [str(walk)]
    assert take_file(later, str(walk)).note.status == "ok"
    collect(tmp_path / "archive")
    table.write_text("participant\tpseudonym\nP001\tK7\nP007\tK1\n")  # they were mixed up
    mended = replace(plan, pseudonyms=read_pseudonyms(table))
    assert to_do(mended, [str(walk)])[0] == [str(walk)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,code\n", "columns"),
        ("participant,pseudonym\na,1\na,2\n", "line 3"),
        ("participant,pseudonym\na,1\nb,1\n", "line 3"),
        ("participant,pseudonym\na,\n", "line 2"),
    ],
)
def test_a_table_of_pseudonyms_that_cannot_be_one_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(PseudonymsError, match=why):
        read_pseudonyms(tmp_path / "people.csv")


def test_a_worker_of_another_version_computes_nothing(tmp_path: Path, walk: Path) -> None:
    with pytest.raises(OtherVersionError, match="install the same on all"):
        take_file(Plan(str(tmp_path)), str(walk), state="another")


def test_files_are_found_in_folders_by_patterns_and_in_lists(tmp_path: Path) -> None:
    data = tmp_path / "données [1]"
    (data / "deep").mkdir(parents=True)
    for name in ("a.h5", "deep/b.C3D", "deep/notes.docx", ".hidden.h5", "c.xdf"):
        (data / name).touch()
    (data / "archive").mkdir()
    (data / "archive" / "d.h5").touch()
    listed = tmp_path / "list.txt"
    listed.write_text(f"{data / 'a.h5'}\n\n{tmp_path / 'not there.h5'}\n", encoding="utf-8")
    found = find_files([str(data)], [listed], [data / "archive"])
    assert [os.path.relpath(path, tmp_path) for path in found.paths] == [
        "données [1]/a.h5",
        "données [1]/c.xdf",
        "données [1]/deep/b.C3D",
        "not there.h5",
    ]
    assert found.left_out == {".docx": 1}
    with pytest.raises(NoFilesError):
        find_files([str(tmp_path / "*.nothing")])


@pytest.mark.parametrize("names", ["(", "(?P<who>x)", "no group"])
def test_a_pattern_of_names_that_tells_nothing_is_refused(names: str) -> None:
    with pytest.raises(NamesError):
        check_pattern(names)
