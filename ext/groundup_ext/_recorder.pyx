"""The recorder's engine: one thread drains all inlets and appends to the journal, another syncs it to disk.

Neither needs the interpreter: a stalled Python loses nothing. Python adds and removes inlets, appends records, and reads
counters, all through one lock that is never held during input or output.
"""

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from groundup_ext._journal cimport (
    Buffer, Cycle, buffer_free, buffer_grow, buffer_put, cycle_chunk, cycle_free, cycle_is_empty, cycle_probe,
    cycle_record, cycle_samples, cycle_write)
from groundup_ext._locks cimport (
    PY_LOCK_ACQUIRED, PyThread_acquire_lock, PyThread_acquire_lock_timed, PyThread_allocate_lock,
    PyThread_free_lock, PyThread_release_lock, PyThread_type_lock)
from groundup_ext._lsl cimport (
    Feed, feed_extremes, feed_free, feed_new, feed_probe, feed_pull_some, feed_release, lsl)

import threading

from groundup_ext._lsl import FORMAT_CODES
from groundup_ext.status import StreamStatus

cdef extern from "platform.h" nogil:
    int sync_file "groundup_sync_file"(int fd)

cdef enum:
    MAX_STREAMS = 4096
    MOST_PULLS = 256            # of one stream in one cycle
    MOST_AT_END = 8192          # in its last: as many as its queue can hold
    MOST_BYTES = 1 << 25        # of a cycle; what is more is written before more is taken
    RECORD = 0                  # what `append` is given: one of our records, or a chunk with this tag

cdef double PROBE_EVERY = 0.25  # seconds between looks for a new probe; liblsl makes one every 2 s
cdef double COUNT_EVERY = 1.0   # seconds between records of how many samples have been written

cdef struct Stream:
    Feed* feed
    uint32_t number             # XDF stream id
    bint leaving                # to be drained once more and let go
    bint gone                   # has been let go
    bint lost                   # liblsl has given it up
    uint64_t samples
    uint64_t reads              # drains that found something
    double first_stamp
    double last_stamp
    double arrived              # lab time at which the newest sample was read
    double offset               # newest probe: what to add to a stamp to get lab time; NaN before the first
    double round_trip           # the best of all probes so far; NaN before the first
    double low, high            # least and largest value since somebody looked; NaN when none came


cdef class Engine:
    """Drains inlets into a journal.

    Parameters
    ----------
    fd : int
        File descriptor of the journal, open for writing and binary; the caller closes it after `stop`.
    offset : int
        Its length.
    cycle_s : float
        How often the inlets are drained.
    sync_s : float
        How often the journal is synced to disk.
    """

    cdef int fd
    cdef long long cycle_us, sync_us
    cdef PyThread_type_lock lock        # guards everything below that both sides touch
    cdef PyThread_type_lock stopping    # held while running; released to stop the drain
    cdef PyThread_type_lock syncing     # the same for the sync thread
    cdef (Stream*)[4096] streams        # MAX_STREAMS
    cdef int count
    cdef Buffer pending                 # chunks and records from Python, not yet in a cycle
    cdef Cycle cycle
    cdef Buffer counts                  # the record of counts, while it is made
    cdef double next_count
    cdef uint64_t counted               # samples of all streams in the newest record of counts
    cdef int error, sync_error
    cdef int64_t written
    cdef bint dirty
    cdef uint64_t cycles, syncs
    cdef double last_cycle
    cdef bint watching                  # whether least and largest values are kept
    cdef object threads

    def __cinit__(self, int fd, int64_t offset=0, double cycle_s=0.05, double sync_s=1.0):
        self.fd = fd
        self.cycle.offset = offset
        self.written = offset
        self.cycle_us = <long long>(cycle_s * 1e6)
        self.sync_us = <long long>(sync_s * 1e6)
        self.lock = PyThread_allocate_lock()
        self.stopping = PyThread_allocate_lock()
        self.syncing = PyThread_allocate_lock()
        self.threads = []
        if self.lock == NULL or self.stopping == NULL or self.syncing == NULL:
            raise MemoryError("no memory for the recorder's locks")
        if lsl.clock == NULL:
            raise RuntimeError("liblsl is not bound yet; call groundup_ext._lsl.bind first")

    def __dealloc__(self):
        cdef int i
        for i in range(self.count):
            feed_free(self.streams[i].feed)
            free(self.streams[i])
        buffer_free(&self.pending)
        buffer_free(&self.counts)
        cycle_free(&self.cycle)
        if self.lock != NULL:
            PyThread_free_lock(self.lock)
        if self.stopping != NULL:
            PyThread_free_lock(self.stopping)
        if self.syncing != NULL:
            PyThread_free_lock(self.syncing)

    def start(self):
        """Start draining."""
        PyThread_acquire_lock(self.stopping, 1)
        PyThread_acquire_lock(self.syncing, 1)
        for target, name in ((self._drain, "groundup-drain"), (self._sync, "groundup-sync")):
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self.threads.append(thread)

    def stop(self):
        """Drain once more, write, sync, and end both threads. Safe to call twice."""
        threads, self.threads = self.threads, []
        if not threads:
            return
        PyThread_release_lock(self.stopping)
        threads[0].join()
        PyThread_release_lock(self.syncing)
        threads[1].join()

    def add(self, uint32_t number, handle, str format, size_t channels, size_t capacity):
        """Begin to drain an inlet; returns its index. Its XDF stream header must have been appended before."""
        cdef Stream* stream
        if self.count >= MAX_STREAMS:
            raise OverflowError(f"more than {MAX_STREAMS} streams in one recording")
        stream = <Stream*>calloc(1, sizeof(Stream))
        if stream == NULL:
            raise MemoryError("no memory for another stream")
        stream.feed = feed_new(<void*><uintptr_t>handle, FORMAT_CODES[format], channels, capacity)
        if stream.feed == NULL:
            free(stream)
            raise MemoryError(f"no memory for {capacity} samples of {channels} channels")
        stream.number = number
        stream.offset = stream.round_trip = stream.low = stream.high = NAN
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            self.streams[self.count] = stream
            self.count += 1
            PyThread_release_lock(self.lock)
        return self.count - 1

    def release(self, int index):
        """Ask for a stream to be drained a last time and let go; `status` says when it is ``gone``."""
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            self.streams[index].leaving = True
            PyThread_release_lock(self.lock)

    def resume(self, int index, handle):
        """Go on with another inlet of the same format and width: the stream has come back. It must be ``gone``."""
        cdef Stream* stream = self.streams[index]
        cdef void* inlet = <void*><uintptr_t>handle
        if not stream.gone:
            raise RuntimeError("a stream resumes only after it has been let go")
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            stream.feed.inlet = inlet
            stream.feed.probe_time = 0.0
            stream.offset = NAN
            stream.lost = False
            stream.leaving = False
            stream.gone = False
            PyThread_release_lock(self.lock)

    def chunk(self, uint16_t tag, uint32_t number, const unsigned char[::1] content):
        """Append an XDF chunk (a header, a footer) with the next cycle."""
        self._append(tag, number, content)

    def record(self, str kind, const unsigned char[::1] content):
        """Append one of our own records (``L`` ledger, ``M`` meta) with the next cycle."""
        self._append(RECORD, <uint32_t>ord(kind), content)

    cdef _append(self, uint16_t tag, uint32_t number, const unsigned char[::1] content):
        cdef uint64_t length = content.shape[0]
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            buffer_put(&self.pending, &tag, 2)
            buffer_put(&self.pending, &number, 4)
            buffer_put(&self.pending, &length, 8)
            if length > 0:
                buffer_put(&self.pending, &content[0], length)
            PyThread_release_lock(self.lock)

    def status(self):
        """Counters, as of the last cycle.

        Returns
        -------
        dict
            ``error`` (errno of a failed write or sync, -1 out of memory, else 0), ``written`` (bytes), ``cycles``,
            ``syncs``, ``last_cycle`` (lab clock), and ``streams``: a `StreamStatus` for each.
        """
        rows = []
        cdef int i
        cdef Stream copy
        for i in range(self.count):
            with nogil:
                PyThread_acquire_lock(self.lock, 1)
                copy = self.streams[i][0]
                PyThread_release_lock(self.lock)
            rows.append(StreamStatus(copy.number, copy.samples, copy.first_stamp, copy.last_stamp, copy.arrived,
                                     bool(copy.lost), bool(copy.gone), copy.offset))
        return {"error": self.error or self.sync_error, "written": self.written, "cycles": self.cycles, "syncs": self.syncs,
                "last_cycle": self.last_cycle, "streams": rows}

    def watch(self):
        """Keep the least and the largest value of every stream from now on, for `look`: a person watches."""
        self.watching = True

    def look(self, int index):
        """What a person wants to see of a stream, beside its `status`.

        Returns
        -------
        low, high : float
            Least and largest value of all channels since the last look; NaN when none came, and for text.
        round_trip : float
            Of the best probe so far, s; NaN before the first.
        """
        cdef Stream* stream = self.streams[index]
        cdef double low, high, trip
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            low, high, trip = stream.low, stream.high, stream.round_trip
            stream.low = stream.high = NAN
            PyThread_release_lock(self.lock)
        return low, high, trip

    def _drain(self):
        with nogil:
            self._drain_loop()

    cdef void _drain_loop(self) noexcept nogil:
        cdef double next_probe = 0.0
        cdef double now
        cdef bint last = False
        cdef bint probing
        while not last:
            last = PyThread_acquire_lock_timed(self.stopping, self.cycle_us, 0) == PY_LOCK_ACQUIRED
            now = lsl.clock()
            probing = now >= next_probe or last
            if probing:
                next_probe = now + PROBE_EVERY
            self._one_cycle(now, probing, last)
            if self.error != 0:
                # Said at once by whoever reads `status`; nothing more can be kept, so the queue is left to liblsl.
                if not last:
                    PyThread_acquire_lock(self.stopping, 1)
                break
        PyThread_release_lock(self.stopping)

    cdef void _one_cycle(self, double now, bint probing, bint last) noexcept nogil:
        cdef int count, i
        PyThread_acquire_lock(self.lock, 1)
        count = self.count
        self._take_pending()
        PyThread_release_lock(self.lock)
        for i in range(count):
            if not self.streams[i].gone:
                self._drain_stream(self.streams[i], now, probing, MOST_AT_END if last else MOST_PULLS)
        self._note_moments()
        if self.error == 0 and (now >= self.next_count or last):
            self.next_count = now + COUNT_EVERY
            self._write_counts(count, last)
        self._write()
        PyThread_acquire_lock(self.lock, 1)
        self.cycles += 1
        self.last_cycle = now
        PyThread_release_lock(self.lock)

    cdef void _note_moments(self) noexcept nogil:
        cdef double[2] moments
        if self.cycle.chunks.length > 0:
            moments[0] = self.last_cycle if self.cycles > 0 else NAN
            moments[1] = lsl.clock()
            cycle_record(&self.cycle, b"T", <const unsigned char*>moments, sizeof(moments))

    cdef void _write(self) noexcept nogil:
        """Write what there is; after an error nothing more."""
        cdef int64_t before = self.cycle.offset
        cdef int error
        if self.error != 0:
            return
        error = cycle_write(&self.cycle, self.fd)
        PyThread_acquire_lock(self.lock, 1)
        self.error = error
        self.written = self.cycle.offset
        self.dirty = self.dirty or self.cycle.offset != before
        PyThread_release_lock(self.lock)

    cdef void _write_counts(self, int count, bint last) noexcept nogil:
        """Say what the cycle brings each stream to, unless that has been said: a journal that lacks some tells so."""
        cdef uint64_t total = 0
        cdef int i
        self.counts.length = 0
        for i in range(count):
            buffer_put(&self.counts, &self.streams[i].number, 4)
            buffer_put(&self.counts, &self.streams[i].samples, 8)
            total += self.streams[i].samples
        if self.counts.failed:
            self.cycle.records.failed = True
        elif count > 0 and (last or total > self.counted):
            cycle_record(&self.cycle, b"C", self.counts.data, self.counts.length)
        self.counted = total

    cdef void _take_pending(self) noexcept nogil:
        cdef unsigned char* place = self.pending.data
        cdef unsigned char* end = place + self.pending.length
        cdef uint16_t tag
        cdef uint32_t number
        cdef uint64_t length
        while place < end:
            memcpy(&tag, place, 2)
            memcpy(&number, place + 2, 4)
            memcpy(&length, place + 6, 8)
            place += 14
            if tag == RECORD:
                cycle_record(&self.cycle, <char>number, place, length)
            else:
                cycle_chunk(&self.cycle, tag, number, place, length)
            place += length
        self.pending.length = 0

    cdef void _drain_stream(self, Stream* stream, double now, bint probing, int most) noexcept nogil:
        cdef int32_t error = 0
        cdef int pulls = 0
        cdef bint leaving
        cdef size_t n
        cdef double time, offset, round_trip
        PyThread_acquire_lock(self.lock, 1)
        leaving = stream.leaving
        PyThread_release_lock(self.lock)
        if leaving:
            most = MOST_AT_END
        while pulls < most:     # one that sends faster than it can be drained holds up neither the others nor the end
            pulls += 1
            n = feed_pull_some(stream.feed, &error)
            if n > 0:
                cycle_samples(&self.cycle, stream.number, stream.feed, n)
                if self.watching:
                    self._see(stream, n)
                feed_release(stream.feed, n)
                self._count(stream, n)
                if self.cycle.chunks.length > MOST_BYTES:
                    self._note_moments()
                    self._write()
            if n < stream.feed.asked or self.error != 0:
                break
        if probing and feed_probe(stream.feed, &time, &offset, &round_trip):
            cycle_probe(&self.cycle, stream.number, time, offset, round_trip, now)
            PyThread_acquire_lock(self.lock, 1)
            stream.offset = offset
            if not stream.round_trip <= round_trip:
                stream.round_trip = round_trip
            PyThread_release_lock(self.lock)
        if error == -2 or leaving:
            PyThread_acquire_lock(self.lock, 1)
            stream.lost = stream.lost or error == -2
            stream.gone = stream.gone or leaving
            PyThread_release_lock(self.lock)

    cdef void _count(self, Stream* stream, size_t n) noexcept nogil:
        PyThread_acquire_lock(self.lock, 1)
        if stream.samples == 0:
            stream.first_stamp = stream.feed.stamps[0]
        stream.samples += n
        stream.reads += 1
        stream.last_stamp = stream.feed.stamps[n - 1]
        stream.arrived = lsl.clock()
        PyThread_release_lock(self.lock)

    cdef void _see(self, Stream* stream, size_t n) noexcept nogil:
        cdef double low = NAN
        cdef double high = NAN
        feed_extremes(stream.feed, n, &low, &high)
        PyThread_acquire_lock(self.lock, 1)
        # A comparison with NaN is false: the first value that is a number takes its place.
        if not stream.low <= low and low == low:
            stream.low = low
        if not stream.high >= high and high == high:
            stream.high = high
        PyThread_release_lock(self.lock)

    def _sync(self):
        with nogil:
            self._sync_loop()

    cdef void _sync_loop(self) noexcept nogil:
        """Sync once a second beside the drain, so that a slow disk never holds up the inlets."""
        cdef bint last = False
        cdef bint dirty
        cdef int error
        while not last:
            last = PyThread_acquire_lock_timed(self.syncing, self.sync_us, 0) == PY_LOCK_ACQUIRED
            PyThread_acquire_lock(self.lock, 1)
            dirty = self.dirty
            self.dirty = False
            PyThread_release_lock(self.lock)
            if dirty:
                error = sync_file(self.fd)
                PyThread_acquire_lock(self.lock, 1)
                self.syncs += 1
                if self.sync_error == 0:        # the first failure stands: what the disk lost does not come back
                    self.sync_error = error
                PyThread_release_lock(self.lock)
        PyThread_release_lock(self.syncing)
