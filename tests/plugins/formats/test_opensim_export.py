"""A recording becomes what OpenSim reads: y up, metres, forces upon the person where they act."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Floats, Imported
from groundup.workflows.analyze import analyze
from groundup.workflows.export import ExportError, export_recording


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab())
    analyze(path, ["stance_time"])
    return export_recording(path, "opensim")[0]


def table(path: Path) -> tuple[list[str], Floats]:
    lines = path.read_text(encoding="utf-8").split("endheader\n")[1].splitlines()
    return lines[0].split("\t"), np.array([[float(cell) for cell in line.split("\t")] for line in lines[1:]])


@pytest.mark.rig
def test_forces_are_those_upon_the_person_turned_to_y_up(folder: Path) -> None:
    names, rows = table(folder / "forces.mot")
    assert names[:4] == ["time", "ground_force_1_vx", "ground_force_1_vy", "ground_force_1_vz"]
    t = made_lab.times(1000.0)
    fx, fy, fz = made_lab.forces(t)[:, :3].T  # upon the plate, in its axes: x as the lab's, y and z against it
    np.testing.assert_allclose(rows[:, 0], t - made_lab.START, atol=1e-6)
    np.testing.assert_allclose(rows[:, 1:4], np.column_stack([-fx, fz, -fy]), atol=1e-4)
    x, y = made_lab.centre_in_lab(t).T
    np.testing.assert_allclose(rows[:, 4:7], np.column_stack([x, 0 * x, -y]), atol=1e-6)
    np.testing.assert_allclose(rows[:, 7:10], np.tile([0.0, 2.0, 0.0], (len(t), 1)), atol=1e-5)


@pytest.mark.rig
def test_opensim_loads_forces_markers_and_loads(folder: Path, opensim: Any) -> None:
    storage = opensim.Storage(str(folder / "forces.mot"))
    assert storage.getSize() == 4000
    markers = opensim.TimeSeriesTableVec3(str(folder / "markers_mocap.trc"))
    assert list(markers.getColumnLabels()) == ["LHEE", "RHEE"]
    frames = made_lab.times(100.0)
    x, y, z = (np.sin(frames + k) for k in range(3))
    row = markers.getRowAtIndex(150)[0]
    np.testing.assert_allclose([row[0], row[1], row[2]], [x[150], z[150], -y[150]], atol=1e-6)
    assert np.isnan(markers.getRowAtIndex(25)[1][0])
    loads = opensim.ExternalLoads(str(folder / "external_loads.xml"), True)
    assert loads.getSize() == 1
    assert loads.get(0).get_point_identifier() == "ground_force_1_p"


def test_without_forces_and_markers_there_is_a_sentence(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", Imported((made_lab.analog("a", 100.0, np.ones((50, 1))),)))
    with pytest.raises(ExportError, match="no markers and no ground reaction forces"):
        export_recording(path, "opensim")
    assert [one.name for one in tmp_path.iterdir()] == ["x.h5"]


def test_what_is_not_analysed_says_so(tmp_path: Path) -> None:
    path = made_lab.recording(tmp_path / "x.h5", made_lab.lab())
    out, left_out = export_recording(path, "opensim")
    assert [one.name for one in out.iterdir()] == ["markers_mocap.trc"]
    assert any("forces of plate_left are not in the folder: run `groundup analyze` first" in text for text in left_out)
