"""Any file as a source, with what lab.toml says of it."""

from pathlib import Path

import numpy as np

from groundup.lab.tables import parse_lab
from groundup.sources.open_source import open_source

LAB = """
[import.csv]
delimiter = ";"
decimal = ","
time = "t"

[streams.walk]
channels = { heel = { site = "foot", side = "L" } }
"""


def test_a_played_csv_file_is_read_as_lab_toml_says(tmp_path: Path) -> None:
    """Columns, delimiter and decimal sign of ``[import.csv]``, and the sites of the streams."""
    path = tmp_path / "walk.csv"
    path.write_text("t;heel\n" + "\n".join(f"{n / 100:.2f};{n / 2:.1f}".replace(".", ",") for n in range(50)) + "\n")
    source, lab = open_source(path, parse_lab(LAB))
    (stream,) = source.streams
    assert (stream.spec.channels[0].site, stream.spec.channels[0].side) == ("foot", "L")
    values = np.concatenate([np.asarray(rows) for _, rows in stream.blocks()])
    np.testing.assert_array_equal(values[:, 0], np.arange(50) / 2)
    assert lab is not None
