"""The journal writer: XDF 1.0 with what XDF has no place for behind the UUID of Boundary chunks.

A *cycle* is what one drain of all inlets appended: whole XDF chunks, then one Boundary chunk that carries our records,
then one plain Boundary chunk at which any reader can find its feet again. It goes to the file in one write.

Behind the UUID of the first Boundary stand ``groundup``, the CRC-32 of all that follows (u32), and the records, each a
kind (one letter), a length (u32) and that many bytes:

======  =====================================================================================================
``S``   sums: file offset where the cycle's chunks begin (u64), then for each chunk its stream (u32, 0 for
        none), its length with its head (u64) and its CRC-32 (u32)
``P``   probe: stream (u32), device time, offset, round trip, lab time when it was learnt (4 x f64)
``T``   times: lab times after which and by which its samples were read (2 x f64; NaN for the first)
``L``   a row of the ledger, as JSON
``M``   meta: facts about the recording or a stream, as JSON
``H``   a stream header once more: stream (u32), XML as it was sent
``C``   counts: for each stream its number (u32) and how many samples have been written by the end of this cycle (u64)
======  =====================================================================================================
"""

from libc.stdlib cimport free, realloc
from libc.stdint cimport uint8_t
from libc.string cimport memcpy

from groundup_ext._crc cimport crc32
from groundup_ext._lsl cimport STRING

cdef extern from "platform.h" nogil:
    int write_all "groundup_write_all"(int fd, const unsigned char* data, size_t length, size_t* done)
    int truncate "groundup_truncate"(int fd, int64_t length)

cdef enum:
    SAMPLES = 3
    CLOCK_OFFSET = 4
    BOUNDARY = 5
    KEPT_BYTES = 1 << 26

cdef unsigned char[16] UUID = [
    0x43, 0xA5, 0x46, 0xDC, 0xCB, 0xF5, 0x41, 0x0F, 0xB3, 0x0E, 0xD5, 0x46, 0x73, 0x83, 0xCB, 0xE4]
cdef const unsigned char* MARK = b"groundup"

BOUNDARY_UUID = (<char*>UUID)[:16]
"""The UUID of XDF's Boundary chunks."""


cdef void buffer_free(Buffer* buffer) noexcept nogil:
    free(buffer.data)
    buffer.data = NULL
    buffer.length = 0
    buffer.capacity = 0


cdef unsigned char* buffer_grow(Buffer* buffer, size_t more) noexcept nogil:
    """Room for `more` bytes at the end, which then count as used; NULL when there is no memory."""
    cdef size_t wanted = buffer.length + more
    cdef size_t capacity
    cdef unsigned char* data
    if wanted > buffer.capacity:
        # A giant takes what it needs: it may not come again.
        capacity = buffer.capacity * 2 if wanted < buffer.capacity * 2 <= KEPT_BYTES else wanted + wanted // 8 + 4096
        data = <unsigned char*>realloc(buffer.data, capacity)
        if data == NULL:
            buffer.failed = True
            return NULL
        buffer.data = data
        buffer.capacity = capacity
    buffer.length = wanted
    return buffer.data + (wanted - more)


cdef void buffer_put(Buffer* buffer, const void* data, size_t length) noexcept nogil:
    cdef unsigned char* place = buffer_grow(buffer, length)
    if place != NULL and length > 0:
        memcpy(place, data, length)


cdef void cycle_free(Cycle* cycle) noexcept nogil:
    buffer_free(&cycle.chunks)
    buffer_free(&cycle.sums)
    buffer_free(&cycle.records)


cdef bint cycle_is_empty(Cycle* cycle) noexcept nogil:
    return cycle.chunks.length == 0 and cycle.records.length == 0


cdef void _put_head(Buffer* buffer, uint16_t tag, size_t content) noexcept nogil:
    """Length and tag of a chunk, always with a length of four bytes (eight for the giants)."""
    cdef uint8_t width = 4 if content < 0x7FFFFFF0 else 8
    cdef uint64_t length = content + 2
    buffer_put(buffer, &width, 1)
    buffer_put(buffer, &length, width)
    buffer_put(buffer, &tag, 2)


cdef void _sum_chunk(Cycle* cycle, uint32_t stream, size_t start) noexcept nogil:
    """Note the chunk that began at `start` and has just been completed."""
    cdef uint64_t length = cycle.chunks.length - start
    cdef uint32_t crc
    if cycle.chunks.failed:
        cycle.chunks.length = start         # a chunk that did not fit is not half there
        return
    crc = crc32(0, cycle.chunks.data + start, length)
    buffer_put(&cycle.sums, &stream, 4)
    buffer_put(&cycle.sums, &length, 8)
    buffer_put(&cycle.sums, &crc, 4)


cdef void cycle_chunk(Cycle* cycle, uint16_t tag, uint32_t stream, const unsigned char* content,
                      size_t length) noexcept nogil:
    """Append a chunk with this content."""
    cdef size_t start = cycle.chunks.length
    _put_head(&cycle.chunks, tag, length)
    buffer_put(&cycle.chunks, content, length)
    _sum_chunk(cycle, stream, start)


cdef void cycle_samples(Cycle* cycle, uint32_t stream, Feed* feed, size_t samples) noexcept nogil:
    """Append the samples of the last pull, each with its time stamp, and give strings back to liblsl."""
    cdef size_t start = cycle.chunks.length
    cdef size_t content = 4 + 1 + 4
    cdef size_t row = feed.channels * feed.value_bytes
    cdef uint32_t count = <uint32_t>samples
    cdef uint8_t width = 4
    cdef size_t i, j
    cdef unsigned char* place
    if feed.format == STRING:
        content += samples * 9
        for i in range(samples * feed.channels):
            content += 5 + feed.lengths[i]
    else:
        content += samples * (9 + row)
    _put_head(&cycle.chunks, SAMPLES, content)
    buffer_put(&cycle.chunks, &stream, 4)
    buffer_put(&cycle.chunks, &width, 1)
    buffer_put(&cycle.chunks, &count, 4)
    place = buffer_grow(&cycle.chunks, content - 9)
    if place != NULL:
        for i in range(samples):
            place[0] = 8
            memcpy(place + 1, feed.stamps + i, 8)
            place += 9
            if feed.format != STRING:
                memcpy(place, feed.values + i * row, row)
                place += row
                continue
            for j in range(i * feed.channels, (i + 1) * feed.channels):
                place[0] = 4
                memcpy(place + 1, feed.lengths + j, 4)
                memcpy(place + 5, feed.strings[j], feed.lengths[j])
                place += 5 + feed.lengths[j]
    _sum_chunk(cycle, stream, start)


cdef void cycle_probe(Cycle* cycle, uint32_t stream, double time, double offset, double round_trip,
                      double collected) noexcept nogil:
    """Append a probe: as XDF's ClockOffset chunk for every reader, and whole, with its round trip, for us."""
    cdef unsigned char[36] record
    memcpy(record, &stream, 4)
    memcpy(record + 4, &time, 8)
    memcpy(record + 12, &offset, 8)
    cycle_chunk(cycle, CLOCK_OFFSET, stream, record, 20)
    memcpy(record + 20, &round_trip, 8)
    memcpy(record + 28, &collected, 8)
    cycle_record(cycle, b"P", record, 36)


cdef void cycle_record(Cycle* cycle, char kind, const unsigned char* data, size_t length) noexcept nogil:
    """Append one of our own records."""
    cdef uint32_t size = <uint32_t>length
    buffer_put(&cycle.records, &kind, 1)
    buffer_put(&cycle.records, &size, 4)
    buffer_put(&cycle.records, data, length)


cdef void _close(Cycle* cycle) noexcept nogil:
    """Append the Boundary with our records, and a plain one."""
    cdef uint64_t offset = cycle.offset
    cdef uint32_t size = <uint32_t>(8 + cycle.sums.length)
    cdef size_t payload = 5 + size + cycle.records.length
    cdef char kind = b"S"
    cdef uint32_t crc = 0
    cdef size_t place
    _put_head(&cycle.chunks, BOUNDARY, 16 + 8 + 4 + payload)
    buffer_put(&cycle.chunks, UUID, 16)
    buffer_put(&cycle.chunks, MARK, 8)
    place = cycle.chunks.length
    buffer_put(&cycle.chunks, &crc, 4)
    buffer_put(&cycle.chunks, &kind, 1)
    buffer_put(&cycle.chunks, &size, 4)
    buffer_put(&cycle.chunks, &offset, 8)
    buffer_put(&cycle.chunks, cycle.sums.data, cycle.sums.length)
    buffer_put(&cycle.chunks, cycle.records.data, cycle.records.length)
    if not cycle.chunks.failed:
        crc = crc32(0, cycle.chunks.data + place + 4, payload)
        memcpy(cycle.chunks.data + place, &crc, 4)
    cdef unsigned char[4] plain = [1, 18, BOUNDARY, 0]
    buffer_put(&cycle.chunks, plain, 4)
    buffer_put(&cycle.chunks, UUID, 16)


cdef int cycle_write(Cycle* cycle, int fd) noexcept nogil:
    """Write the cycle and begin the next; 0, or the errno of what failed (-1: out of memory).

    After a failure the file is cut back to the end of the cycle before, so that it ends with a whole chunk.
    """
    cdef size_t done = 0
    cdef int error
    if cycle_is_empty(cycle):
        return 0
    _close(cycle)
    if cycle.chunks.failed or cycle.sums.failed or cycle.records.failed:
        return -1
    error = write_all(fd, cycle.chunks.data, cycle.chunks.length, &done)
    if error != 0:
        truncate(fd, cycle.offset)
        return error
    cycle.offset += <int64_t>cycle.chunks.length
    cycle.chunks.length = 0
    if cycle.chunks.capacity > KEPT_BYTES:      # one giant is no reason to keep its room
        buffer_free(&cycle.chunks)
    cycle.sums.length = 0
    cycle.records.length = 0
    return 0
