"""What groundup wrote for OpenSim and as BDF+ comes back by its own importers, gaps and places included."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.plugins.formats import made_lab
from tests.plugins.formats.test_vendor_tables import streams
from tests.plugins.formats.vendor_files import TEXTS
from tests.plugins.real_files import signal_of

from groundup.plugin import ImportedStream
from groundup.sources.importers import read_file
from groundup.workflows.analyze import analyze
from groundup.workflows.export import export_recording
from groundup_plugins.formats.vendors.settings import OpenSimSettings
from groundup_plugins.processors.force_plate import ForcePlate, ForcePlateSettings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "files-of-vendors.md"


def values(stream: ImportedStream) -> np.ndarray:
    return np.asarray(stream.samples, np.float64)


@pytest.mark.rig
def test_forces_and_markers_for_opensim_come_back_into_the_same_lab(tmp_path: Path) -> None:
    made = made_lab.lab()
    path = made_lab.recording(tmp_path / "x.h5", made)
    analyze(path, ["stance_time"])
    folder, _ = export_recording(path, "opensim")
    plate = streams(read_file(folder / "forces.mot"))["plate_1"]
    back = ForcePlate(ForcePlateSettings()).whole(signal_of(plate)).signals[0].samples
    straight = ForcePlate(ForcePlateSettings()).whole(signal_of(streams(made)["plate_left"])).signals[0].samples
    np.testing.assert_allclose(back, straight, atol=1e-5)


def test_markers_for_opensim_come_back(tmp_path: Path) -> None:
    made = made_lab.lab()
    folder, _ = export_recording(made_lab.recording(tmp_path / "x.h5", made), "opensim")
    text = (folder / "markers_mocap.trc").read_bytes()
    assert b"nan" in text
    from groundup_plugins.formats.opensim.reading import read_trc

    (mocap,) = read_trc(folder / "markers_mocap.trc", "", "y").streams
    np.testing.assert_allclose(1000 * values(mocap), values(streams(made)["mocap"]), atol=1e-3)
    np.testing.assert_allclose(mocap.timestamps + made_lab.START, streams(made)["mocap"].timestamps, atol=1e-8)


@pytest.mark.rig
def test_bdf_comes_back_with_its_streams_places_contacts_and_gaps(tmp_path: Path) -> None:
    pytest.importorskip("edfio")
    made = made_lab.lab()
    out, _ = export_recording(made_lab.recording(tmp_path / "x.h5", made), "bdf")
    found, truth = streams(read_file(out)), streams(made)
    for key in ("plate_left", "emg", "imu", "mocap"):
        expected = values(truth[key])
        got = values(found[key])[: len(expected)]
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        np.testing.assert_allclose(got, expected, atol=np.nanmax(np.abs(expected)) * 1e-6)
    assert [(c.site, c.side) for c in found["emg"].spec.channels] == [("soleus", "L"), ("", "")]
    contacts = [json.loads(row[0]) for row in found["events"].samples]
    kinds = [(e["kind"], e["side"], e["text"]) for e in contacts]
    assert kinds == [("IC", "L", ""), ("FO", "L", ""), ("IC", "R", ""), ("FO", "R", ""), ("marker", "", "Türe zu")]
    times = [event.time - made_lab.START for event in made_lab.EVENTS]
    np.testing.assert_allclose([e["time"] for e in contacts], times, atol=1e-6)


def test_the_page_has_every_importer_with_what_it_was_held_against_and_every_key() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", text, re.MULTILINE))
    assert set(TEXTS) | {"apdm", "edf", "otb"} <= set(rows)
    assert all(len(proof) > 20 for name, proof in rows.items() if name in TEXTS)
    assert [key for key in OpenSimSettings.__struct_fields__ if f"`{key}`" not in text] == []
