"""The inlets of `groundup live`: drained without the interpreter, and put on the lab clock.

Streams that must not wait have a thread each that is blocked in liblsl and rings when something has come; the others are
looked at in turns, so that nothing wakes up for nothing.

What has come is handed over as soon as anything has; nothing is queued here, so a Python that is busy leaves its samples
to liblsl's own buffers.
"""

from libc.math cimport NAN, fmax, fmin
from libc.stdint cimport int32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free

from groundup_ext._live_time cimport (
    Probe, TimeLine, timeline_begin, timeline_free, timeline_known, timeline_one, timeline_probe)
from groundup_ext._locks cimport (
    PyThread_acquire_lock, PyThread_acquire_lock_timed, PyThread_allocate_lock,
    PyThread_free_lock, PyThread_release_lock, PyThread_type_lock)
from groundup_ext._lsl cimport (
    STRING, Feed, feed_free, feed_new, feed_probe, feed_pull, feed_release, feed_take, feed_widen, lsl)

import numpy as np

from groundup_ext._lsl import FORMAT_CODES
from groundup_ext.status import StreamStatus

cdef enum:
    MAX_STREAMS = 4096

cdef double PROBE_EVERY = 0.25          # seconds between looks for a new probe; liblsl makes one every 2 s
cdef double FIRST_PROBE_EVERY = 0.02
cdef double FLAGS_EVERY = 0.01          # seconds between looks for streams that are to be let go
cdef double GATHER_S = 5e-5             # what comes so soon after a first sample is its chunk, and taken along
cdef double LISTEN_S = 0.1              # how long a listener is blocked before it looks whether it is still wanted

cdef struct Stream:
    Feed* feed
    TimeLine line
    size_t waiting              # samples pulled and not handed over yet
    double next_probe
    double every, next_look     # a stream that need not hurry is looked at every so many seconds
    bint measured               # its clock has been measured since it was opened: not before is it drained
    bint leaving, gone, lost
    bint listened               # a thread is blocked on it; the feed is that thread's while `heard` is not set
    size_t heard                # samples that it has put there: the feed is the loop's, until it gives it back
    PyThread_type_lock turn     # always held: the listener waits for it until it has the feed again
    uint64_t samples
    double first_stamp, last_stamp, arrived, offset


cdef class Inlets:
    """Inlets that are drained together.

    Parameters
    ----------
    cycle_s : float
        How often those are looked at that neither have a listener nor are relaxed.
    """

    cdef (Stream*)[4096] streams        # MAX_STREAMS
    cdef int count
    cdef long long cycle_us
    cdef PyThread_type_lock lock        # guards the flags that another thread sets
    cdef PyThread_type_lock sleeping    # always held: to wait for it is to sleep
    cdef double looked, next_flags
    cdef bint closing

    def __cinit__(self, double cycle_s=0.001):
        self.cycle_us = <long long>(cycle_s * 1e6)
        self.lock = PyThread_allocate_lock()
        self.sleeping = PyThread_allocate_lock()
        if self.lock == NULL or self.sleeping == NULL:
            raise MemoryError("no memory for the locks of the inlets")
        PyThread_acquire_lock(self.sleeping, 1)
        if lsl.clock == NULL:
            raise RuntimeError("liblsl is not bound yet; call groundup_ext._lsl.bind first")

    def __dealloc__(self):
        cdef int i
        for i in range(self.count):
            feed_release(self.streams[i].feed, self.streams[i].waiting)
            feed_free(self.streams[i].feed)
            timeline_free(&self.streams[i].line)
            PyThread_release_lock(self.streams[i].turn)
            PyThread_free_lock(self.streams[i].turn)
            free(self.streams[i])
        if self.lock != NULL:
            PyThread_free_lock(self.lock)
        if self.sleeping != NULL:
            PyThread_release_lock(self.sleeping)
            PyThread_free_lock(self.sleeping)

    def add(self, handle, str format, size_t channels, size_t capacity, double rate, double latency_s):
        """Begin to drain an inlet; returns its index."""
        cdef Stream* stream
        if self.count >= MAX_STREAMS:
            raise OverflowError(f"more than {MAX_STREAMS} streams")
        stream = <Stream*>calloc(1, sizeof(Stream))
        if stream == NULL:
            raise MemoryError("no memory for another stream")
        stream.feed = feed_new(<void*><uintptr_t>handle, FORMAT_CODES[format], channels, capacity)
        stream.turn = PyThread_allocate_lock()
        if stream.feed == NULL or stream.turn == NULL:
            feed_free(stream.feed)
            if stream.turn != NULL:
                PyThread_free_lock(stream.turn)
            free(stream)
            raise MemoryError(f"no memory for {capacity} samples of {channels} channels")
        PyThread_acquire_lock(stream.turn, 1)
        timeline_begin(&stream.line, rate, latency_s)
        stream.offset = NAN
        self.streams[self.count] = stream
        self.count += 1
        return self.count - 1

    def poll_every(self, int index, double every_s):
        """Look at a stream only every so many seconds (0: in every cycle); relaxed streams take turns."""
        self.streams[index].every = every_s
        self.streams[index].next_look = lsl.clock() + every_s * (index * 0.6180339887 % 1.0)

    def claim(self, int index):
        """Let a stream be drained by `listen`, from the thread that calls `wait`; False: it cannot be now."""
        cdef Stream* stream = self.streams[index]
        if stream.listened or stream.heard > 0 or stream.gone or stream.leaving or self.closing:
            return False
        stream.listened = True
        return True

    def listen(self, int index):
        """Block on a stream that was claimed, and wake `wait` as soon as it brings something; in a thread of its own.

        Returns when the stream is lost or let go, or after `stop_listeners`.
        """
        cdef Stream* stream = self.streams[index]
        cdef size_t taken
        cdef bint wanted = stream.listened
        cdef int32_t error = 0
        with nogil:
            while wanted:
                taken = feed_take(stream.feed, 0, 1, LISTEN_S, &error)
                if taken > 0:
                    taken += feed_take(stream.feed, 1, stream.feed.capacity - 1, GATHER_S, &error)
                PyThread_acquire_lock(self.lock, 1)
                stream.heard = taken
                wanted = self._goes_on(stream, error)
                PyThread_release_lock(self.lock)
                if taken > 0:
                    PyThread_release_lock(self.sleeping)
                while taken > 0 and wanted:  # until the loop has given the feed back
                    PyThread_acquire_lock_timed(stream.turn, <long long>(1e6 * LISTEN_S), 0)
                    PyThread_acquire_lock(self.lock, 1)
                    taken = stream.heard
                    wanted = self._goes_on(stream, error)
                    PyThread_release_lock(self.lock)

    cdef bint _goes_on(self, Stream* stream, int32_t error) noexcept nogil:
        """Whether a listener is still wanted; else the feed is the loop's from here on. The lock is held."""
        stream.listened = error != -2 and not (stream.leaving or self.closing)
        return stream.listened

    def stop_listeners(self):
        """Have all listeners return, within a moment; what they heard is still taken by `wait`."""
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            self.closing = True
            PyThread_release_lock(self.lock)

    def release(self, int index):
        """Ask for a stream to be let go; `status` says when it is ``gone``. From any thread."""
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            self.streams[index].leaving = True
            PyThread_release_lock(self.lock)

    def resume(self, int index, handle):
        """Go on with another inlet of the same format and width: the stream has come back. It must be ``gone``."""
        cdef Stream* stream = self.streams[index]
        if not stream.gone:
            raise RuntimeError("a stream resumes only after it has been let go")
        stream.feed.inlet = <void*><uintptr_t>handle
        stream.feed.probe_time = 0.0
        stream.measured = False
        stream.heard = 0
        stream.next_probe = 0.0
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            stream.leaving = stream.gone = stream.lost = False
            PyThread_release_lock(self.lock)

    def status(self):
        """Counters, as of the last look: an `InletsStatus`."""
        rows = []
        cdef int i
        cdef Stream* s
        for i in range(self.count):
            s = self.streams[i]
            rows.append(StreamStatus(i, s.samples, s.first_stamp, s.last_stamp, s.arrived, bool(s.lost), bool(s.gone),
                                     s.offset))
        return {"last_cycle": self.looked, "streams": rows}

    def known(self, int index):
        """What is known of the times of a stream; when nothing is taken any more."""
        return timeline_known(&self.streams[index].line)

    def wait(self, double seconds):
        """Wait until samples have come, at most so long, and take them.

        Returns
        -------
        list of (int, ndarray, ndarray or list)
            Index of the stream; lab times, shape (n,), NaN where they cannot be known; samples as float64, shape (n, C),
            or n lists of C byte strings.
        """
        cdef double until
        cdef int i
        with nogil:
            until = lsl.clock() + seconds
            while not self._drain() and self.looked < until:
                PyThread_acquire_lock_timed(self.sleeping, self._pause(until), 0)
        taken = []
        for i in range(self.count):  # what was listened for leads to events: it comes first
            if self.streams[i].heard > 0 and self.streams[i].waiting > 0:
                taken.append((i, *self._taken(self.streams[i])))
        for i in range(self.count):
            if self.streams[i].waiting > 0:
                taken.append((i, *self._taken(self.streams[i])))
        return taken

    cdef long long _pause(self, double until) noexcept nogil:
        """For how long nothing is to be looked at, unless a listener rings: microseconds, at least 1."""
        cdef int i
        cdef Stream* stream
        cdef double now = lsl.clock()
        cdef double next_look = fmin(until, now + FLAGS_EVERY)
        for i in range(self.count):
            stream = self.streams[i]
            if stream.gone:
                continue
            next_look = fmin(next_look, stream.next_probe)
            if stream.measured and not stream.listened:
                next_look = fmin(next_look, stream.next_look if stream.every > 0.0 else now + 1e-6 * self.cycle_us)
        return <long long>fmax(1.0, 1e6 * (next_look - now))

    cdef int _drain(self) noexcept nogil:
        """Look at every inlet once; how many had something."""
        cdef int i, found = 0
        cdef int32_t error
        cdef Stream* stream
        cdef bint leaving = False
        cdef double now = lsl.clock()
        self.looked = now
        for i in range(self.count):
            stream = self.streams[i]
            if stream.gone:
                continue
            error = 0
            if now >= stream.next_probe:
                self._probe(stream, now)
            if now >= self.next_flags:
                PyThread_acquire_lock(self.lock, 1)
                leaving = stream.leaving
                PyThread_release_lock(self.lock)
            if stream.measured and stream.waiting == 0:
                if stream.listened or stream.heard > 0:
                    self._take_heard(stream, &error)
                elif now >= stream.next_look or leaving:
                    if stream.every > 0.0:
                        stream.next_look = fmax(stream.next_look + stream.every, now)
                    stream.waiting = feed_pull(stream.feed, &error)
                if stream.waiting > 0:
                    self._count(stream, now)
            found += stream.waiting > 0
            if error == -2 or (leaving and not stream.listened and stream.waiting < stream.feed.capacity):
                PyThread_acquire_lock(self.lock, 1)
                stream.lost = stream.lost or error == -2
                stream.gone = stream.gone or (leaving and not stream.listened)
                PyThread_release_lock(self.lock)
        if now >= self.next_flags:
            self.next_flags = now + FLAGS_EVERY
        return found

    cdef void _take_heard(self, Stream* stream, int32_t* error) noexcept nogil:
        """Take what a listener has heard, and what has come behind it."""
        cdef size_t heard
        PyThread_acquire_lock(self.lock, 1)
        heard = stream.heard
        PyThread_release_lock(self.lock)
        if heard > 0:
            stream.waiting = heard + feed_take(stream.feed, heard, stream.feed.capacity - heard, 0.0, error)

    cdef void _probe(self, Stream* stream, double now) noexcept nogil:
        cdef Probe probe
        if feed_probe(stream.feed, &probe.time, &probe.offset, &probe.round_trip):
            probe.collected = now
            stream.measured = timeline_probe(&stream.line, probe) or stream.measured
            stream.offset = probe.offset
        stream.next_probe = now + (PROBE_EVERY if stream.measured else FIRST_PROBE_EVERY)

    cdef void _count(self, Stream* stream, double now) noexcept nogil:
        if stream.samples == 0:
            stream.first_stamp = stream.feed.stamps[0]
        stream.samples += stream.waiting
        stream.last_stamp = stream.feed.stamps[stream.waiting - 1]
        stream.arrived = now

    cdef tuple _taken(self, Stream* stream):
        cdef size_t n = stream.waiting
        cdef size_t i, j
        cdef double now = stream.arrived
        times = np.empty(n)
        cdef double[::1] time = times
        for i in range(n):
            time[i] = timeline_one(&stream.line, stream.feed.stamps[i], now)
        if stream.feed.format == STRING:
            rows = []
            for i in range(n):
                row = []
                for j in range(i * stream.feed.channels, (i + 1) * stream.feed.channels):
                    row.append(stream.feed.strings[j][: stream.feed.lengths[j]]
                               if stream.feed.strings[j] != NULL else b"")
                rows.append(row)
            feed_release(stream.feed, n)
            self._give_back(stream)
            return times, rows
        samples = np.empty((n, stream.feed.channels))
        cdef double[:, ::1] value = samples
        if stream.feed.channels > 0:
            feed_widen(stream.feed, n, &value[0, 0])
        self._give_back(stream)
        return times, samples

    cdef void _give_back(self, Stream* stream) noexcept nogil:
        """All has been taken out of a feed; its listener, if it has one, may have it."""
        stream.waiting = 0
        if stream.heard > 0:
            PyThread_acquire_lock(self.lock, 1)
            stream.heard = 0
            PyThread_release_lock(self.lock)
            PyThread_release_lock(stream.turn)
