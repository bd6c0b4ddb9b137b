"""The checksums of a recording find what HDF5's own miss, and say of which rows or attribute."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xxhash
from click.testing import CliRunner
from made import LONG, source, stream
from tests.conftest import Once

from groundup.analysis.pipeline import AnalysisResult
from groundup.cli import main
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.recording import seal as sealing
from groundup.recording.results import write_results
from groundup.recording.structure import is_member
from groundup.recording.verify import verify

ROWS = 32768  # of float64 in a chunk of 256 KiB


@pytest.fixture
def long(tmp_path: Path, made_clock: None, once: Once) -> Path:
    """Two streams alike of several chunks, zeros at the beginning."""
    path = tmp_path / "x.h5"
    values = np.arange(4.0 * ROWS)[:, None]
    values[:4096] = 0.0
    given = source([stream("a", values), stream("b", values + 1.0)])
    made = once("sealed-long", lambda folder: sealing.seal(given, folder / "x.h5")) / "x.h5"
    return Path(shutil.copy(made, path))


def places(path: Path, dataset: str) -> list[tuple[int, int]]:
    """Where the chunks of a dataset lie in the file, and how long they are."""
    with h5py.File(path) as file:
        id_ = file[dataset].id
        chunks = [id_.get_chunk_info(k) for k in range(id_.get_num_chunks())]
        return [(c.byte_offset, c.size) for c in sorted(chunks, key=lambda c: c.chunk_offset)]


def change(path: Path, how: Callable[[bytearray], None]) -> None:
    raw = bytearray(path.read_bytes())
    how(raw)
    path.write_bytes(raw)


@pytest.mark.survives(
    "files",
    fault="4 kB of zeros in a recording became ones, which HDF5's own checksum does not see.",
    happens="`verify` finds it, with the rows; exit status 1.",
    said="“/streams/a/samples: rows 0 to 32767 are damaged: a checksum does not fit”",
    lost="What is damaged.",
)
def test_zeros_that_became_ones_are_found_and_their_rows_named(long: Path) -> None:
    (place, _), *_ = places(long, "/streams/a/samples")

    def ones(raw: bytearray) -> None:
        assert raw[place : place + 4096] == bytes(4096)
        raw[place : place + 4096] = b"\xff" * 4096

    change(long, ones)
    with h5py.File(long) as file:
        assert np.isnan(file["streams/a/samples"][0])  # HDF5 takes them for sound
    (problem,) = verify(long)
    assert problem.where == "/streams/a/samples"
    assert f"rows 0 to {ROWS - 1} are damaged" in problem.message


@pytest.mark.survives(
    "files",
    fault="Two chunks of a recording changed places.",
    happens="`verify` finds both.",
    said="“rows 0 to 32767 are damaged: a checksum does not fit”",
    lost="What is damaged.",
)
def test_chunks_that_changed_places_are_found(long: Path) -> None:
    (first, size), (second, same), *_ = places(long, "/streams/a/samples")
    assert size == same

    def swap(raw: bytearray) -> None:
        raw[first : first + size], raw[second : second + size] = (
            raw[second : second + size],
            raw[first : first + size],
        )

    change(long, swap)
    with h5py.File(long) as file:
        assert file["streams/a/samples"][0, 0] == ROWS
    assert [p.message.split(" are ")[0] for p in verify(long)] == [
        f"rows 0 to {ROWS - 1}",
        f"rows {ROWS} to {2 * ROWS - 1}",
    ]


@pytest.mark.parametrize("what", ["samples", "timestamps"])
def test_datasets_that_changed_places_are_found(long: Path, what: str) -> None:
    if what == "timestamps":  # which are the same in both; so their values are changed in place, too
        with h5py.File(long, "r+") as file:
            file["streams/a/timestamps"][7] += 1e-9
        assert [p.where for p in verify(long)] == ["/streams/a/timestamps"]
        return
    with h5py.File(long, "r+") as file:
        file.move("streams/a/samples", "streams/a/other")
        file.move("streams/b/samples", "streams/a/samples")
        file.move("streams/a/other", "streams/b/samples")
    assert {p.where for p in verify(long)} == {"/streams/a/samples", "/streams/b/samples"}


@pytest.mark.survives(
    "files",
    fault="An attribute has another value than when it was sealed: origin, body mass, rate, bound.",
    happens="`verify` finds and names it.",
    said="“/sync/a: the attribute bound_ms is damaged: its checksum does not fit”",
    lost="What is damaged.",
)
@pytest.mark.parametrize(
    ("path", "name", "wrong"),
    [
        ("/", "clock_origin", 6.0),
        ("/", "recording_id", b"b2b1"),
        ("/lab/participant", "mass_kg", 71.0),
        ("/streams/a", "rate", 101.0),
        ("/sync/a", "bound_ms", 0.04),
        ("/sync/b", "reason", b"male"),
    ],
)
def test_an_attribute_of_another_value_is_found_and_named(long: Path, path: str, name: str, wrong: object) -> None:
    with h5py.File(long, "r+") as file:
        file[path].attrs[name] = wrong if isinstance(wrong, float) else np.bytes_(wrong)
    (problem,) = verify(long)
    assert problem.where == path
    assert f"the attribute {name} is damaged" in problem.message


def test_a_flipped_bit_in_a_long_attribute_is_found(tmp_path: Path, made_clock: None) -> None:
    """HDF5 keeps what is longer than 4 kB beside its structure, without a checksum."""
    path = tmp_path / "x.h5"
    sealing.seal(source([stream("a", np.ones((3, 1)), name=LONG)]), path)
    place = path.read_bytes().index(LONG[:5000].encode()) + 4500
    change(path, lambda raw: raw.__setitem__(place, raw[place] ^ 1))
    assert [(p.where, "name" in p.message) for p in verify(path)] == [("/streams/a", True)]


@pytest.mark.survives(
    "files",
    fault="A dataset, rows, an attribute or the table of checksums is taken out of a recording.",
    happens="`verify` misses it.",
    said="what is missing, by its path",
    lost="What was taken away.",
)
@pytest.mark.parametrize("gone", ["dataset", "rows", "table", "attribute", "sum"])
def test_what_was_taken_away_is_missed(long: Path, gone: str) -> None:
    with h5py.File(long, "r+") as file:
        if gone == "dataset":
            del file["streams/a/ledger"]
        elif gone == "rows":
            for one in ("streams/a/samples", "streams/a/timestamps", "sync/a/time", "sync/a/uncertainty"):
                file[one].resize(3 * ROWS, 0)
        elif gone == "table":
            del file["checksums"]
        elif gone == "attribute":
            del file.attrs["checksums"]
        else:
            table = file["checksums"][:-1]
            del file["checksums"]
            file.create_dataset("checksums", data=table, chunks=True, fletcher32=True)
    assert verify(long) != []


def test_the_sums_are_what_anybody_computes_with_xxhash(long: Path) -> None:
    with h5py.File(long) as file:
        table = file["checksums"][...]
        rows = [row for row in table if row["path"] == b"/streams/a/samples"]
        assert sum(row["rows"] for row in rows) == 4 * ROWS
        for row in rows:
            values = file["streams/a/samples"][row["begin"] : row["begin"] + row["rows"]]
            assert xxhash.xxh3_128_hexdigest(values.tobytes()) == row["sum"].decode()
        (bound,) = (row["sum"] for row in table if (row["path"], row["attribute"]) == (b"/sync/a", b"bound_ms"))
        assert xxhash.xxh3_128_hexdigest(file["sync/a"].attrs["bound_ms"].tobytes()) == bound.decode()
        about = json.loads(file.attrs["checksums"])
        assert about == {
            "method": "XXH3-128", "made_at": "sealing", "table": xxhash.xxh3_128_hexdigest(table.tobytes())
        }  # fmt: skip


def analysed(path: Path) -> None:
    envelope = Signal("env", "emg", np.arange(3.0), np.ones((3, 1)), (Channel("x"),), 1.0)
    write_results(path, AnalysisResult(signals=(envelope,)))


def test_sums_of_raw_data_outlive_an_analysis_and_results_get_their_own(long: Path) -> None:
    def sums() -> dict[tuple[bytes, bytes, int], bytes]:
        with h5py.File(long) as file:
            return {(r["path"], r["attribute"], r["begin"]): r["sum"] for r in file["checksums"][...]}

    sealed = sums()
    analysed(long)
    assert verify(long) == []
    now = sums()
    assert {key: now[key] for key in sealed if key[1] != b"software"} == {
        key: value for key, value in sealed.items() if key[1] != b"software"
    }
    assert (b"/processed/env/samples", b"", 0) in now
    with h5py.File(long, "r+") as file:
        file["processed/env/samples"][1] = np.nan
    assert [p.where for p in verify(long)] == ["/processed/env/samples"]
    analysed(long)
    assert verify(long) == []


def test_what_is_written_is_known_to_be_the_recordings(sealed: Path) -> None:
    """Where a path is not known, damage there could be taken for what somebody added."""
    analysed(sealed)
    with h5py.File(sealed) as file:
        names: list[str] = ["/"]
        file.visititems(lambda name, item: names.append(f"/{name}"))
        assert [name for name in names if not is_member(name)] == []
        summed = {row["path"].decode() for row in file["checksums"]}
        held = {name for name in names if isinstance(file[name], h5py.Dataset) or len(file[name].attrs)}
        assert summed == held - {"/checksums"}


@pytest.mark.survives(
    "files",
    fault="A damaged recording is analysed.",
    happens="It is refused; the sums stay as they were, and `verify` still finds the damage.",
    said="the path of what is damaged",
    lost="What is damaged.",
)
def test_an_analysis_never_gives_damaged_raw_data_sound_sums(long: Path) -> None:
    with h5py.File(long, "r+") as file:
        file["streams/a/samples"][5] = -1.0
    with pytest.raises(Exception, match="/streams/a/samples"):
        analysed(long)
    assert [p.where for p in verify(long)] == ["/streams/a/samples"]


def test_what_somebody_adds_later_is_no_damage_even_after_an_analysis(long: Path) -> None:
    with h5py.File(long, "r+") as file:
        file["mine/values"] = np.ones(3)
        file["mine"].attrs["note"] = "of variable length"
        file["streams/a/looked_at"] = True
        file["streams/a"].attrs["note"] = "mine, too"
        file["mine/elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        file["mine/self"] = file["mine"]
    assert verify(long) == []
    analysed(long)
    assert verify(long) == []
    with h5py.File(long, "r+") as file:
        assert file["mine/values"][1] == 1.0
        assert file["streams/a"].attrs["note"] == "mine, too"
        file["mine/values"][1] = 2.0
        file["streams/a"].attrs["note"] = "changed"
    assert verify(long) == []


@pytest.mark.survives(
    "files",
    fault="A recording was sealed before there were checksums of its own.",
    happens="It is read as ever; `verify` says what it cannot see.",
    said=(
        "“it was sealed by an earlier groundup, without checksums of its own; HDF5's fit, which do not tell the "
        "bytes 00 00 from FF FF”"
    ),
    lost="Nothing.",
)
def test_a_recording_of_an_earlier_version_is_sound_and_said_to_be_watched_less_well(long: Path) -> None:
    with h5py.File(long, "r+") as file:
        del file["checksums"], file.attrs["checksums"]
    assert verify(long) == []
    done = CliRunner().invoke(main, ["verify", str(long)])
    assert done.exit_code == 0
    assert "sealed by an earlier groundup, without checksums of its own" in done.output
    analysed(long)
    assert verify(long) == []
    done = CliRunner().invoke(main, ["verify", str(long)])
    assert "its checksums were made when it was analysed" in done.output
    with h5py.File(long, "r+") as file:
        file["streams/a/samples"][5] = -1.0
    assert [p.where for p in verify(long)] == ["/streams/a/samples"]
