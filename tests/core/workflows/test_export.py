"""An export appears whole under a name that nobody had, or not at all."""

from pathlib import Path

import pytest

from groundup.testing.recordings import awkward_recording
from groundup.workflows.export import export_recording


@pytest.mark.parametrize("name", ["xdf", "csv"])  # a file, and a folder
def test_a_name_that_is_taken_meanwhile_stays_with_who_took_it(tmp_path: Path, name: str) -> None:
    path, out = awkward_recording(tmp_path), tmp_path / "out"

    def somebody_else(share: float) -> None:
        if not out.exists() and name == "xdf":
            out.write_text("precious")
        elif not out.exists():
            out.mkdir()
            (out / "note").write_text("precious")

    with pytest.raises(FileExistsError, match="out appeared while it was being written and is not overwritten"):
        export_recording(path, name, out, somebody_else)
    assert (out if name == "xdf" else out / "note").read_text() == "precious"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["awkward.h5", "out"]
