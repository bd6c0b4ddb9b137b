"""Long signals are kept on disk, read back bit for bit, and never lost to a full disk."""

from pathlib import Path

import numpy as np
import pytest

from groundup.analysis import spill as module
from groundup.analysis.spill import Spill
from groundup.model import mapped
from groundup.model.mapped import every_row, from_columns, mapped_file
from groundup.model.signals import Signal
from groundup.model.streams import Channel


@pytest.fixture(autouse=True)
def _short_is_long(monkeypatch):
    monkeypatch.setattr(module, "LEAST_BYTES", 1000)
    monkeypatch.setattr(mapped, "LEAST_BYTES", 1000)


def signal(count=5000):
    random = np.random.default_rng(0)
    return Signal(
        "x", "emg", np.arange(count) / 1000.0, random.normal(size=(count, 2)), (Channel("a"), Channel("b")), 1e3
    )


def test_a_long_signal_is_the_same_on_disk(tmp_path: Path):
    spill, before = Spill(tmp_path), signal()
    after = spill.keep(before)
    assert mapped_file(after.samples) is not None
    for _ in range(2):
        assert np.array_equal(after.samples, before.samples)
        assert np.array_equal(after.time, before.time)
        spill.release()
    assert np.array_equal(after.between(1.0, 2.0).samples, before.between(1.0, 2.0).samples)


def test_what_is_on_disk_is_not_written_again_and_what_is_short_stays(tmp_path: Path):
    spill = Spill(tmp_path)
    after = spill.keep(signal())
    assert spill.keep(after).samples is after.samples
    short = signal(10)
    assert spill.keep(short).samples is short.samples


def test_nothing_is_left_behind(tmp_path: Path):
    spill = Spill(tmp_path)
    after = spill.keep(signal())
    del after
    spill.release()
    assert list(tmp_path.iterdir()) == []


def test_without_room_on_disk_it_stays_in_memory(tmp_path: Path):
    before = signal()
    assert Spill(tmp_path / "gone").keep(before).samples is before.samples


def test_a_channel_is_the_same_from_disk_and_from_memory(tmp_path: Path):
    before = signal(600_000)  # more than are read at a time
    after = Spill(tmp_path).keep(before)
    for index in range(2):
        for one in (before, after):
            found = one.read_channel(index)
            assert found.tobytes() == before.samples[:, index].tobytes()
            assert not np.shares_memory(found, one.samples)


def test_what_is_made_by_columns_is_the_same_on_disk_and_in_memory(tmp_path: Path):
    columns = np.random.default_rng(1).normal(size=(6, 300_000))  # more than are written at a time
    in_memory = from_columns(columns, 300_000, 6)
    assert mapped_file(in_memory) is None
    spill = Spill(tmp_path)
    with spill.arrays():
        on_disk = from_columns(iter(columns), 300_000, 6)
    assert mapped_file(on_disk) is not None
    kept = spill.keep(Signal("x", "envelope", np.zeros(300_000), on_disk, (), 1e3))
    assert kept.samples is on_disk
    spill.release()
    for made in (in_memory, on_disk):
        assert np.array_equal(made, columns.T)


def test_without_room_on_disk_columns_are_made_in_memory(tmp_path: Path):
    with Spill(tmp_path / "gone").arrays():
        made = from_columns(np.ones((2, 5000)), 5000, 2)
    assert mapped_file(made) is None
    assert np.array_equal(made, np.ones((5000, 2)))


@pytest.mark.parametrize("step", [1, 7, 400_000])
def test_every_so_many_rows_are_the_same_from_disk_and_from_memory(tmp_path: Path, step: int):
    before = signal(600_000)
    after = Spill(tmp_path).keep(before)
    for one in (before, after):
        assert np.array_equal(every_row(one.samples, step), before.samples[::step])
