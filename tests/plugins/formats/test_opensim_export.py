"""A recording becomes what OpenSim reads: y up, metres, forces upon the person where they act."""

import re
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


@pytest.mark.rig
def test_inverse_dynamics_of_opensim_balance_our_forces(folder: Path, opensim: Any) -> None:
    """One body that stands still at the origin: its joint carries what the plate does not, about the origin."""
    mass, seconds = 60.0, (1.0, 2.0)
    model = opensim.Model()
    body = opensim.Body("calcn_l", mass, opensim.Vec3(0), opensim.Inertia(1, 1, 1))
    joint = opensim.FreeJoint("root", model.getGround(), body)
    model.addBody(body)
    model.addJoint(joint)
    model.finalizeConnections()
    model.printToXML(str(folder / "one.osim"))
    names = [joint.get_coordinates(k).getName() for k in range(6)]
    rows = "".join("\t".join([f"{k / 100:.2f}", *["0"] * 6]) + "\n" for k in range(301))
    head = "still\nversion=1\nnRows=301\nnColumns=7\ninDegrees=no\nendheader\n"
    (folder / "still.mot").write_text(head + "\t".join(["time", *names]) + "\n" + rows)
    loads = (folder / "external_loads.xml").read_text()
    applied = re.sub(r"<applied_to_body>.*?</applied_to_body>", "<applied_to_body>calcn_l</applied_to_body>", loads)
    (folder / "loads.xml").write_text(applied)
    tool = opensim.InverseDynamicsTool()
    tool.setModelFileName(str(folder / "one.osim"))
    tool.setCoordinatesFileName(str(folder / "still.mot"))
    tool.setExternalLoadsFileName(str(folder / "loads.xml"))
    tool.setStartTime(seconds[0])
    tool.setEndTime(seconds[1])
    tool.setResultsDir(str(folder))
    tool.setOutputGenForceFileName("id.sto")
    assert tool.run()
    labels, found = table(folder / "id.sto")
    time = found[:, 0] + made_lab.START
    x, y, z = made_lab.forces(time)[:, :3].T  # upon the plate, in its axes; upon the person, y up, as in the test above
    force = np.column_stack([-x, z, -y])
    east, north = made_lab.centre_in_lab(time).T
    moment = np.cross(np.column_stack([east, 0 * east, -north]), force)
    moment[:, 1] += 2.0  # the free one
    weight = np.array([0.0, mass * 9.80665, 0.0])
    got = found[:, [labels.index(f"{name}_{'moment' if k < 3 else 'force'}") for k, name in enumerate(names)]]
    np.testing.assert_allclose(got[:, 3:], weight - force, atol=0.05)
    np.testing.assert_allclose(got[:, :3], -moment, atol=0.05)


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
