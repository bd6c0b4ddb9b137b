"""The checksum of the journal is the one that zlib has."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from groundup_ext._crc import checksum


@given(st.binary(max_size=1000), st.binary(max_size=1000))
def test_the_checksum_is_the_crc_of_zlib_whole_or_in_parts(first: bytes, second: bytes) -> None:
    assert checksum(first) == zlib.crc32(first)
    assert checksum(second, checksum(first)) == zlib.crc32(first + second)
