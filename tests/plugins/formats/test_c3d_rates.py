"""A C3D file says its rates in three places: two that agree are believed, and where none do lab.toml decides."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plugins.formats import made_c3d as made
from tests.plugins.formats.made_c3d import Made

from groundup.plugin import Imported
from groundup_plugins.formats.c3d.plugin import C3DImporter, C3DSettings

NO_ANALOG = {name: None for name in made.described(Made()) if name.startswith(("ANALOG:", "FORCE_PLATFORM:"))}


def read(path: Path, settings: C3DSettings | None = None, **changes: Any) -> Imported:
    return C3DImporter(settings).read(made.write(path / "a.c3d", Made(**changes)))


def rates(imported: Imported) -> dict[str, float]:
    found = {stream.id: stream.spec.rate for stream in imported.streams}
    for stream in imported.streams:
        if found[stream.id]:
            np.testing.assert_allclose(np.diff(stream.timestamps), 1 / found[stream.id], rtol=1e-6)
    return found


def markers_only(header: float, parameter: float, **more: Any) -> dict[str, Any]:
    said = {"POINT:RATE": made.real(parameter), **NO_ANALOG, **more}
    return {"extra": -6, "header": {"analog": 0, "per_frame": 0, "rate": header}, "parameters": said}


@pytest.mark.survives(
    "files",
    fault="ANALOG:RATE is missing or false.",
    happens="It is made of the frames' rate; a line of the ledger.",
    said="“a.c3d has no ANALOG:RATE: 20 samples a frame at 100 Hz are 2000 Hz, …”",
    lost="Nothing.",
)
@pytest.mark.parametrize("said", [None, made.real(0.0), made.real(np.nan), made.real(1000.0), made.real(1999.0)])
def test_a_missing_or_false_analog_rate_is_made_of_the_frames(tmp_path: Path, said: made.Entry | None) -> None:
    imported = read(tmp_path, rate=100.0, per_frame=20, parameters={"ANALOG:RATE": said})
    assert rates(imported)["plate_1"] == pytest.approx(2000.0)
    assert "ANALOG:RATE" in " ".join(imported.notes)


def test_an_analog_rate_rounded_by_hand_stays_on_the_clock_of_the_frames(tmp_path: Path) -> None:
    imported = read(tmp_path, rate=150.001, per_frame=10, parameters={"ANALOG:RATE": made.real(1500.0)})
    found = rates(imported)
    assert found["plate_1"] == pytest.approx(10 * found["mocap"], rel=1e-9)
    assert "1500 Hz" in imported.notes[0]


@pytest.mark.parametrize(
    ("header", "point", "analog"),
    [(100, 250, 1000), (250, 100, 1000), (100, 100, 2500), (0, 100, 1000), (100, 0, 1000)],
)
def test_the_rate_on_which_two_places_agree_is_taken(
    tmp_path: Path, header: float, point: float, analog: float
) -> None:
    said = {"POINT:RATE": made.real(point), "ANALOG:RATE": made.real(analog)}
    imported = read(tmp_path, header={"rate": header}, parameters=said)
    assert rates(imported)["mocap"] == pytest.approx(100.0)
    assert bool(imported.notes) == (0 not in (header, point))


@pytest.mark.survives(
    "files",
    fault="A C3D file names three rates, and no two agree.",
    happens="It is refused until lab.toml says which is right.",
    said="“a.c3d contradicts itself on the rate of its frames (…): … [import.c3d] frame_rate”",
    lost="Nothing: the file stays.",
)
def test_rates_of_which_no_two_agree_are_refused_until_lab_toml_says(tmp_path: Path) -> None:
    said = {"POINT:RATE": made.real(120.0), "ANALOG:RATE": made.real(2000.0)}
    with pytest.raises(ValueError, match=r"a\.c3d contradicts itself on the rate.*\[import\.c3d\] frame_rate"):
        read(tmp_path, header={"rate": 100.0}, parameters=said)
    imported = read(tmp_path, C3DSettings(frame_rate=120.0), header={"rate": 100.0}, parameters=said)
    assert rates(imported) == {"plate_1": 1200.0, "emg": 1200.0, "mocap": 120.0}


def test_header_against_point_rate_without_analog_is_refused_unless_one_is_a_rounded_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="contradicts itself on the rate"):
        read(tmp_path, **markers_only(100.0, 120.0))
    with pytest.raises(ValueError, match="names no rate"):
        read(tmp_path, **markers_only(0.0, 0.0))
    imported = read(tmp_path, **markers_only(60.0, 59.94))
    assert rates(imported)["mocap"] == pytest.approx(59.94)
    assert "rounded" in imported.notes[0]
    confirmed = read(tmp_path, **markers_only(100.0, 120.0, **{"TRIAL:CAMERA_RATE": made.real(120.0)}))
    assert rates(confirmed)["mocap"] == pytest.approx(120.0)


def test_time_begins_at_the_first_frame_however_late(tmp_path: Path) -> None:
    start = {"TRIAL:ACTUAL_START_FIELD": made.ints([70001 % 65536, 1]), "TRIAL:ACTUAL_END_FIELD": made.ints([4524, 1])}
    for first in (70001 % 65536, 65535):
        imported = read(tmp_path, first=70001, header={"first": first, "last": (first + 59) % 65536}, parameters=start)
        assert imported.streams[0].timestamps[0] == pytest.approx(700.0)
    doubtful = read(tmp_path, parameters={"TRIAL:ACTUAL_START_FIELD": made.ints([11, 0])})
    assert "by TRIAL:ACTUAL_START_FIELD" in doubtful.notes[0]
