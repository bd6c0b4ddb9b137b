"""A damaged recording is noticed, and the damage is named."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from made import everything, flip, source, stream
from tests.fuzz.recordings import content

from groundup.model.source import SourceStream
from groundup.recording import seal as sealing
from groundup.recording.verify import verify


def test_a_sound_recording_has_no_problems(sealed: Path) -> None:
    assert verify(sealed) == []
    assert verify(sealed, source()) == []


@pytest.mark.parametrize(
    "dataset",
    [
        "/streams/s_int16/samples",
        "/streams/texts/samples",
        "/streams/plate/timestamps",
        "/streams/plate/channels",
        "/streams/plate/header",
        "/sync/plate/time",
        "/lab/lab_toml",
        "/ledger",
    ],
)
def test_one_flipped_bit_is_found_and_named(sealed: Path, dataset: str) -> None:
    flip(sealed, dataset)
    problems = verify(sealed)
    assert [p.where for p in problems] == [dataset]
    assert "damaged" in problems[0].message


def test_a_flipped_bit_in_an_attribute_is_found(sealed: Path) -> None:
    raw = bytearray(sealed.read_bytes())
    raw[raw.index(b"2025-03-01T12:00:00Z")] ^= 1
    sealed.write_bytes(raw)
    assert verify(sealed) != []


@pytest.mark.survives(
    "files",
    fault="A recording is cut short.",
    happens="It is refused.",
    said="one sentence with the file's name",
    lost="What was cut off.",
)
@pytest.mark.parametrize("keep", [0, 1, 100, 5_000, 100_000])
def test_a_truncated_file_is_one_sentence(sealed: Path, keep: int) -> None:
    sealed.write_bytes(sealed.read_bytes()[:keep])
    (problem,) = verify(sealed)
    assert "x.h5" in problem.message


@pytest.mark.rig
@pytest.mark.survives(
    "files",
    fault="Bytes anywhere in a recording are damaged.",
    happens="`verify` finds it, or everything still reads as it was.",
    said="“x.h5 is not sound: …”",
    lost="What is damaged.",
)
def test_damage_anywhere_is_found_or_was_in_unused_bytes(tmp_path: Path, made_clock: None) -> None:
    path = tmp_path / "x.h5"
    sealing.seal(source([stream("a", np.ones((9000, 9))), stream("t", [[b"x"]], fmt="string", rate=0.0)]), path)
    sound, before = path.read_bytes(), content(path)
    rng = np.random.default_rng(3)
    # The first kilobytes hold the structure.
    for place in [*rng.integers(0, 30_000, 60), *rng.integers(0, len(sound), 10)]:
        raw = bytearray(sound)
        raw[place] ^= 1 << rng.integers(8)
        path.write_bytes(raw)
        assert verify(path) or content(path) == before


def test_a_chunk_that_the_index_lost_is_found(tmp_path: Path, made_clock: None) -> None:
    path = tmp_path / "x.h5"
    sealing.seal(source([stream("a", np.ones((90_000, 3)))]), path)
    with h5py.File(path, "r+") as file:
        samples = file["streams/a/samples"]
        chunks = samples.chunks
        del file["streams/a/samples"]
        hole = file["streams/a"].create_dataset(
            "samples", (90_000, 3), "<f8", chunks=chunks, fletcher32=True, maxshape=(None, 3)
        )
        hole[: chunks[0]] = 1.0
    assert [p.where for p in verify(path)] == ["/streams/a/samples"]


@pytest.mark.rig
@pytest.mark.parametrize(("chunks", "compression"), [((1000, 3), "gzip"), ((700, 2), "gzip"), ((700, 2), None)])
def test_a_recording_that_was_packed_for_the_archive_is_verified_as_any(
    tmp_path: Path, made_clock: None, chunks: tuple[int, int], compression: str | None
) -> None:
    path = tmp_path / "x.h5"
    values = np.arange(30_000.0).reshape(10_000, 3)
    sealing.seal(source([stream("a", values)]), path)
    for packed in (values, values + (values == 20_000.0)):
        with h5py.File(path, "r+") as file:
            del file["streams/a/samples"]
            file["streams/a"].create_dataset(
                "samples", data=packed, chunks=chunks, compression=compression, fletcher32=True
            )
        expected = [] if packed is values else ["/streams/a/samples"]
        assert [p.where for p in verify(path)] == expected
        assert [p.where for p in verify(path, source([stream("a", values)]))] == expected


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/streams/plate/probes", "/streams/plate/probes"),
        ("/streams/plate/channels", "/streams/plate/channels"),
        ("/sync/plate", "/sync/plate"),
        ("/sync/plate/uncertainty", "/sync/plate/uncertainty"),
        ("/lab/body_map", "/lab/body_map"),
        ("/ledger", "/ledger"),
        ("/streams", "/streams"),
    ],
)
def test_what_is_missing_is_named(sealed: Path, path: str, where: str) -> None:
    with h5py.File(sealed, "r+") as file:
        del file[path]
    assert where in [p.where for p in verify(sealed)]


def test_a_dataset_of_the_wrong_length_or_type_is_named(sealed: Path) -> None:
    with h5py.File(sealed, "r+") as file:
        for name, values in (("time", np.zeros(3)), ("uncertainty", np.zeros(40, np.float32))):
            del file["sync/plate"][name]
            file["sync/plate"].create_dataset(name, data=values, chunks=True, fletcher32=True)
        del file["streams/plate/header"]
        file["streams/plate"]["header"] = "without checksum"
    found = {p.where for p in verify(sealed)}
    assert {"/sync/plate/time", "/sync/plate/uncertainty", "/streams/plate/header"} <= found


def test_times_that_are_no_numbers_are_named(sealed: Path) -> None:
    with h5py.File(sealed, "r+") as file:
        file["sync/plate/time"][3] = np.nan
    assert "/sync/plate/time" in [p.where for p in verify(sealed)]


def test_a_recording_of_another_journal_is_told_apart(sealed: Path, made_clock: None, tmp_path: Path) -> None:
    mine = everything()
    others = [
        ([*mine[1:]], "/streams/s_float32"),
        ([stream("s_float32", np.zeros((50, 3), np.float32), fmt="float32"), *mine[1:]], "/streams/s_float32/samples"),
        ([*mine, stream("more", np.zeros((3, 1)))], "/streams/more"),
    ]
    for streams, where in others:
        assert where in [p.where for p in verify(sealed, source(streams))]
    a = mine[0]
    probes = a.probes.copy()
    probes["offset"][0] += 1e-12
    changed = SourceStream(a.id, a.spec, a.header + " ", a.count, a.blocks, probes)
    assert {"/streams/s_float32/header", "/streams/s_float32/probes"} == {
        p.where for p in verify(sealed, source([changed, *mine[1:]]))
    }


def test_the_last_sample_of_a_journal_counts(tmp_path: Path, made_clock: None) -> None:
    values = np.arange(300.0).reshape(100, 3)
    sealing.seal(source([stream("a", values)]), tmp_path / "x.h5")
    changed = values.copy()
    changed[-1, -1] += 1e-9
    assert [p.where for p in verify(tmp_path / "x.h5", source([stream("a", changed)]))] == ["/streams/a/samples"]
    late = stream("a", values, stamps=np.append(5.0 + np.arange(99) / 100.0, 99.0))
    assert [p.where for p in verify(tmp_path / "x.h5", source([late]))] == ["/streams/a/timestamps"]


def test_what_somebody_added_is_no_damage_whatever_it_holds(sealed: Path) -> None:
    with h5py.File(sealed, "a") as file:
        file.create_dataset("mine", (4,), np.dtype(("<f8", (3,))), chunks=(2,), fletcher32=True)[:] = np.ones((4, 3))
    assert verify(sealed) == []


@pytest.mark.parametrize("with_journal", [False, True])
def test_the_share_that_is_told_only_grows_and_ends_at_one(sealed: Path, with_journal: bool) -> None:
    shares: list[float] = []
    assert verify(sealed, source() if with_journal else None, shares.append) == []
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
