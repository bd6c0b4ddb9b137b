"""The file format grows: a file of an older groundup opens and verifies, and so does one of a newer."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

import groundup
from groundup.cli import main
from groundup.recording import hdf, schema, stream, tables
from groundup.recording.schema import _table
from groundup.recording.structure import structure
from groundup.recording.verify import verify
from groundup.workflows.analyze import analyze, stored_rows

OLD = Path(__file__).parents[1] / "files" / "recording_of_2026_11_29.h5"
"""As it was written when ``/metrics`` had one sentence, ``quality``, for status and reason (table version 1)."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(OLD, tmp_path / "old.h5"))


def test_it_verifies(old: Path) -> None:
    assert verify(old) == []
    done = CliRunner().invoke(main, ["verify", str(old)])
    assert done.exit_code == 0, done.output


def test_what_it_says_of_its_metrics_is_read_as_today(old: Path) -> None:
    with groundup.open(old) as recording:
        found = recording.metrics["distal_absorption"]
        assert list(found) == list(tables.METRICS)
        assert set(found["status"]) == {"not_computable"}
        assert any(reason.startswith("it needs sensors on foot, pelvis and head") for reason in found["reason"])
        assert not any(reason.startswith("not computable") for reason in found["reason"])
        times = recording.metrics["stance_time"]
        assert set(times["status"]) == {"ok"}
        assert set(times["reason"]) == {""}
        assert np.isnan(times["reason_t0"]).all()
        assert {row.status for row in stored_rows(recording)} == {"ok", "not_computable"}


@pytest.mark.rig
@pytest.mark.parametrize("command", [["info"], ["analyze", "--profile"], ["report"], ["compare"]])
def test_commands_read_it(old: Path, command: list[str], tmp_path: Path) -> None:
    other = shutil.copy(old, tmp_path / "other.h5")
    more = {"compare": [str(other)], "report": ["-o", str(tmp_path / "r.html")]}.get(command[0], [])
    done = CliRunner().invoke(main, [command[0], str(old), *command[1:], *more])
    assert done.exit_code == 0, done.output


@pytest.mark.rig
def test_analysed_again_it_is_of_today(old: Path) -> None:
    analyze(old, ["stance_time"])
    assert verify(old) == []
    with h5py.File(old) as file:
        assert file["metrics/stance_time"].dtype.names == tuple(tables.METRICS)
        assert hdf.attr_number(file["metrics/stance_time"], "table_version") == tables.METRICS.version


def test_a_table_of_a_later_groundup_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    """It has a column more, and one less than ours."""
    table = np.array(
        [(1.0, 2.0, 0.5, b"ok", 7.0)],
        [("t0", "<f8"), ("t1", "<f8"), ("value", "<f8"), ("status", "S2"), ("new", "<f8")],
    )
    frame = tables.METRICS.todays(tables.frame(table))
    assert list(frame) == [*tables.METRICS, "new"]
    assert frame["new"].tolist() == [7.0]
    assert frame["reason"].tolist() == [""]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        hdf.put_table(file, "later", table, tables.METRICS.version + 1)
        hdf.put_table(file, "broken", table, tables.METRICS.version)
        found = structure(file)
        assert list(_table(found, "/later", tables.METRICS)) == []
        assert len(list(_table(found, "/broken", tables.METRICS))) == 1


@pytest.mark.parametrize("version", [np.inf, -np.inf, np.nan, "two", 0, -3, 2**62, np.arange(3)], ids=str)
def test_a_version_that_is_none_is_no_reason_to_stop(tmp_path: Path, version: object) -> None:
    table = tables.make_table(tables.TRIALS, [(1.0, 2.0, "walk", "")])
    with h5py.File(tmp_path / "x.h5", "w") as file:
        hdf.put_table(file, "trials", table, 1)
        file["trials"].attrs["table_version"] = version
        assert list(_table(structure(file), "/trials", tables.TRIALS)) == []


def test_a_field_of_the_certificate_that_came_later_has_its_default(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(old, "r+") as file:
        for group in file["sync"].values():
            del group.attrs["asymmetry_ms"]
        file.attrs.pop("checksums", None)
    assert any("asymmetry_ms" in str(problem) for problem in verify(old))
    for module in (schema, stream):
        monkeypatch.setattr(module, "LATER", {"asymmetry_ms": 0.5})
    monkeypatch.setattr(schema, "SYNC_ATTRS", tuple(name for name in schema.SYNC_ATTRS if name != "asymmetry_ms"))
    assert not any("asymmetry_ms" in str(problem) for problem in verify(old))
    with groundup.open(old) as recording:
        assert {one.certificate.asymmetry_ms for one in recording.streams.values()} == {0.5}
