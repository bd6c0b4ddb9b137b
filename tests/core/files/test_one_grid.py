"""Rows of a grid are the samples that lie there, and nothing where none does."""

from pathlib import Path

import numpy as np
import pytest

from groundup.one_grid import Grid, on_grid
from groundup.plugin import Channel, Imported, ImportedStream, StreamSpec
from groundup.recording import Recording
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import

LONG, RATE = 9000, 100.0  # more than two blocks


@pytest.mark.parametrize("lost", [0, 3])  # without a gap the rows are read one after the other
@pytest.mark.parametrize(("before", "after"), [(0, 0), (50, 0), (5000, 7000), (0, 4096)])
def test_each_sample_is_in_its_row_wherever_the_grid_begins_and_ends(
    tmp_path: Path, before: int, after: int, lost: int
) -> None:
    place = np.delete(np.arange(LONG), slice(4000, 4000 + lost))
    samples = np.column_stack([place, -place]).astype(np.int32)
    spec = StreamSpec("a", "Other", RATE, "int32", (Channel("a"), Channel("b")))
    seal(source_from_import(Imported((ImportedStream("a", spec, samples, place / RATE),))), tmp_path / "x.h5")
    expected = np.full((before + LONG + after, 2), np.nan)
    expected[before + place] = samples
    with Recording(tmp_path / "x.h5") as recording:
        placed = on_grid(recording.streams["a"], Grid(-before / RATE, len(expected), RATE))
        assert placed.exact
        assert (placed.first is None) == (lost > 0)
        np.testing.assert_array_equal(np.concatenate(list(placed.blocks(recording))), expected)
