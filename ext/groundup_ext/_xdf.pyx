"""The XDF parser: finds the chunks of a file, sound or damaged, and decodes their samples.

`Scanner` finds the chunks. In our own journals it holds every cycle against its sums (see `_journal`), so that garbled
bytes cost the chunk they hit and nothing else; in any file a broken chunk is left behind at the next Boundary. A chunk of
a kind that XDF does not know is taken for one only where the lengths lead on from it to a kind that it does. `walk`
goes over a file again whose damage is known. No length or count in a file is trusted: every read is checked against the
end of what it lies in. Both give the chunks some at a time, so that memory does not grow with the file.
"""

from libc.math cimport isfinite
from libc.stdint cimport UINT32_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memcmp, memcpy, memmove

from groundup_ext._crc cimport crc32

from groundup_ext._journal import BOUNDARY_UUID

cdef enum:
    SAMPLES = 3
    CLOCK_OFFSET = 4
    BOUNDARY = 5
    LOWEST_TAG = 1
    HIGHEST_TAG = 6
    SURELY_TRIED = 256          # chunks of unknown kinds in a row that are always followed

cdef enum:
    UNVERIFIED = 0
    VERIFIED = 1
    GARBLED = 2                 # damage: the checksum of a chunk does not fit
    BROKEN = 3                  # damage: not a chunk
    TORN = 4                    # damage: the file ends in the middle of a chunk
    MOVED = 5                   # damage: a cycle lies elsewhere than it was written; bytes before it were taken out or put in

CHUNK_FORMAT = [("offset", "<u8"), ("length", "<u8"), ("stream", "<u4"), ("samples", "<u4"), ("tag", "<u2"),
                ("state", "<u2"), ("start", "<u4")]
"""NumPy type of a chunk's row: where the content begins (behind the tag) and how long it is, stream id and number of
samples as the chunk itself claims (of one of our Boundaries: bytes of its records besides the sums), tag, state, and the
length of the head before the content."""

STATES = {UNVERIFIED: "unverified", VERIFIED: "verified", GARBLED: "garbled", BROKEN: "broken", TORN: "torn", MOVED: "moved"}

cdef packed struct Row:
    uint64_t offset
    uint64_t length
    uint32_t stream
    uint32_t samples
    uint16_t tag
    uint16_t state
    uint32_t start

cdef struct Rows:
    Row* data
    size_t count
    size_t capacity
    bint failed

cdef struct Scan:
    const unsigned char* data
    size_t size
    Rows chunks
    Rows damage
    size_t settled              # all before this is accounted for
    size_t search               # Boundaries before this have been visited
    size_t settled_chunks       # rows of `chunks` that are
    size_t settled_damage
    size_t ours                 # cycles of our own that were found sound
    size_t led                  # chunks of unknown kinds before this are known to lead on
    size_t astray               # chunks that were followed and led nowhere
    int64_t moved               # by how much less than it was written the newest of them lies from the beginning

cdef size_t[3] HEADS = [4, 7, 11]        # a chunk's head: width, length of 1, 4 or 8 bytes, tag
cdef unsigned char[16] UUID
cdef int _i
for _i in range(16):
    UUID[_i] = BOUNDARY_UUID[_i]


cdef class Scanner:
    """Finds every chunk of an XDF file, some at a time.

    Parameters
    ----------
    data : buffer
        The whole file, mapped or in memory.

    Attributes
    ----------
    ours : int
        Number of sound cycles so far that were written by `groundup_ext._journal`; 0 in anybody else's file.
    settled : int
        Bytes of the file that are accounted for in what was given so far.

    Raises
    ------
    ValueError
        If it does not begin as XDF does and has no Boundary either.
    """

    cdef Scan scan
    cdef const unsigned char[::1] data
    cdef size_t position

    def __cinit__(self, const unsigned char[::1] data):
        cdef bint known = data.shape[0] >= 4 and bytes(data[:4]) == b"XDF:"
        cdef Scan* s = &self.scan
        self.data = data
        s.data = &data[0] if data.shape[0] > 0 else NULL
        s.size = data.shape[0]
        s.chunks = Rows(NULL, 0, 0, False)
        s.damage = Rows(NULL, 0, 0, False)
        s.settled = 4 if known else 0
        s.search = s.settled
        s.settled_chunks = s.settled_damage = s.ours = s.led = s.astray = 0
        s.moved = 0
        self.position = s.settled
        if not known:
            if s.size == 0 or _find_boundary(s, 0) >= s.size:
                raise ValueError("it is not an XDF file: it does not begin with 'XDF:'")
            self.position = _resume(s, 0)       # a garbled beginning

    def __dealloc__(self):
        free(self.scan.chunks.data)
        free(self.scan.damage.data)

    @property
    def ours(self):
        return self.scan.ours

    @property
    def settled(self):
        return self.scan.settled

    def batch(self, size_t length):
        """Find some more.

        Parameters
        ----------
        length : int
            Bytes of the file after which it is enough, at the next Boundary.

        Returns
        -------
        chunks, damage : bytearray
            Rows of `CHUNK_FORMAT`, in the order of the file. `chunks` can be read; `damage` says where something is
            lost: ``offset`` and ``length`` of the bytes, ``stream`` where it is known (0 else), ``state`` for how.
            Where a cycle was moved, ``length`` is 0, ``samples`` says how many bytes are missing before it (``start``
            1) or too many (``start`` 0). There is more while `settled` is less than the length of the file.
        """
        cdef Scan* s = &self.scan
        with nogil:
            self.position = _scan(s, self.position, s.settled + length if length < s.size - s.settled else s.size)
        if s.chunks.failed or s.damage.failed:
            raise MemoryError("no memory for the list of chunks")
        if self.position >= s.size:
            s.settled = s.size
            s.settled_chunks, s.settled_damage = s.chunks.count, s.damage.count
        found = _rows(&s.chunks, s.settled_chunks), _rows(&s.damage, s.settled_damage)
        s.settled_chunks = s.settled_damage = 0
        return found


def scan(const unsigned char[::1] data):
    """Find every chunk of an XDF file at once; see `Scanner`.

    Returns
    -------
    chunks, damage : bytearray
    ours : int
    """
    scanner = Scanner(data)
    chunks, damage = scanner.batch(data.shape[0])
    return chunks, damage, scanner.ours


def walk(const unsigned char[::1] data, size_t position, size_t length, const uint64_t[::1] begins,
         const uint64_t[::1] ends):
    """Go over the sound chunks of a file again but for its Boundaries, without holding them against their sums.

    Parameters
    ----------
    data : buffer
        The whole file.
    position : int
        Where to begin; 0 for the beginning.
    length : int
        Bytes after which it is enough.
    begins, ends : buffer of uint64
        The damaged pieces of the file as a `Scanner` found them, in order.

    Returns
    -------
    chunks : bytearray
        Rows of `CHUNK_FORMAT`.
    position : int
        Where to go on; the size of the data at its end.

    Raises
    ------
    ValueError
        If something else than chunks lies between the damaged pieces.
    """
    cdef Rows rows = Rows(NULL, 0, 0, False)
    cdef Scan s
    cdef size_t begun, content, size, bad = 0
    cdef uint16_t tag
    cdef bint lost = False
    s.data = &data[0] if data.shape[0] > 0 else NULL
    s.size = data.shape[0]
    s.chunks = rows
    if position == 0 and s.size >= 4 and memcmp(s.data, b"XDF:", 4) == 0:
        position = 4
    begun = position
    with nogil:
        while position < s.size and position - begun < length:
            while bad < <size_t>begins.shape[0] and begins[bad] < position:
                bad += 1
            if bad < <size_t>begins.shape[0] and begins[bad] == position and ends[bad] > position:
                position = ends[bad]
                continue
            if not _head(&s, position, &content, &size, &tag):
                lost = True
                break
            if tag != BOUNDARY:
                _push_chunk(&s, position, content, size, tag, UNVERIFIED)
            position = content + size
    try:
        if s.chunks.failed:
            raise MemoryError("no memory for the list of chunks")
        if lost:
            raise ValueError(f"the file is no longer what it was: there is no chunk at byte {position}")
        return _rows(&s.chunks, s.chunks.count), position
    finally:
        free(s.chunks.data)


cdef _rows(Rows* rows, size_t count):
    """Take the first rows out."""
    if count == 0:
        return bytearray()
    taken = bytearray((<char*>rows.data)[: count * sizeof(Row)])
    rows.count -= count
    memmove(rows.data, rows.data + count, rows.count * sizeof(Row))
    return taken


cdef void _push(Rows* rows, size_t offset, size_t length, uint32_t stream, uint32_t samples, uint16_t tag,
                uint16_t state, size_t start) noexcept nogil:
    cdef Row* data
    cdef size_t capacity
    if rows.count == rows.capacity:
        capacity = rows.capacity * 2 if rows.capacity > 0 else 1024
        data = <Row*>realloc(rows.data, capacity * sizeof(Row))
        if data == NULL:
            rows.failed = True
            return
        rows.data = data
        rows.capacity = capacity
    rows.data[rows.count] = Row(offset, length, stream, samples, tag, state, <uint32_t>start)
    rows.count += 1


cdef size_t _scan(Scan* s, size_t position, size_t enough) noexcept nogil:
    """Find chunks until the file is settled up to `enough`; return where to go on."""
    cdef size_t content, length
    cdef uint16_t tag
    while position < s.size and s.settled < enough:
        if not _head(s, position, &content, &length, &tag) or not (_known(tag) or _leads_on(s, content + length)):
            position = _resume(s, position)
            continue
        if tag == BOUNDARY and length >= 16 and memcmp(s.data + content, UUID, 16) == 0:
            position = _boundary(s, position, content, length)
            continue
        _push_chunk(s, position, content, length, tag, UNVERIFIED)
        position = content + length
    return position


cdef bint _head(Scan* s, size_t position, size_t* content, size_t* length, uint16_t* tag) noexcept nogil:
    """Read a chunk's head; False if there is no whole chunk here."""
    cdef uint8_t width = s.data[position]
    cdef uint64_t whole = 0
    if width != 1 and width != 4 and width != 8:
        return False
    if s.size - position < <size_t>width + 3:
        return False
    memcpy(&whole, s.data + position + 1, width)
    if whole < 2 or whole > s.size - position - 1 - width:
        return False
    memcpy(tag, s.data + position + 1 + width, 2)
    content[0] = position + 1 + width + 2
    length[0] = whole - 2
    return True


cdef inline bint _known(uint16_t tag) noexcept nogil:
    return LOWEST_TAG <= tag <= HIGHEST_TAG


cdef bint _leads_on(Scan* s, size_t position) noexcept nogil:
    """Whether the lengths of chunks lead from here to one of a known kind, or just to the end of the file.

    Behind a garbled length anything may look like the head of a chunk: nearly every tag is one that XDF does not know.
    What leads nowhere is followed for as many chunks as the file has bytes, all together: else a file could be made that
    takes forever.
    """
    cdef size_t content, length, followed = 0, at = position
    cdef uint16_t tag
    if position <= s.led:
        return True
    while at < s.size:
        if not _head(s, at, &content, &length, &tag):
            break
        if _known(tag):
            s.led = at
            return True
        at = content + length
        followed += 1
        if followed > SURELY_TRIED and followed + s.astray > s.size:
            break
    if at == s.size:
        s.led = at
        return True
    s.astray += followed
    return False


cdef void _push_chunk(Scan* s, size_t position, size_t content, size_t length, uint16_t tag,
                      uint16_t state) noexcept nogil:
    cdef uint32_t stream = 0
    cdef uint64_t samples = 0
    cdef uint8_t width
    if length >= 4 and (tag == 2 or tag == SAMPLES or tag == CLOCK_OFFSET or tag == 6):
        memcpy(&stream, s.data + content, 4)
    if tag == SAMPLES and length >= 5:
        width = s.data[content + 4]
        if (width == 1 or width == 4 or width == 8) and length >= 5 + <size_t>width:
            memcpy(&samples, s.data + content + 5, width)
            if samples > length:        # each takes a byte at least: a claim that cannot be true
                samples = 0
    _push(&s.chunks, content, length, stream, <uint32_t>samples, tag, state, content - position)


cdef size_t _boundary(Scan* s, size_t position, size_t content, size_t length) noexcept nogil:
    """Settle what led up to a Boundary; return where to go on."""
    cdef size_t end = content + length
    cdef size_t earlier
    if length < 28 or memcmp(s.data + content + 16, b"groundup", 8) != 0:
        if length > 16:             # nobody's records, or ours behind a mark that was hit
            _push(&s.chunks, content, length, 0, 0, BOUNDARY, UNVERIFIED, content - position)
        _settled(s, end)
        return end
    if _settle(s, position, content, length):
        return end
    # Between what was settled and this cycle lies more than the walk saw: a garbled length has swallowed a Boundary.
    earlier = _find_boundary(s, s.search)
    if earlier < position:
        s.chunks.count = s.settled_chunks
        s.damage.count = s.settled_damage
        if earlier > s.settled:
            _push(&s.damage, s.settled, earlier - s.settled, 0, 0, 0, BROKEN, 0)
        s.search = earlier + 1
        s.led = 0
        return earlier
    # Our own Boundary, but its sums are garbled: what the walk found is all there is.
    _push(&s.damage, position, end - position, 0, 0, BOUNDARY, GARBLED, 0)
    _settled(s, end)
    return end


cdef void _settled(Scan* s, size_t end) noexcept nogil:
    s.settled = s.search = end
    s.settled_chunks = s.chunks.count
    s.settled_damage = s.damage.count


cdef bint _settle(Scan* s, size_t position, size_t content, size_t length) noexcept nogil:
    """Replace what the walk found since the last settled point by what the cycle's sums say; False if it cannot be."""
    cdef const unsigned char* payload = s.data + content + 28
    cdef size_t size = length - 28
    cdef uint32_t crc, expected, rows_size, i, stream
    cdef size_t records
    cdef uint64_t total = 0, chunk_length, written, bytes_off
    cdef int64_t moved
    cdef size_t start, at, body, body_length
    cdef uint16_t tag
    memcpy(&expected, s.data + content + 24, 4)
    if size < 13 or crc32(0, payload, size) != expected or payload[0] != b"S":
        return False
    memcpy(&rows_size, payload + 1, 4)
    if rows_size < 8 or 5 + <size_t>rows_size > size:
        return False
    records = size - 5 - rows_size
    memcpy(&written, payload + 5, 8)
    payload += 13
    rows_size = (rows_size - 8) // 16
    for i in range(rows_size):
        memcpy(&chunk_length, payload + i * 16 + 4, 8)
        if chunk_length > position - total:
            return False
        total += chunk_length
    start = position - total
    if start < s.settled:
        return False
    if start > s.search and _find_boundary(s, s.search) < start:
        return False
    _leave_before(s, start)
    moved = <int64_t>(written - start)
    if moved != s.moved:
        bytes_off = <uint64_t>(moved - s.moved) if moved > s.moved else <uint64_t>(s.moved - moved)
        if bytes_off > UINT32_MAX:
            bytes_off = UINT32_MAX
        _push(&s.damage, start, 0, 0, <uint32_t>bytes_off, 0, MOVED, 1 if moved > s.moved else 0)
        s.moved = moved
    at = start
    for i in range(rows_size):
        memcpy(&stream, payload + i * 16, 4)
        memcpy(&chunk_length, payload + i * 16 + 4, 8)
        memcpy(&crc, payload + i * 16 + 12, 4)
        if crc32(0, s.data + at, chunk_length) == crc and _head(s, at, &body, &body_length, &tag):
            _push_chunk(s, at, body, body_length, tag, VERIFIED)
        else:
            _push(&s.damage, at, chunk_length, stream, 0, 0, GARBLED, 0)
        at += chunk_length
    _push(&s.chunks, content, length, 0, <uint32_t>records, BOUNDARY, VERIFIED, content - position)
    s.ours += 1
    _settled(s, content + length)
    return True


cdef void _leave_before(Scan* s, size_t start) noexcept nogil:
    """Of what was walked over since the last settled point, keep cycles before `start` whose own sums are garbled.

    Where the walk came upon a Boundary, garbled or not, its lengths were right; what it saw besides may be anything.
    """
    cdef size_t reach = s.settled, end
    cdef Row* row
    while s.chunks.count > s.settled_chunks:
        row = s.chunks.data + s.chunks.count - 1
        end = row.offset + row.length
        if row.tag == BOUNDARY and end <= start:
            reach = end
            break
        s.chunks.count -= 1
    while s.damage.count > s.settled_damage and s.damage.data[s.damage.count - 1].offset >= reach:
        s.damage.count -= 1
    if start > reach:
        _push(&s.damage, reach, start - reach, 0, 0, 0, BROKEN, 0)


cdef size_t _resume(Scan* s, size_t position) noexcept nogil:
    """Leave a broken chunk behind: go on at the first Boundary after the last settled point."""
    cdef size_t found = _find_boundary(s, s.search)
    cdef size_t end
    cdef Row* row
    s.led = 0
    if found >= s.size:
        # No Boundary follows. Chunks the walk found whole are kept; the rest is a torn tail.
        _push(&s.damage, position, s.size - position, 0, 0, 0, TORN, 0)
        return s.size
    while s.chunks.count > s.settled_chunks:
        row = s.chunks.data + s.chunks.count - 1
        end = row.offset + row.length
        if end <= found:
            break
        position = row.offset - row.start
        s.chunks.count -= 1
    if found > position:
        _push(&s.damage, position, found - position, 0, 0, 0, BROKEN, 0)
    s.search = found + 1        # never the same Boundary twice
    return found


cdef size_t _find_boundary(Scan* s, size_t position) noexcept nogil:
    """Where the next Boundary chunk begins, or the file's size."""
    cdef const unsigned char* place
    cdef const unsigned char* end = s.data + s.size
    cdef const unsigned char* at = s.data + position
    cdef size_t content, length, head, found
    cdef uint16_t tag
    cdef int width
    while end - at >= 16:
        place = <const unsigned char*>memchr(at, UUID[0], end - at - 15)
        if place == NULL:
            break
        if memcmp(place, UUID, 16) == 0:
            found = place - s.data
            for width in range(3):
                head = HEADS[width]
                if found < position + head or not _head(s, found - head, &content, &length, &tag):
                    continue
                if tag == BOUNDARY and content == found and length >= 16:
                    return found - head
        at = place + 1
    return s.size


def decode_numbers(const unsigned char[::1] data, const uint64_t[::1] offsets, const uint64_t[::1] lengths,
                   size_t row, double interval, double last, double[::1] stamps, unsigned char[::1] values,
                   uint32_t[::1] decoded):
    """Decode the samples of some chunks of one numeric stream.

    Parameters
    ----------
    data : buffer
        The file.
    offsets, lengths : buffer of uint64
        Content of each chunk, from `scan`.
    row : int
        Bytes of one sample's values.
    interval : float
        Seconds added to the stamp before for a sample that carries none.
    last : float
        Stamp of the sample before the first.
    stamps : writable buffer of float64, values : writable buffer
        Room for all samples.
    decoded : writable buffer of uint32, one a chunk
        Filled with the number of samples that were whole; fewer than the chunk claims if it is damaged.

    Returns
    -------
    count : int
        Number of samples decoded.
    last : float
        Stamp of the last one.
    """
    cdef size_t chunk, room = stamps.shape[0], count = 0, before
    if row > 0 and <size_t>values.shape[0] // row < room:
        room = values.shape[0] // row
    with nogil:
        for chunk in range(<size_t>offsets.shape[0]):
            before = count
            count = _decode_chunk(&data[0] + offsets[chunk], lengths[chunk], row, interval, &last, &stamps[0],
                                  &values[0] if row > 0 else NULL, count, room)
            decoded[chunk] = <uint32_t>(count - before)
    return count, last


cdef size_t _decode_chunk(const unsigned char* at, size_t length, size_t row, double interval, double* last,
                          double* stamps, unsigned char* values, size_t count, size_t room) noexcept nogil:
    cdef const unsigned char* end = at + length
    cdef uint64_t samples = 0, i
    cdef double stamp
    if not _sample_count(&at, end, &samples):
        return count
    for i in range(samples):
        if count >= room or not _stamp(&at, end, interval, last, &stamp) or <size_t>(end - at) < row:
            break
        stamps[count] = stamp
        last[0] = stamp
        if row > 0:
            memcpy(values + count * row, at, row)
        at += row
        count += 1
    return count


cdef bint _sample_count(const unsigned char** at, const unsigned char* end, uint64_t* samples) noexcept nogil:
    cdef uint8_t width
    if end - at[0] < 6:
        return False
    width = at[0][4]
    if (width != 1 and width != 4 and width != 8) or end - at[0] < 5 + width:
        return False
    samples[0] = 0
    memcpy(samples, at[0] + 5, width)
    at[0] += 5 + width
    return True


cdef bint _stamp(const unsigned char** at, const unsigned char* end, double interval, double* last,
                 double* stamp) noexcept nogil:
    if end - at[0] < 1:
        return False
    if at[0][0] == 0:
        stamp[0] = last[0] + interval
        at[0] += 1
        return True
    if at[0][0] != 8 or end - at[0] < 9:
        return False
    memcpy(stamp, at[0] + 1, 8)
    at[0] += 9
    return True


def count_samples(const unsigned char[::1] data, const uint64_t[::1] offsets, const uint64_t[::1] lengths,
                  size_t row, size_t channels, uint32_t[::1] whole, uint64_t[::1] rest=None):
    """Count the samples of each chunk that are whole, without decoding them.

    Parameters
    ----------
    data, offsets, lengths
        As for `decode_numbers`.
    row : int
        Bytes of one sample's values; 0 for strings.
    channels : int
    whole : writable buffer of uint32, one a chunk
        Filled with the counts.
    rest : writable buffer of uint64, one a chunk, optional
        Filled with the bytes behind the last whole sample.
    """
    cdef size_t chunk
    cdef uint64_t behind = 0
    with nogil:
        for chunk in range(<size_t>offsets.shape[0]):
            whole[chunk] = _count_chunk(&data[0] + offsets[chunk], lengths[chunk], row, channels, &behind)
            if rest is not None:
                rest[chunk] = behind


cdef uint32_t _count_chunk(const unsigned char* at, size_t length, size_t row, size_t channels,
                           uint64_t* behind) noexcept nogil:
    cdef const unsigned char* end = at + length
    cdef uint64_t samples = 0, i, size
    cdef size_t channel
    cdef double stamp, last = 0.0
    behind[0] = length
    if not _sample_count(&at, end, &samples):
        return 0
    behind[0] = <uint64_t>(end - at)
    for i in range(samples):
        if not _stamp(&at, end, 0.0, &last, &stamp):
            return <uint32_t>i
        if row > 0:
            if <size_t>(end - at) < row:
                return <uint32_t>i
            at += row
            behind[0] = <uint64_t>(end - at)
            continue
        for channel in range(channels):
            if not _string(&at, end, &size):
                return <uint32_t>i
            at += size
        behind[0] = <uint64_t>(end - at)
    return <uint32_t>samples


cdef bint _string(const unsigned char** at, const unsigned char* end, uint64_t* size) noexcept nogil:
    """Read a string's length and go to its first byte; False if it is not whole."""
    cdef uint8_t width
    if end - at[0] < 1:
        return False
    width = at[0][0]
    if (width != 1 and width != 4 and width != 8) or end - at[0] < 1 + width:
        return False
    size[0] = 0
    memcpy(size, at[0] + 1, width)
    at[0] += 1 + width
    return size[0] <= <uint64_t>(end - at[0])


def decode_strings(const unsigned char[::1] data, size_t offset, size_t length, size_t channels, double interval,
                   double last):
    """Decode the samples of one chunk of a string stream.

    Returns
    -------
    stamps : list of float
    rows : list of list of bytes
        Fewer than the chunk claims if it is damaged.
    """
    cdef const unsigned char* at = &data[0] + offset
    cdef const unsigned char* end = at + length
    cdef uint64_t samples = 0, i, size
    cdef size_t channel
    cdef double stamp
    stamps, rows = [], []
    if not _sample_count(&at, end, &samples):
        return stamps, rows
    for i in range(samples):
        if not _stamp(&at, end, interval, &last, &stamp):
            break
        values = []
        for channel in range(channels):
            if not _string(&at, end, &size):
                break
            values.append((<const char*>at)[:size])
            at += size
        if <size_t>len(values) < channels:
            break
        last = stamp
        stamps.append(stamp)
        rows.append(values)
    return stamps, rows
