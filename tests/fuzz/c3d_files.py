"""C3D files with damaged headers, parameters and lengths: read, or refused with a sentence."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import ezc3d
import numpy as np

from groundup_plugins.formats.c3d import C3DImporter
from tests.fuzz.mutations import Rng, mutated, refused

_HEADER_BYTES = 512 * 6


def try_c3d(rng: Rng, folder: Path) -> str:
    """A walk on two plates, damaged mostly where the file says what it holds."""
    path = folder / "x.c3d"
    path.write_bytes(mutated(rng, _sound(), 4, _HEADER_BYTES if rng.random() < 0.8 else None))
    try:
        imported = C3DImporter().read(path)
    except ValueError as error:
        return refused(error)
    for stream in imported.streams:
        assert len(stream.timestamps) == len(stream.samples)
    return "read"


@cache
def _sound() -> bytes:
    file = ezc3d.c3d()
    frames, plates = 20, 2
    labels = [f"F{axis}{plate}" for plate in (1, 2) for axis in ("x", "y", "z", "mx", "my", "mz")]
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = ("LHEE", "RHEE")
    file["data"]["points"] = np.ones((4, 2, frames))
    file["parameters"]["ANALOG"]["RATE"]["value"] = [1000.0]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = labels
    file["parameters"]["ANALOG"]["UNITS"]["value"] = ["N", "N", "N", "Nmm", "Nmm", "Nmm"] * plates
    file["data"]["analogs"] = np.arange(12.0)[None, :, None] + np.arange(frames * 10.0)[None, None, :]
    corners = np.array([[300.0, 200, 0], [-300, 200, 0], [-300, -200, 0], [300, -200, 0]]).T
    for name, value in (
        ("USED", [plates]), ("TYPE", [2, 2]), ("CORNERS", np.repeat(corners[:, :, None], plates, axis=2)),
        ("ORIGIN", np.repeat([[0.0], [0.0], [-40.0]], plates, axis=1)),
        ("CHANNEL", np.arange(1.0, 13.0).reshape(plates, 6).T),
    ):  # fmt: skip
        file.add_parameter("FORCE_PLATFORM", name, value)
    with TemporaryDirectory() as folder:
        file.write(f"{folder}/x.c3d")
        return Path(f"{folder}/x.c3d").read_bytes()
