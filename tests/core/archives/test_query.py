"""An archive is asked in SQL, and nothing can be changed by a question, nor anything else be read."""

from pathlib import Path

import pytest

import groundup
from groundup.archives import schema
from groundup.archives.collect import collect
from groundup.archives.manifest import ArchiveError, Manifest, write_manifest
from groundup.archives.query import QueryError
from groundup.archives.reader import Archive
from groundup.workflows.batch.plan import Plan
from groundup.workflows.batch.to_do import to_do


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


def test_an_archive_of_an_older_or_a_newer_version_is_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, said in ((1, "does not tell how its values were made"), (99, "install a newer one")):
        with monkeypatch.context() as then:
            then.setattr(schema, "VERSION", version)
            write_manifest(tmp_path, Manifest())
        before = (tmp_path / "recordings.parquet").read_bytes()
        with pytest.raises(ArchiveError, match=said):
            groundup.archive(tmp_path)
        with pytest.raises(ArchiveError, match=said):
            to_do(Plan(str(tmp_path)), [])
        with pytest.raises(ArchiveError, match=said):
            collect(tmp_path)
        assert (tmp_path / "recordings.parquet").read_bytes() == before
