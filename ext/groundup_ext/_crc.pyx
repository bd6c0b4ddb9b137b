"""CRC-32 (the one of zlib and PNG), fast enough to run over everything that is recorded."""

from groundup_ext._crc cimport crc32


def checksum(const unsigned char[::1] data, unsigned int start=0):
    """CRC-32 of a buffer; ``start`` continues an earlier one. Equal to `zlib.crc32`."""
    cdef const unsigned char* pointer = NULL
    if data.shape[0] > 0:
        pointer = &data[0]
    cdef unsigned int value
    with nogil:
        value = crc32(start, pointer, data.shape[0])
    return value
