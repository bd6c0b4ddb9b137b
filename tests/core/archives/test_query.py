"""An archive is asked in SQL, and nothing can be changed by a question, nor anything else be read."""

from pathlib import Path

import pytest

import groundup
from groundup.archives.manifest import ArchiveError, Manifest, write_manifest
from groundup.archives.query import QueryError
from groundup.archives.reader import Archive


@pytest.fixture
def empty(tmp_path: Path) -> Archive:
    write_manifest(tmp_path, Manifest())
    return groundup.archive(tmp_path)


def test_an_empty_archive_answers(empty: Archive) -> None:
    assert empty.query("SELECT count(*) AS n FROM metrics")["n"].tolist() == [0]
    assert list(empty.curves.columns)[:3] == ["recording", "participant", "session"]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "selct 1",
        "select 1; select 2",
        "drop table recordings",
        "copy metrics to 'stolen.csv'",
        "attach 'other.db'",
        "set threads = 1",
        "select * from read_csv('/etc/passwd')",
        "select * from nothing",
        "select * from manifest",
    ],
)
def test_what_is_no_question_to_the_archive_is_refused_in_a_sentence(empty: Archive, sql: str) -> None:
    with pytest.raises(QueryError) as refused:
        empty.query(sql)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_no_archive_is_told_from_one(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is no archive"):
        groundup.archive(tmp_path)
    with pytest.raises(ArchiveError, match="is no folder"):
        groundup.archive(tmp_path / "nowhere")
