"""C3D files of every kind are read as they were meant, and where a file says two things, not one is believed alone."""

import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import DEC, INTEL, MIPS, Made

from groundup.plugin import Imported
from groundup_plugins.formats.c3d.plugin import C3DImporter

# NTSC and PAL video, film, optical systems; what their analog boards do in a frame.
RATES = (23.976, 24, 25, 29.97, 50, 59.94, 60, 99.5, 100, 119.88, 120, 150.001, 200, 239.76)
RATIOS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 24, 30, 40)


def analog_of(imported: Imported) -> np.ndarray:
    streams = {stream.id: np.asarray(stream.samples) for stream in imported.streams}
    return np.hstack([streams[key] for key in ("plate_1", "emg") if key in streams])


def points_of(imported: Imported) -> np.ndarray:
    streams = {stream.id: np.asarray(stream.samples) for stream in imported.streams}
    return streams["mocap"].reshape(len(streams["mocap"]), -1, 3)


def read(path: Path, file: Made) -> Imported:
    return C3DImporter().read(made.write(path / "a.c3d", file))


def assert_true(imported: Imported, file: Made) -> None:
    np.testing.assert_allclose(analog_of(imported), file.true_analog(), atol=1e-3)
    np.testing.assert_allclose(points_of(imported), file.true_points(), atol=1e-3)
    rates = {stream.id: stream.spec.rate for stream in imported.streams}
    assert rates["mocap"] == pytest.approx(file.rate, rel=1e-6)
    assert rates["plate_1"] == pytest.approx(file.rate * file.per_frame, rel=1e-6)


@pytest.mark.rig
@pytest.mark.survives(
    "files",
    fault="A C3D file has a frame rate that is no whole number.",
    happens="Every sample is read where it stands.",
    said="nothing: nothing is wrong",
    lost="Nothing.",
)
@pytest.mark.parametrize("rate", RATES)
def test_every_frame_rate_and_ratio_is_read_to_the_sample(tmp_path: Path, rate: float) -> None:
    for ratio in RATIOS:
        file = Made(rate=rate, per_frame=ratio, frames=12)
        imported = read(tmp_path, file)
        assert_true(imported, file)
        told = [n for n in imported.notes if "FORCE_PLATFORM:ZERO" not in n and "are not kept" not in n]
        assert (told, imported.faults) == ([], ())


@pytest.mark.parametrize(
    ("processor", "integers", "unsigned"),
    [(p, i, u) for p, i, u in product((INTEL, DEC, MIPS), (False, True), (False, True)) if i or not u],
)
def test_every_computer_and_number_is_read(tmp_path: Path, processor: int, integers: bool, unsigned: bool) -> None:
    file = Made(processor=processor, integers=integers, unsigned=unsigned)
    imported = read(tmp_path, file)
    assert_true(imported, file)
    assert (imported.notes, imported.faults) == ((), ())


@pytest.mark.parametrize("processor", [INTEL, DEC, MIPS])
@pytest.mark.parametrize("integers", [False, True])
def test_the_peer_c3d_reads_the_same(tmp_path: Path, processor: int, integers: bool) -> None:
    peer = pytest.importorskip("c3d", reason="the peer c3d is not installed")
    path = made.write(tmp_path / "a.c3d", Made(processor=processor, integers=integers))
    imported = C3DImporter().read(path)
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = list(peer.Reader(file).read_frames())
    np.testing.assert_allclose(analog_of(imported), np.vstack([analog.T for _, _, analog in frames]), atol=1e-3)
    np.testing.assert_allclose(points_of(imported), np.array([points[:, :3] for _, points, _ in frames]), atol=1e-3)


def test_real_files_are_read_as_the_peer_ezc3d_reads_them(shared: Path) -> None:
    peer = pytest.importorskip("ezc3d", reason="the peer ezc3d is not installed")
    files = sorted(shared.rglob("*.c3d"))
    assert len(files) >= 9
    for path in files:
        data = peer.c3d(str(path))["data"]
        imported = C3DImporter().read(path)
        told = [n for n in imported.notes if "FORCE_PLATFORM:ZERO" not in n and "are not kept" not in n]
        assert (told, imported.faults) == ([], ())
        analog = analog_of(imported)
        named = [c.label for s in imported.streams if s.id in ("plate_1", "plate_2", "emg") for c in s.spec.channels]
        assert len(set(named)) == len(named)
        np.testing.assert_array_equal(analog[:, :6], data["analogs"][0, :6].T)
        mocap = [s for s in imported.streams if s.id == "mocap"]
        if mocap:
            first = np.asarray(mocap[0].samples)[:, :3]
            seen = np.isfinite(first).all(axis=1)
            np.testing.assert_array_equal(first[seen], data["points"][:3, 0].T[seen])


@pytest.mark.survives(
    "files",
    fault="One word of a C3D header contradicts the parameters and the size of the data.",
    happens="Those that agree are believed; a line of the ledger.",
    said="“a.c3d contradicts itself (…): …”",
    lost="Nothing.",
)
def test_a_false_word_of_the_header_is_outvoted_and_said(tmp_path: Path) -> None:
    file = Made(frames=100)
    for name, value in (("points", 3), ("analog", 71), ("per_frame", 7), ("data_block", 5), ("last", 90), ("rate", 20)):
        imported = read(tmp_path, file.with_(header={name: value}))
        assert_true(imported, file)
        assert len(imported.notes) + len(imported.faults) == 1, name


def test_a_false_scale_of_the_header_does_not_turn_real_numbers_into_integers(tmp_path: Path) -> None:
    for integers in (False, True):
        file = Made(integers=integers)
        imported = read(tmp_path, file.with_(header={"scale": -0.1 if integers else 1.0}))
        assert_true(imported, file)
        assert "scale" in imported.faults[0]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("POINT:USED", made.number(5)),
        ("POINT:USED", made.number(0)),
        ("POINT:FRAMES", made.number(61)),
        ("POINT:DATA_START", made.number(5)),
        ("ANALOG:USED", made.number(14)),
        ("ANALOG:USED", made.number(0)),
    ],
)
def test_a_false_count_among_the_parameters_is_outvoted_and_said(tmp_path: Path, name: str, entry: made.Entry) -> None:
    file = Made(frames=100)
    imported = read(tmp_path, file.with_(parameters={name: entry}))
    assert_true(imported, file)
    assert len(imported.notes) + len(imported.faults) == 1


@pytest.mark.survives(
    "files",
    fault="A C3D file says two things, and its size fits both.",
    happens="It is refused.",
    said="“a.c3d contradicts itself, and its size does not tell which is right: …. Export it again …”",
    lost="Nothing: the file stays.",
)
def test_what_no_size_can_decide_is_refused(tmp_path: Path) -> None:
    """Seven channels of ten samples are as many numbers as ten of seven."""
    with pytest.raises(ValueError, match=r"a\.c3d contradicts itself.*ANALOG:USED is 10.*Export it again"):
        read(tmp_path, Made(parameters={"ANALOG:USED": made.number(10), "ANALOG:RATE": None}))
    path = tmp_path / "a.c3d"
    path.write_bytes(made.as_bytes(Made(header={"points": 3}))[:-4000])
    with pytest.raises(ValueError, match=r"contradicts itself.*points: the header says 3, POINT:USED 2"):
        C3DImporter().read(path)


def test_a_file_that_goes_on_after_its_frames_says_so(tmp_path: Path) -> None:
    file = Made()
    path = tmp_path / "a.c3d"
    path.write_bytes(made.as_bytes(file) + bytes(5000))
    imported = C3DImporter().read(path)
    assert_true(imported, file)
    assert "goes on for" in imported.notes[0]
    path.write_bytes(made.as_bytes(file) + bytes(range(250)) * 20)
    assert "goes on for" in C3DImporter().read(path).faults[0]


@pytest.mark.parametrize("false", [19, 21])
def test_samples_a_frame_that_a_header_rounds_down_are_told_by_rates_and_size(tmp_path: Path, false: int) -> None:
    file = Made(rate=150.001, per_frame=20, frames=100)
    imported = read(tmp_path, file.with_(header={"per_frame": false, "analog": false * file.channels}))
    assert_true(imported, file)
    assert f"{false} analog samples a frame, its rates of 20" in imported.faults[0]


@pytest.mark.parametrize("integers", [False, True])
def test_of_a_file_cut_short_the_whole_frames_are_read_and_a_fault_says_so(tmp_path: Path, integers: bool) -> None:
    file = Made(integers=integers)
    path = tmp_path / "a.c3d"
    whole = made.as_bytes(file)
    path.write_bytes(whole[: len(whole) - 3000])
    imported = C3DImporter().read(path)
    count = len(points_of(imported))
    assert_true(imported, file.with_(frames=count))
    assert f"{count} of its 60 frames" in imported.faults[0]


LONG = {"points": 1, "per_frame": 1, "extra": 0}


@pytest.mark.parametrize(
    ("parameters", "header"),
    [
        ({"POINT:LONG_FRAMES": made.real(70000.0)}, {}),
        ({"POINT:FRAMES": made.real(70000.0)}, {}),
        ({"POINT:FRAMES": made.number(-1), "POINT:LONG_FRAMES": made.real(70000.0)}, {}),
        (
            {"POINT:FRAMES": made.number(70000 % 65536), "POINT:LONG_FRAMES": made.real(70000.0)},
            {"last": 70000 % 65536},
        ),
        (
            {"TRIAL:ACTUAL_START_FIELD": made.ints([1, 0]), "TRIAL:ACTUAL_END_FIELD": made.ints([70000 % 65536, 1])},
            {},
        ),
        (
            {"TRIAL:ACTUAL_START_FIELD": made.ints([1, 0]), "TRIAL:ACTUAL_END_FIELD": made.ints([4464, 1])},
            {"last": 4464},
        ),
    ],
)
def test_more_than_65535_frames_are_all_read(tmp_path: Path, parameters: dict, header: dict) -> None:
    file = Made(frames=70000, parameters=parameters, header=header, **LONG)
    imported = read(tmp_path, file)
    assert_true(imported, file)
    assert (imported.notes, imported.faults) == ((), ())


@pytest.mark.parametrize("padded", [True, False])
def test_more_frames_than_any_count_can_tell_are_read_by_the_size_of_the_file(tmp_path: Path, padded: bool) -> None:
    file = Made(frames=70000, padded=padded, **LONG)
    imported = read(tmp_path, file)
    assert_true(imported, file)
    assert "more frames than its counts can tell: the 70000" in imported.notes[0]


def test_32768_to_65535_frames_are_counted_without_a_sign(tmp_path: Path) -> None:
    file = Made(frames=40000, **LONG)
    imported = read(tmp_path, file)
    assert_true(imported, file)
    assert (imported.notes, imported.faults) == ((), ())


def test_counts_of_frames_that_nothing_confirms_are_a_fault(tmp_path: Path) -> None:
    imported = read(tmp_path, Made(header={"last": 40}, parameters={"POINT:FRAMES": made.number(30)}))
    assert len(points_of(imported)) == 40
    assert "contradicts itself on how many frames" in imported.faults[0]


def test_points_and_analog_stand_alone(tmp_path: Path) -> None:
    analog = Made(points=0, parameters={"POINT:LABELS": None, "POINT:UNITS": None})
    imported = read(tmp_path, analog)
    assert [s.id for s in imported.streams] == ["plate_1", "emg"]
    np.testing.assert_allclose(analog_of(imported), analog.true_analog(), atol=1e-3)
    empty = {"analog": 0, "per_frame": 0}
    for used in (made.number(0), None):
        path = tmp_path / "b.c3d"
        lone = Made(extra=-6, header=empty, parameters={"ANALOG:USED": used})
        raw = made.as_bytes(lone.with_(parameters={**lone.parameters, **dict.fromkeys(_ANALOG)}))
        path.write_bytes(raw)
        imported = C3DImporter().read(path)
        assert [s.id for s in imported.streams] == ["mocap"]
        np.testing.assert_allclose(points_of(imported), lone.true_points())


_ANALOG = [name for name in made.described(Made()) if name.startswith(("ANALOG:", "FORCE_PLATFORM:"))]


def test_labels_scales_and_offsets_of_more_than_255_channels_go_on(tmp_path: Path) -> None:
    file = Made(per_frame=1, frames=10, extra=294, integers=True)
    names = [*made.PLATE, *(f"EMG {n + 1}" for n in range(294))]
    scales = np.full(300, 0.25)
    two = {
        "LABELS": made.text(*names[:255]), "LABELS2": made.text(*names[255:]),
        "UNITS": made.text(*["N"] * 6, *["V"] * 249), "UNITS2": made.text(*["V"] * 45),
        "SCALE": made.reals(scales[:255]), "SCALE2": made.reals(scales[255:]),
        "OFFSET": made.ints([0] * 255), "OFFSET2": made.ints([0] * 45),
    }  # fmt: skip
    imported = read(tmp_path, file.with_(parameters={f"ANALOG:{name}": entry for name, entry in two.items()}))
    assert_true(imported, file)
    labels = [c.label for s in imported.streams if s.id in ("plate_1", "emg") for c in s.spec.channels]
    assert labels == names
    assert (imported.notes, imported.faults) == ((), ())


@pytest.mark.parametrize(
    ("rate", "ratio", "frames"), [(59.94, 20, 64), (29.97, 40, 64), (150.001, 20, 64), (100, 16, 64), (100, 1, 70000)]
)
def test_what_the_peer_ezc3d_writes_is_read_as_it_was_given(
    tmp_path: Path, rate: float, ratio: int, frames: int
) -> None:
    """Also where it cannot read it itself; of more than 65535 frames it writes no count that says how many."""
    peer = pytest.importorskip("ezc3d", reason="the peer ezc3d is not installed")
    file = peer.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [rate]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = ("HEEL",)
    points = np.ones((4, 1, frames))
    points[0] = np.arange(frames) % 1000
    file["data"]["points"] = points
    file["parameters"]["ANALOG"]["RATE"]["value"] = [rate * ratio]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = ("a", "b")
    file["parameters"]["ANALOG"]["UNITS"]["value"] = ("N", "N")
    analog = np.vstack([np.arange(frames * ratio) % 500, -(np.arange(frames * ratio) % 700)]).astype(float)
    file["data"]["analogs"] = analog[None]
    path = tmp_path / "a.c3d"
    file.write(str(path))
    imported = C3DImporter().read(path)
    streams = {stream.id: np.asarray(stream.samples) for stream in imported.streams}
    np.testing.assert_array_equal(streams["analog"], analog.T)
    np.testing.assert_array_equal(streams["mocap"][:, 0], points[0, 0])
    assert imported.faults == ()
    assert all("more frames than its counts can tell" in note for note in imported.notes)
