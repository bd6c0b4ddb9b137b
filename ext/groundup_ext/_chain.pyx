"""Runs processors over one stream, chunk by chunk and without the GIL: what the ABI of processor.h promises, kept here.

A `Chain` is a tree of nodes, each fed by the stream or by another node. It cuts chunks at gaps and at what a processor
takes in one call, gives every output sample and event its time, and goes on without a processor that fails.
"""

cimport cython
from cpython.pycapsule cimport (
    PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_IsValid, PyCapsule_New,
    PyCapsule_SetContext)
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.math cimport NAN, isfinite, isinf
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from groundup.processor cimport (
    GROUNDUP_EVENT_REACH, GROUNDUP_GAP_BRIDGE, GROUNDUP_LATENCY, GROUNDUP_NO_CHANNEL, GROUNDUP_PROCESSOR_CAPSULE,
    GROUNDUP_PROCESSOR_VERSION, GROUNDUP_RIGHT, groundup_event, groundup_latency, groundup_processor)

import _thread
import threading

import numpy as np

cdef enum:
    MAX_CHANNELS = 1 << 16
    MAX_RATIO = 1 << 20
    # Why a node is bypassed, beside what a processor returns itself.
    RAISED = -1001
    WRONG_COUNT = -1002
    WRONG_EVENT = -1003
    NO_MEMORY = -1004
    WRONG_KIND = -1005
    WRONG_CHANNEL = -1006
    MANY_EVENTS = -1007
    # Samples in one call: fewer of a wide stream, so that there is room for an event of each channel in each sample.
    MOST_SAMPLES = 1024
    LEAST_SAMPLES = 16
    MOST_EVENTS = 1 << 18

cdef size_t MANY = 4096                 # values; with fewer the GIL is kept: to get it back may take longer
cdef double GAP = 1.5                   # sampling intervals

cdef dict _SAID = {
    WRONG_COUNT: "it did not write as many samples as it has to",
    WRONG_EVENT: "it told an event that cannot be: in the future or too far back, of no known side, of a confidence "
                 "that is not from 0 to 1, or of a value that is infinite",
    WRONG_KIND: "it told an event of none of the kinds that it was described with; NativeStage(kinds=...) says them",
    WRONG_CHANNEL: "it told an event of a channel that it was not given; GROUNDUP_NO_CHANNEL says that it is of none",
    MANY_EVENTS: "it told more events than there was room for",
    NO_MEMORY: "there is no memory for its output",
}
# Processors that a chain is using: one cannot be fed two streams.
cdef set _in_use = set()
_lock = threading.Lock()


@cython.no_gc_clear  # its capsule must outlive it
cdef class Native:
    """A processor of the C ABI, checked, and activated while this object lives.

    Parameters
    ----------
    capsule : PyCapsule
        ``groundup.processor.v2``.

    Raises
    ------
    ValueError
        In a sentence: if it is no such capsule, is of another version, or lacks a function.
    """

    def __cinit__(self, capsule):
        if PyCapsule_IsValid(capsule, "groundup.processor.v1"):
            raise ValueError(_other_version(1))
        if not PyCapsule_IsValid(capsule, GROUNDUP_PROCESSOR_CAPSULE):
            raise ValueError(f"{_shown(capsule)} is not a processor; a PyCapsule named "
                             f"{GROUNDUP_PROCESSOR_CAPSULE.decode()!r} is expected")
        self.capsule = capsule
        self.pointer = <groundup_processor*>PyCapsule_GetPointer(capsule, GROUNDUP_PROCESSOR_CAPSULE)
        _check(self.pointer)

    def activate(self, double rate, uint32_t max_samples=0):
        """Make it ready for samples at a rate (Hz, 0: irregular), at most `max_samples` at a time (0: as many as fit).

        Raises
        ------
        ValueError
            If it refuses, or is in use elsewhere.
        """
        cdef int32_t answer
        key = <uintptr_t>self.pointer
        if max_samples == 0:
            max_samples = min(MOST_SAMPLES, max(LEAST_SAMPLES, MOST_EVENTS // self.pointer.in_channels))
        with _lock:
            if self.active or key in _in_use:
                raise ValueError("the processor is in use already; each stream needs one of its own")
            _in_use.add(key)
        answer = self.pointer.activate(self.pointer.state, rate, max_samples)
        if answer != 0:
            with _lock:
                _in_use.discard(key)
            raise ValueError(f"the processor cannot work at {rate:g} Hz (its activate returned {answer})")
        self.max_samples = max_samples
        self.active = True
        self.pointer.reset(self.pointer.state)

    def close(self):
        """Let go of what `activate` took. Safe to call twice."""
        if self.active:
            self.active = False
            self.pointer.destroy(self.pointer.state)
            with _lock:
                _in_use.discard(<uintptr_t>self.pointer)

    def __dealloc__(self):
        if self.active:
            self.pointer.destroy(self.pointer.state)
            _in_use.discard(<uintptr_t>self.pointer)

    @property
    def in_channels(self):
        """How many channels it takes."""
        return self.pointer.in_channels

    @property
    def out_channels(self):
        """How many it makes; 0: events only."""
        return self.pointer.out_channels

    @property
    def ratio(self):
        """Output samples an input sample: (up, down)."""
        return self.pointer.up, self.pointer.down

    @property
    def bridges(self):
        """Whether it goes on over a gap; otherwise it is reset there."""
        return self.pointer.gap == GROUNDUP_GAP_BRIDGE

    @property
    def latency_s(self):
        """Its delay of low frequencies in s, by the extension ``groundup.latency/1``; 0 without it.

        Raises
        ------
        ValueError
            If what it says is no finite number.
        """
        cdef groundup_latency* latency
        cdef double seconds
        if self.pointer.extension == NULL:
            return 0.0
        latency = <groundup_latency*>self.pointer.extension(self.pointer.state, GROUNDUP_LATENCY)
        if latency == NULL:
            return 0.0
        if latency.struct_size < sizeof(groundup_latency) or latency.seconds == NULL:
            raise ValueError("the processor's extension groundup.latency/1 has no function seconds")
        seconds = latency.seconds(self.pointer.state)
        if not isfinite(seconds):
            raise ValueError(f"the processor says its latency is {seconds} s")
        return seconds


cdef _check(groundup_processor* p):
    if p == NULL:
        raise ValueError("the processor's capsule is empty")
    if p.version != GROUNDUP_PROCESSOR_VERSION:
        raise ValueError(_other_version(p.version))
    if p.struct_size < sizeof(groundup_processor):
        raise ValueError(f"the processor's struct has {p.struct_size} bytes and version {p.version} has "
                         f"{sizeof(groundup_processor)}; set struct_size = sizeof(groundup_processor)")
    missing = [name for name, given in (("activate", p.activate != NULL), ("process", p.process != NULL),
                                        ("reset", p.reset != NULL), ("destroy", p.destroy != NULL)) if not given]
    if missing:
        raise ValueError(f"the processor has no function {' and no '.join(missing)}")
    if not 1 <= p.in_channels <= MAX_CHANNELS or p.out_channels > MAX_CHANNELS:
        raise ValueError(f"the processor names {p.in_channels} channels in and {p.out_channels} out; "
                         f"1 to {MAX_CHANNELS} and 0 to {MAX_CHANNELS} are possible")
    if not 1 <= p.up <= MAX_RATIO or not 1 <= p.down <= MAX_RATIO:
        raise ValueError(f"the processor names a rate of {p.up}/{p.down} of its input's; both must be at least 1")
    if p.gap > GROUNDUP_GAP_BRIDGE:
        raise ValueError(f"the processor names {p.gap} for what it does at a gap; 0 (reset) or 1 (bridge) is possible")


def _other_version(version):
    return (f"the processor speaks version {version} of the processor ABI and this groundup version "
            f"{GROUNDUP_PROCESSOR_VERSION}; build it again, against the installed groundup/processor.h")


def _shown(value):
    if type(value).__name__ == "PyCapsule":
        return f"a capsule named {(PyCapsule_GetName(value) or b'').decode('utf-8', 'replace')!r}"
    return f"a {type(value).__name__}"


cdef class Chain:
    """Processors in a tree over one stream.

    Parameters
    ----------
    channels : int
        Of the stream.
    rate : float
        Of the stream, in Hz; 0: irregular, and no gap is ever seen in it.
    """

    def __cinit__(self, size_t channels, double rate):
        if not 1 <= channels <= MAX_CHANNELS:
            raise ValueError(f"a stream of {channels} channels cannot be processed")
        self.channels = channels
        self.interval = 1.0 / rate if rate > 0 else 0.0
        self.stages = []
        self.reasons = []
        self.told = []

    def __dealloc__(self):
        cdef int i
        for i in range(self.count):
            free(self.nodes[i].times)
            free(self.nodes[i].values)
            free(self.nodes[i].found)
            free(self.nodes[i].scratch)
            free(self.nodes[i].past)
        free(self.nodes)

    def add(self, stage, int parent=-1, *, size_t channels=0, double rate=0.0, double latency_s=0.0,
            bint bridges=False, ratio=(1, 1), uint32_t kinds=0):
        """Add a node; returns its index.

        Parameters
        ----------
        stage : Native or object
            An activated processor, or an object in Python with ``process(time, samples)`` and ``reset()``.
        parent : int
            Index of the node that feeds it; -1: the stream.
        channels : int
            How many it makes; 0: events only.
        rate : float
            Of what it takes, in Hz.
        latency_s : float
            Taken off the times of what it makes.
        bridges : bool
            Whether it goes on over a gap.
        ratio : tuple of int
            Output samples an input sample: (up, down).
        kinds : int
            How many kinds of events a processor of the C ABI may tell.
        """
        cdef size_t most
        cdef Native native = stage if isinstance(stage, Native) else None
        cdef Node* grown
        cdef Node* node
        cdef size_t width = self.channels if parent == -1 else 0
        if not -1 <= parent < self.count:
            raise ValueError(f"the chain has no node {parent}")
        if parent >= 0:
            width = self.nodes[parent].out_channels
        if width == 0:
            raise ValueError("a node that makes events only feeds no other")
        if native is not None:
            if not native.active:
                raise ValueError("the processor is not activated")
            if native.pointer.in_channels != width:
                raise ValueError(f"the processor takes {native.pointer.in_channels} channels and is given {width}")
            if native.pointer.out_channels != channels:
                raise ValueError(f"the processor makes {native.pointer.out_channels} channels, not {channels}")
            ratio = native.ratio
        up, down = ratio
        if not (1 <= up <= MAX_RATIO and 1 <= down <= MAX_RATIO) or not isfinite(latency_s):
            raise ValueError(f"a ratio of {up}/{down} and a latency of {latency_s} s cannot be")
        if self.count == self.room:
            grown = <Node*>realloc(self.nodes, (2 * self.room + 8) * sizeof(Node))
            if grown == NULL:
                raise MemoryError("no memory for another processor")
            self.nodes = grown
            self.room = 2 * self.room + 8
        node = &self.nodes[self.count]
        memset(node, 0, sizeof(Node))
        node.parent = parent
        node.in_channels = width
        node.out_channels = channels
        node.up, node.down = up, down
        node.resets = not bridges
        node.latency = latency_s
        node.interval = 1.0 / rate if rate > 0 else 0.0
        if native is not None:
            node.native = native.pointer
            node.max_samples = native.max_samples
            # What is never touched costs nothing: most tell few events, or none.
            most = (<size_t>native.max_samples + 1) * width
            node.kinds = kinds
            node.scratch = <groundup_event*>malloc(most * sizeof(groundup_event))
            if kinds > 0:
                node.past = <double*>malloc(GROUNDUP_EVENT_REACH * sizeof(double))
                node.found = <Found*>malloc(most * sizeof(Found))
                node.event_capacity = most
            if node.scratch == NULL or (kinds > 0 and (node.past == NULL or node.found == NULL)):
                free(node.scratch)
                free(node.past)
                free(node.found)
                raise MemoryError("no memory for another processor")
        self.stages.append(stage)
        self.reasons.append("")
        self.told.append([])
        self.count += 1
        return self.count - 1

    def feed(self, const double[::1] times, const double[:, ::1] samples):
        """Process a chunk; what comes of it is read with `made`, `events` and `faults`, until the next `feed`.

        Parameters
        ----------
        times : ndarray, shape (n,), float64
            Seconds on the lab clock.
        samples : ndarray, shape (n, C), float64
        """
        cdef size_t n = times.shape[0]
        cdef int answer
        if <size_t>samples.shape[0] != n or (n > 0 and <size_t>samples.shape[1] != self.channels):
            raise ValueError(f"{samples.shape[0]} x {samples.shape[1]} samples do not fit {n} times of a stream of "
                             f"{self.channels} channels")
        if self.busy:
            raise RuntimeError("a chain is fed one chunk after the other, by one thread at a time")
        self.busy = True
        cdef const double* time = &times[0] if n > 0 else NULL
        cdef const double* value = &samples[0, 0] if n > 0 else NULL
        if n * self.channels < MANY:
            answer = self.run(time, value, n)
        else:
            with nogil:
                answer = self.run(time, value, n)
        self.busy = False
        if answer != 0:
            raise MemoryError("no memory for the processed samples")

    def made(self, int index):
        """What a node made of the last `feed`: times, shape (m,), and samples, shape (m, channels), as copies."""
        cdef Node* node = self._node(index)
        cdef double[::1] times
        cdef double[::1] values
        t = np.empty(node.n, np.float64)
        x = np.empty((node.n, node.out_channels), np.float64)
        if node.n > 0 and node.out_channels > 0:
            times, values = t, x.reshape(-1)
            memcpy(&times[0], node.times, node.n * sizeof(double))
            memcpy(&values[0], node.values, node.n * node.out_channels * sizeof(double))
        return t, x

    def events(self, int index):
        """Events that a node told in the last `feed`.

        Returns
        -------
        list
            Of a processor of the C ABI: tuples (time, kind, channel, side, confidence, value), with the numbers of
            processor.h. Of a stage in Python: its own events, from whose times the latency has not been taken off.
        """
        cdef Node* node = self._node(index)
        cdef size_t i
        if node.native == NULL:
            return self.told[index]
        return [(node.found[i].time, node.found[i].kind, node.found[i].channel, node.found[i].side,
                 node.found[i].confidence, node.found[i].value) for i in range(node.events)]

    @property
    def span(self):
        """Times of the first sample since it began and of the last (s); NaN before any."""
        if not self.begun:
            return NAN, NAN
        return self.first, self.last

    def faults(self):
        """Processors that failed since this was last asked: a list of (index, time, reason)."""
        cdef int i
        cdef int32_t fault
        found = []
        for i in range(self.count):
            fault = self.nodes[i].fault
            if fault != 0:
                self.nodes[i].fault = 0
                reason = self.reasons[i] if fault == RAISED else _SAID.get(fault, f"its process returned {fault}")
                found.append((i, self.nodes[i].failed, reason))
        return found

    def reset(self):
        """Begin anew, with every processor reset."""
        cdef int i
        if self.busy:
            raise RuntimeError("a chain is not reset while it is fed")
        for i in range(self.count):
            self._reset(&self.nodes[i], i)
            self.nodes[i].n = self.nodes[i].events = 0
            self.nodes[i].fault = 0
            self.told[i] = []
        self.begun = False

    cdef Node* _node(self, int index) except NULL:
        if not 0 <= index < self.count:
            raise IndexError(f"the chain has no node {index}")
        return &self.nodes[index]

    cdef int run(self, const double* times, const double* samples, size_t n) noexcept nogil:
        """Process a chunk. -1: no memory; the chain must be reset before it is used again."""
        cdef size_t a = 0
        cdef size_t b
        cdef int i
        for i in range(self.count):
            self.nodes[i].n = self.nodes[i].events = 0
            if self.nodes[i].native == NULL:
                with gil:
                    self.told[i] = []
        while a < n:
            if self.begun and self._is_gap(self.last, times[a]):
                for i in range(self.count):
                    if self.nodes[i].resets:
                        self._reset(&self.nodes[i], i)
            if not self.begun:
                self.begun = True
                self.first = times[a]
            b = a + 1
            while b < n and not self._is_gap(times[b - 1], times[b]):
                b += 1
            for i in range(self.count):
                if self._piece(i, times + a, samples + a * self.channels, b - a) != 0:
                    return -1
            self.last = times[b - 1]
            a = b
        return 0

    cdef bint _is_gap(self, double before, double now) noexcept nogil:
        cdef double step = now - before
        return not (step >= 0.0 and (self.interval == 0.0 or step <= GAP * self.interval))

    cdef void _reset(self, Node* node, int index) noexcept nogil:
        node.seen = 0
        node.error = 0
        if node.native != NULL:
            node.native.reset(node.native.state)
        else:
            with gil:
                self._python_reset(index)

    cdef int _piece(self, int index, const double* times, const double* samples, size_t n) noexcept nogil:
        """Feed one node what its parent made of a piece of the stream without a gap."""
        cdef Node* node = &self.nodes[index]
        cdef Node* parent
        cdef size_t done = 0
        cdef size_t block, expected
        if node.parent >= 0:
            parent = &self.nodes[node.parent]
            times = parent.times + parent.begins
            samples = parent.values + parent.begins * parent.out_channels
            n = parent.n - parent.begins
        node.begins = node.n
        while done < n:
            block = n - done
            if node.native != NULL and block > node.max_samples:
                block = node.max_samples
            expected = _due(node, node.seen + block) - _due(node, node.seen)
            if _grow(node, node.n + expected) != 0:
                return -1
            if node.error == 0:
                if node.native != NULL:
                    node.error = self._block(node, times + done, samples + done * node.in_channels,
                                             <uint32_t>block, expected)
                else:
                    with gil:
                        self._python(index, times + done, samples + done * node.in_channels, block, expected)
                if node.error != 0:
                    node.fault = node.error
                    node.failed = times[done]
            if node.out_channels > 0:
                if node.error != 0:
                    _fill(node.values + node.n * node.out_channels, expected * node.out_channels)
                _stamp(node, times + done, expected)
                node.n += expected
            node.seen += block
            node.total += block
            done += block
        return 0

    cdef int32_t _block(self, Node* node, const double* times, const double* samples, uint32_t n,
                        size_t made) noexcept nogil:
        """One call of a processor."""
        cdef uint32_t out_n = <uint32_t>made
        cdef uint32_t room = (n + 1) * <uint32_t>node.in_channels
        cdef uint32_t event_n = room
        cdef uint32_t i
        cdef double* out = NULL
        cdef int32_t answer
        if node.out_channels > 0:
            out = node.values + node.n * node.out_channels
        else:
            out_n = 0
        if node.kinds > 0:
            for i in range(n):
                node.past[(node.total + i) & (GROUNDUP_EVENT_REACH - 1)] = times[i]
        answer = node.native.process(node.native.state, samples, n, out, &out_n, node.scratch, &event_n)
        if answer != 0:
            return answer
        if out_n != (made if node.out_channels > 0 else 0):
            return WRONG_COUNT
        if event_n > room:
            return MANY_EVENTS
        if event_n > 0 and node.kinds == 0:
            return WRONG_KIND
        if event_n > 0 and _grow_events(node, node.events + event_n) != 0:
            return NO_MEMORY
        for i in range(event_n):
            answer = _keep(node, &node.scratch[i], n)
            if answer != 0:
                return answer
        return 0

    cdef void _python(self, int index, const double* times, const double* samples, size_t n, size_t made) noexcept:
        """One call of a stage in Python; whatever it raises is a fault and no more."""
        cdef Node* node = &self.nodes[index]
        cdef const double[::1] values
        try:
            result = self.stages[index].process(_copy(times, n), _copy(samples, n * node.in_channels).reshape(n, -1))
            out, told = result.samples, list(result.events)
            if node.out_channels > 0:
                out = np.ascontiguousarray(out, np.float64)
                if out.shape != (made, node.out_channels):
                    raise ValueError(f"it made samples of shape {out.shape}; {(made, node.out_channels)} is expected")
                if made > 0:
                    values = out.reshape(-1)
                    memcpy(node.values + node.n * node.out_channels, &values[0],
                           made * node.out_channels * sizeof(double))
            self.told[index] += told
        except BaseException as error:
            self._raised(index, error)

    cdef void _python_reset(self, int index) noexcept:
        try:
            self.stages[index].reset()
        except BaseException as error:
            self._raised(index, error)

    def _raised(self, int index, error):
        self.nodes[index].error = self.nodes[index].fault = RAISED
        self.nodes[index].failed = self.last
        self.reasons[index] = f"{type(error).__name__}: {error}"
        if isinstance(error, KeyboardInterrupt):
            _thread.interrupt_main()  # it was meant for the program


cdef _copy(const double* values, size_t n):
    cdef double[::1] view
    copied = np.empty(n, np.float64)
    if n > 0:
        view = copied
        memcpy(&view[0], values, n * sizeof(double))
    return copied


cdef inline uint64_t _due(Node* node, uint64_t inputs) noexcept nogil:
    """How many output samples are due with this many inputs: those m with floor(m * down / up) < inputs."""
    return (inputs * node.up + node.down - 1) // node.down


cdef void _stamp(Node* node, const double* times, size_t made) noexcept nogil:
    """Give output samples their times: between the inputs they are due with, less the latency."""
    cdef double* out = node.times + node.n
    cdef uint64_t first, at
    cdef size_t i
    if node.up == 1 and node.down == 1:
        for i in range(made):
            out[i] = times[i] - node.latency
        return
    first = _due(node, node.seen)
    for i in range(made):
        at = (first + i) * node.down
        out[i] = (times[at // node.up - node.seen] + <double>(at % node.up) / <double>node.up * node.interval
                  - node.latency)


cdef void _fill(double* values, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        values[i] = NAN


cdef int32_t _keep(Node* node, const groundup_event* event, uint32_t n) noexcept nogil:
    """Keep an event with its time: between the two input samples that it names."""
    cdef int64_t at
    cdef double time
    cdef Found* found
    if event.kind >= node.kinds:
        return WRONG_KIND
    if event.channel < GROUNDUP_NO_CHANNEL or event.channel >= <int64_t>node.in_channels:
        return WRONG_CHANNEL
    if (event.side > GROUNDUP_RIGHT or not 0.0 <= event.fraction < 1.0 or not 0.0 <= event.confidence <= 1.0
            or isinf(event.value)
            or event.sample >= <int64_t>n or event.sample < <int64_t>n - <int64_t>GROUNDUP_EVENT_REACH
            or (event.sample == <int64_t>n - 1 and event.fraction > 0.0)):
        return WRONG_EVENT
    if event.sample < -<int64_t>node.seen:  # before all that it was given since it was reset
        return WRONG_EVENT
    at = <int64_t>node.total + event.sample
    time = node.past[at & (GROUNDUP_EVENT_REACH - 1)]
    if event.fraction > 0.0:
        time += event.fraction * (node.past[(at + 1) & (GROUNDUP_EVENT_REACH - 1)] - time)
    found = &node.found[node.events]
    found.time = time - node.latency
    found.confidence = event.confidence
    found.value = event.value
    found.channel = event.channel
    found.kind = event.kind
    found.side = event.side
    node.events += 1
    return 0


cdef int _grow(Node* node, size_t needed) noexcept nogil:
    cdef double* times
    cdef double* values
    if node.out_channels == 0 or needed <= node.capacity:
        return 0
    needed += needed // 2
    times = <double*>realloc(node.times, needed * sizeof(double))
    if times == NULL:
        return -1
    node.times = times
    values = <double*>realloc(node.values, needed * node.out_channels * sizeof(double))
    if values == NULL:
        return -1
    node.values = values
    node.capacity = needed
    return 0


cdef int _grow_events(Node* node, size_t needed) noexcept nogil:
    cdef Found* found
    if needed <= node.event_capacity:
        return 0
    needed += needed // 2 + 8
    found = <Found*>realloc(node.found, needed * sizeof(Found))
    if found == NULL:
        return -1
    node.found = found
    node.event_capacity = needed
    return 0


# --- a processor from the address of one function: numba's @cfunc, ctypes ---

cdef struct Made:
    groundup_processor processor
    groundup_latency latency
    double seconds
    char* state             # what `process` is given
    char* initial           # what it is set to by `reset`
    size_t size

cdef int32_t _made_activate(void* state, double rate, uint32_t max_samples) noexcept:
    return 0

cdef void _made_destroy(void* state) noexcept:
    pass

cdef Made* _made_of(void* state) noexcept nogil:
    # The state lies behind the struct that describes it.
    return <Made*>(<char*>state - sizeof(Made))

cdef void _made_reset(void* state) noexcept nogil:
    cdef Made* made = _made_of(state)
    memcpy(made.state, made.initial, made.size)

cdef double _made_seconds(void* state) noexcept:
    return _made_of(state).seconds

cdef const void* _made_extension(void* state, const char* id) noexcept:
    if (<bytes>id) == (<bytes>GROUNDUP_LATENCY):
        return &_made_of(state).latency
    return NULL

cdef void _made_free(object capsule) noexcept:
    cdef Made* made = <Made*>PyCapsule_GetPointer(capsule, GROUNDUP_PROCESSOR_CAPSULE)
    cdef void* kept = PyCapsule_GetContext(capsule)
    if kept != NULL:
        Py_DECREF(<object>kept)
    free(made.initial)
    free(made)


def processor_capsule(uintptr_t process, *, uint32_t in_channels, uint32_t out_channels, state=b"", ratio=(1, 1),
                      bint bridges=False, double latency_s=0.0, keep=None):
    """A capsule ``groundup.processor.v2`` around the address of one ``process`` function.

    Parameters
    ----------
    process : int
        Address of a function with the signature of ``process`` in processor.h.
    in_channels, out_channels : int
    state : buffer
        Copied; `process` is given a pointer to the copy, and a reset puts these bytes back.
    ratio : tuple of int
        Output samples an input sample: (up, down).
    bridges : bool
        Whether it goes on over a gap.
    latency_s : float
    keep : object
        Kept alive as long as the capsule: what owns the function.
    """
    cdef const unsigned char[::1] initial = bytes(state)
    cdef size_t size = initial.shape[0]
    cdef Made* made = <Made*>calloc(1, sizeof(Made) + size)
    if made == NULL:
        raise MemoryError("no memory for the processor's state")
    made.initial = <char*>malloc(size + 1)
    if made.initial == NULL:
        free(made)
        raise MemoryError("no memory for the processor's state")
    if size > 0:
        memcpy(made.initial, &initial[0], size)
    made.state = <char*>made + sizeof(Made)
    made.size = size
    made.seconds = latency_s
    made.latency.struct_size = sizeof(groundup_latency)
    made.latency.seconds = _made_seconds
    made.processor.struct_size = sizeof(groundup_processor)
    made.processor.version = GROUNDUP_PROCESSOR_VERSION
    made.processor.state = made.state
    made.processor.in_channels = in_channels
    made.processor.out_channels = out_channels
    made.processor.up, made.processor.down = ratio
    made.processor.gap = bridges
    made.processor.activate = _made_activate
    made.processor.process = <int32_t (*)(void*, const double*, uint32_t, double*, uint32_t*, groundup_event*, uint32_t*) noexcept nogil>process
    made.processor.reset = _made_reset
    made.processor.destroy = _made_destroy
    made.processor.extension = _made_extension
    capsule = PyCapsule_New(&made.processor, GROUNDUP_PROCESSOR_CAPSULE, _made_free)
    Py_INCREF(keep)
    PyCapsule_SetContext(capsule, <void*>keep)
    return capsule
