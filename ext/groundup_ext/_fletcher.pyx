"""HDF5's sum of a chunk, Fletcher-32, equal to the bit and several times as fast; and whether two chunks are the same."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef enum:
    LANES = 8
    ROWS = 360      # as many words of a lane as sums of 32 bits can hold

cdef uint32_t WORD = 65535


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
    # The first sum is that of all words, the second that of the first sum after each. Both are taken in lanes, of each
    # lane's words alone, which a compiler makes into vectors; what the lanes make together is put right after a block.
    cdef uint32_t[LANES] first, second
    cdef uint64_t one = 0, two = 0, sum, sums
    cdef size_t left = length // 2, rows, word
    cdef int lane
    cdef uint16_t value = 1
    cdef bint turned = (<unsigned char*>&value)[0] == 1
    while left >= LANES:
        rows = min(left // LANES, <size_t>ROWS)
        _lanes(data, rows, first, second)
        sum = sums = 0
        for lane in range(LANES):
            sum += first[lane]
            sums += <uint64_t>LANES * second[lane] - <uint64_t>lane * first[lane]
        two = _folded(two + one * rows * LANES + sums)
        one = _folded(one + sum)
        data += 2 * rows * LANES
        left -= rows * LANES
    for word in range(left):
        memcpy(&value, data, 2)
        one += value
        two += one
        data += 2
    if turned:      # words were read with the lower byte first; to turn a word is to multiply it by 256 modulo 65535
        one, two = _folded(one) << 8, _folded(two) << 8
    if length % 2:
        one += <uint64_t>data[0] << 8
        two += one
    return <uint32_t>(_folded(two) << 16 | _folded(one))


cdef void _lanes(const unsigned char* data, size_t rows, uint32_t* first, uint32_t* second) noexcept nogil:
    cdef uint16_t[LANES] words
    cdef uint32_t[LANES] one, two
    cdef size_t row
    cdef int lane
    for lane in range(LANES):
        one[lane] = two[lane] = 0
    for row in range(rows):
        memcpy(words, data + 2 * LANES * row, sizeof(words))
        for lane in range(LANES):
            one[lane] += words[lane]
            two[lane] += one[lane]
    memcpy(first, one, sizeof(one))
    memcpy(second, two, sizeof(two))


cdef uint64_t _folded(uint64_t sum) noexcept nogil:
    """A sum modulo 65535, as adding its carries gives it: only nothing is 0."""
    return (sum - 1) % WORD + 1 if sum > 0 else 0
