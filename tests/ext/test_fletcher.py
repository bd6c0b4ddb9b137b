"""The sum of a chunk is the one that HDF5 writes behind it, and asks for when it reads."""

import io

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup_ext._fletcher import equal, fletcher32


def written_by_hdf5(data: bytes) -> int:
    with h5py.File(io.BytesIO(), "w") as file:
        dataset = file.create_dataset("x", data=np.frombuffer(data, np.uint8), chunks=(len(data),), fletcher32=True)
        _, raw = dataset.id.read_direct_chunk((0,))
    assert raw[:-4] == data
    return int.from_bytes(raw[-4:], "little")


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=1, max_size=200))
def test_the_sum_is_that_of_hdf5(data: bytes) -> None:
    assert fletcher32(data) == written_by_hdf5(data)


@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x01, None], ids=["zeros", "ones", "one", "noise"])
@pytest.mark.parametrize("size", [1, 31, 32, 33, 719, 11_520, 11_521, 23_047, 262_144, 1_000_003])
def test_the_sum_of_a_long_chunk_is_that_of_hdf5(size: int, fill: int | None) -> None:
    noise = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    data = noise.tobytes() if fill is None else bytes([fill]) * size
    assert fletcher32(data) == written_by_hdf5(data)


def test_nothing_has_a_sum_and_equals_nothing_only() -> None:
    assert fletcher32(b"") == 0
    assert equal(b"", b"")
    assert not equal(b"", b"\0")


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_buffers_are_equal_where_their_bytes_are(a: bytes, b: bytes) -> None:
    assert equal(a, b) == (a == b)
    assert equal(a, bytearray(a))
