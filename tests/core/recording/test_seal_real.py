"""Real files and the real clock: what is sealed is what the importer read."""

from pathlib import Path

import numpy as np
import pytest
from made import source

import groundup
from groundup.recording import seal as sealing
from groundup.recording.verify import verify
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import import_file

FILES = (
    "walk_overground_c3d/HC002D06.c3d",
    "walk_two_plates_emg_c3d/Gait.c3d",
    "xdf/minimal.xdf",
)


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_is_sealed_to_the_bit(shared: Path, tmp_path: Path, name: str) -> None:
    if not (shared / name).is_file():
        pytest.skip(f"{name} is not on this machine")
    imported = import_file(shared / name)
    made = source_from_import(imported)
    sealing.seal(made, tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5", made) == []
    with groundup.open(tmp_path / "x.h5") as recording:
        assert list(recording.streams) == [s.id for s in imported.streams]
        for stream in imported.streams:
            back = recording.streams[stream.id]
            np.testing.assert_array_equal(back.timestamps, stream.timestamps)
            if stream.spec.format == "string":
                assert back.values() == [[v.encode() for v in row] for row in stream.samples]  # type: ignore[union-attr]
            else:
                np.testing.assert_array_equal(back.samples[...], stream.samples)
            assert back.spec.plate == stream.spec.plate


@pytest.mark.rig
def test_streams_of_every_kind_pass_the_real_clock(tmp_path: Path) -> None:
    made = source()
    sealing.seal(made, tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5", made) == []
