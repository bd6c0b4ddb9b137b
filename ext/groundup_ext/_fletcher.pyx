"""HDF5's sum of a chunk, Fletcher-32, equal to the bit and several times as fast; and whether two chunks are the same."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef enum:
    BLOCK = 360     # as many words as sums of 32 bits can hold
    WORD = 65535


def fletcher32(const unsigned char[::1] data):
    """Fletcher-32 of a buffer, as HDF5's filter of that name puts it behind a chunk.

    Parameters
    ----------
    data : buffer
        Taken as words of two bytes, the higher first; an odd byte at the end is a word's higher one.

    Returns
    -------
    int
    """
    cdef uint32_t value
    with nogil:
        value = _fletcher32(&data[0] if data.shape[0] > 0 else NULL, data.shape[0])
    return value


def equal(const unsigned char[::1] a, const unsigned char[::1] b):
    """Whether two buffers hold the same bytes."""
    cdef bint same = a.shape[0] == b.shape[0]
    if same and a.shape[0] > 0:
        with nogil:
            same = memcmp(&a[0], &b[0], a.shape[0]) == 0
    return same


cdef uint32_t _fletcher32(const unsigned char* data, size_t length) noexcept nogil:
    cdef uint64_t sum = 0, sums = 0     # of all words, and of what that is after each word
    cdef uint32_t one, two
    cdef size_t left = length // 2, count
    cdef uint16_t probe = 1
    while left:
        count = min(left, <size_t>BLOCK)
        _add(data, <uint32_t>count, &one, &two)
        sums = _folded(sums + sum * count + two)
        sum = _folded(sum + one)
        data += 2 * count
        left -= count
    if (<unsigned char*>&probe)[0] == 1:
        # Words were read with the lower byte first; to turn a word is to multiply it by 256 modulo 65535.
        sum, sums = _folded(sum << 8), _folded(sums << 8)
    if length % 2:
        sum += <uint64_t>data[0] << 8
        sums += sum
    return <uint32_t>(_folded(sums) << 16 | _folded(sum))


cdef void _add(const unsigned char* data, uint32_t count, uint32_t* sum, uint32_t* sums) noexcept nogil:
    """Both sums of a block; written so that a compiler makes vectors of it."""
    cdef uint32_t one = 0, two = 0, i
    cdef uint16_t word
    for i in range(count):
        memcpy(&word, data + 2 * i, 2)
        one += word
        two += <uint32_t>word * <uint16_t>(count - i)
    sum[0] = one
    sums[0] = two


cdef uint64_t _folded(uint64_t sum) noexcept nogil:
    """A sum modulo 65535, as adding its carries gives it: only nothing is 0."""
    return (sum - 1) % <uint64_t>WORD + 1 if sum > 0 else 0
