"""An archive is whole at every moment, whoever dies while it is written and whoever reads meanwhile."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

import groundup
from groundup.archives import collect as collecting
from groundup.archives import segments
from groundup.archives.collect import ArchiveInUseError, collect
from groundup.archives.notes import Note, write_note
from groundup.archives.parts import ENCODED, MadeBy, Part, part_name, write_part
from groundup.archives.people import Known, PeopleError, read_people, write_people
from groundup.archives.reader import Archive
from groundup.archives.schema import RECORDINGS, SCHEMAS, TABLES
from groundup.system import file_locks
from groundup.workflows.batch.pseudonyms import Pseudonyms


def put(folder: Path, name: str, recording: str, values: list[float], state: str = "1", person: str = "P1") -> None:
    """Put a recording with some values of a metric into an archive, as a worker does."""
    rows = [
        {field.name: None for field in SCHEMAS["metrics"]}
        | {"recording": recording, "participant": person, "session": "1", "metric": f"m{i % 2}", "value": value}
        for i, value in enumerate(values)
    ]
    tables = {table: pa.Table.from_pylist([], SCHEMAS[table]).cast(ENCODED[table]) for table in TABLES}
    tables["metrics"] = pa.Table.from_pylist(rows, SCHEMAS["metrics"]).cast(ENCODED["metrics"])
    part = part_name(recording, state)
    row = {"recording": recording, "participant": person, "session": "1", "status": "ok", "reason": "", "part": part}
    row |= {"paths": [], "files": "{}", "segment": -1, "state": state}
    write_part(folder, part, Part(pa.Table.from_pylist([row], RECORDINGS), tables, MadeBy()))
    write_note(folder, Note(path=name, size=1, changed_ns=1, recording=recording, part=part, state=state))


def values(archive: Archive) -> list[float]:
    return sorted(archive.metrics["value"])


def test_what_was_found_is_there_once_however_often_it_is_collected(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0, 2.0])
    collect(tmp_path)
    put(tmp_path, "/b", "bb", [3.0], person="P2")
    put(tmp_path, "/a", "aa", [1.0, 2.0])
    collect(tmp_path)
    collect(tmp_path)
    archive = groundup.archive(tmp_path)
    assert values(archive) == [1.0, 2.0, 3.0]
    assert archive.recordings["participant"].tolist() == ["P1", "P2"]
    answer = archive.query("SELECT metric, median(value) AS m FROM metrics GROUP BY metric ORDER BY metric")
    assert answer["m"].tolist() == [2.0, 2.0]


def test_a_recording_that_was_computed_anew_replaces_its_rows(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0, 2.0])
    put(tmp_path, "/b", "bb", [3.0])
    collect(tmp_path)
    put(tmp_path, "/a", "aa", [5.0], state="2")
    collect(tmp_path)
    assert values(groundup.archive(tmp_path)) == [3.0, 5.0]
    assert [path.name for path in (tmp_path / "parts" / "aa").iterdir()] == ["aa.2.arrow"]


def test_the_same_bytes_under_two_names_are_one_recording_with_both(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0])
    put(tmp_path, "/copy of a", "aa", [1.0])
    collect(tmp_path)
    archive = groundup.archive(tmp_path)
    assert values(archive) == [1.0]
    assert archive.recordings["paths"].map(list).tolist() == [["/a", "/copy of a"]]


def test_a_file_that_holds_another_recording_now_lets_go_of_the_old_one(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0])
    collect(tmp_path)
    put(tmp_path, "/a", "bb", [2.0])
    collect(tmp_path)
    archive = groundup.archive(tmp_path)
    assert values(archive) == [2.0]
    assert archive.recordings["recording"].tolist() == ["bb"]


def test_a_disk_that_went_away_takes_nothing_from_the_archive(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0])
    collect(tmp_path)
    write_note(tmp_path, Note(path="/a", status="unreachable", reason="the share is gone"))
    write_note(tmp_path, Note(path="/b", status="unreachable", reason="the share is gone"))
    collect(tmp_path)
    archive = groundup.archive(tmp_path)
    assert values(archive) == [1.0]
    assert dict(zip(archive.recordings["status"], archive.recordings["reason"], strict=True)) == {
        "ok": "",
        "unreachable": "the share is gone",
    }
    put(tmp_path, "/b", "bb", [2.0])  # it is back
    collect(tmp_path)
    assert groundup.archive(tmp_path).recordings["status"].tolist() == ["ok", "ok"]


def test_who_dies_before_the_manifest_leaves_the_archive_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "/a", "aa", [1.0])
    collect(tmp_path)
    put(tmp_path, "/b", "bb", [2.0])

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(collecting, "write_manifest", dies)
        with pytest.raises(KeyboardInterrupt):
            collect(tmp_path)
    assert values(groundup.archive(tmp_path)) == [1.0]
    collect(tmp_path)
    assert values(groundup.archive(tmp_path)) == [1.0, 2.0]


def test_a_reader_sees_the_archive_whole_while_it_is_replaced(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0])
    collect(tmp_path)
    before = groundup.archive(tmp_path)
    for number in range(4):
        put(tmp_path, "/a", "aa", [float(number)], state=str(number + 2))
        collect(tmp_path)
    # Its files have been deleted meanwhile: it shows what there is now, and never a mixture.
    assert values(before) == [3.0]
    assert before.recordings["state"].tolist() == ["5"]


def test_there_are_never_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        put(tmp_path, f"/{number}", f"{number:02d}", [float(number)])
        collect(tmp_path)
    opened = groundup.archive(tmp_path)
    assert values(opened) == [float(number) for number in range(20)]
    assert opened.recordings["segment"].nunique() <= 6
    monkeypatch.setattr(segments, "MOST_ROWS", 8)
    for number in range(20, 40):
        put(tmp_path, f"/{number}", f"{number:02d}", [float(number)])
    collect(tmp_path)
    opened = groundup.archive(tmp_path)
    assert opened.recordings.groupby("segment").size().tail(2).max() <= 8
    assert values(opened) == [float(number) for number in range(40)]


def test_a_part_that_is_damaged_is_no_part(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0])
    part = tmp_path / part_name("aa", "1")
    part.write_bytes(part.read_bytes()[:100])
    collect(tmp_path)
    assert len(groundup.archive(tmp_path).recordings) == 0
    assert not part.exists()


def test_two_do_not_collect_at_once(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)
    if not file_locks.take(descriptor):
        pytest.skip("this file system has no locks")
    try:
        with pytest.raises(ArchiveInUseError, match="wait until it has ended"):
            collect(tmp_path)
    finally:
        os.close(descriptor)


def test_what_a_table_tells_of_people_reaches_every_row_and_can_be_corrected(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0], person="07")
    collect(tmp_path)
    table = tmp_path / "participants.tsv"
    for sex, age, wanted in (("female", "34", ("F", 34.0)), ("M", "35", ("M", 35.0))):
        table.write_text(f"participant_id\tsex\tage\nsub-07\t{sex}\t{age}\n")
        write_people(tmp_path, read_people(table), lambda who: who)
        collect(tmp_path)
        row = groundup.archive(tmp_path).recordings.iloc[0]
        assert (row["sex"], row["age_years"]) == wanted


def test_a_pseudonym_may_begin_as_the_names_of_bids_do(tmp_path: Path) -> None:
    put(tmp_path, "/a", "aa", [1.0], person="sub-K12")
    names = Pseudonyms({"sub-07": "sub-K12"}, b"")
    write_people(tmp_path, {"07": Known("F", 34.0)}, names.called)
    collect(tmp_path)
    assert groundup.archive(tmp_path).recordings.iloc[0]["age_years"] == 34.0


@pytest.mark.parametrize(
    "text", ["name,sex\nx,F\n", "participant_id,sex\na,F\na,M\n", "participant_id,age\na,old\n", ""]
)
def test_a_table_of_people_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(PeopleError):
        read_people(tmp_path / "people.csv")
