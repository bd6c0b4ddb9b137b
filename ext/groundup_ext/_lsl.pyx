"""liblsl called from C: inlets drained without the GIL, in all seven formats.

pylsl finds streams and opens inlets; `bind` takes the addresses of the data functions from the very library that pylsl
loaded, so that one liblsl serves both.
"""

from libc.math cimport isfinite
from libc.stdlib cimport calloc, free
from libc.stdint cimport int8_t, int16_t, int64_t, uint64_t, uintptr_t

import ctypes

ctypedef fused number_t:
    float
    double
    int8_t
    int16_t
    int32_t
    int64_t

ctypedef void (*widen_t)(const void* values, size_t count, double* out) noexcept nogil
ctypedef void (*extremes_t)(const void* values, size_t count, double* low, double* high) noexcept nogil

cdef struct Format:
    size_t value_bytes
    widen_t widen
    extremes_t extremes


cdef void _widen(const number_t* values, size_t count, double* out) noexcept nogil:
    """Values as doubles."""
    cdef size_t i
    for i in range(count):
        out[i] = <double>values[i]


cdef void _extremes(const number_t* values, size_t count, double* low, double* high) noexcept nogil:
    """Least and largest of some values; NaN is none."""
    cdef size_t i
    for i in range(count):
        if not low[0] <= values[i] and values[i] == values[i]:
            low[0] = values[i]
        if not high[0] >= values[i] and values[i] == values[i]:
            high[0] = values[i]


FORMAT_CODES = {"string": STRING}
"""LSL's own numbers for its value formats."""

cdef Format[FORMATS] formats        # by these numbers; that of text stays empty
_PULLS = {}


cdef _numeric(str name, int code, str pull, Format format):
    if not 0 <= code < FORMATS:
        raise ValueError(f"the code of {name}, {code}, is beyond the table: enlarge FORMATS")
    FORMAT_CODES[name] = code
    _PULLS[code] = pull
    formats[code] = format


# What LSL calls it, its number there, and the suffix of the function that pulls it.
_numeric("float32", 1, "f", Format(sizeof(float), <widen_t>_widen[float], <extremes_t>_extremes[float]))
_numeric("double64", 2, "d", Format(sizeof(double), <widen_t>_widen[double], <extremes_t>_extremes[double]))
_numeric("int32", 4, "i", Format(sizeof(int32_t), <widen_t>_widen[int32_t], <extremes_t>_extremes[int32_t]))
_numeric("int16", 5, "s", Format(sizeof(int16_t), <widen_t>_widen[int16_t], <extremes_t>_extremes[int16_t]))
_numeric("int8", 6, "c", Format(sizeof(int8_t), <widen_t>_widen[int8_t], <extremes_t>_extremes[int8_t]))
_numeric("int64", 7, "l", Format(sizeof(int64_t), <widen_t>_widen[int64_t], <extremes_t>_extremes[int64_t]))


def bind(library):
    """Take the data functions of a loaded liblsl.

    Parameters
    ----------
    library : ctypes.CDLL
        ``pylsl.lib``'s own.
    """
    for code, suffix in _PULLS.items():
        lsl.pull[<int>code] = <pull_t><uintptr_t>_address(library, f"lsl_pull_chunk_{suffix}")
    lsl.pull_strings = <pull_strings_t><uintptr_t>_address(library, "lsl_pull_chunk_buf")
    lsl.correction = <correction_t><uintptr_t>_address(library, "lsl_time_correction_ex")
    lsl.clock = <clock_t><uintptr_t>_address(library, "lsl_local_clock")
    lsl.destroy_string = <destroy_t><uintptr_t>_address(library, "lsl_destroy_string")


def _address(library, name):
    try:
        function = getattr(library, name)
    except AttributeError:
        raise OSError(f"this liblsl has no {name}; groundup needs liblsl 1.16 or later") from None
    return ctypes.cast(function, ctypes.c_void_p).value


def is_bound():
    """Whether `bind` has been called."""
    return lsl.clock != NULL


cdef enum:
    TEXT_AT_ONCE = 1 << 22      # bytes of text in one pull, as far as the one before lets expect


cdef Feed* feed_new(void* inlet, int format, size_t channels, size_t capacity) noexcept nogil:
    cdef Feed* feed = <Feed*>calloc(1, sizeof(Feed))
    if feed == NULL:
        return NULL
    feed.inlet = inlet
    feed.format = format
    feed.channels = channels
    feed.capacity = capacity
    feed.at_once = capacity if format != STRING or capacity < 1 else 1      # of texts nobody knows how long they are
    feed.value_bytes = formats[format].value_bytes
    feed.stamps = <double*>calloc(capacity, sizeof(double))
    cdef bint ok = feed.stamps != NULL
    if format == STRING:
        feed.strings = <char**>calloc(capacity * channels + 1, sizeof(char*))
        feed.lengths = <uint32_t*>calloc(capacity * channels + 1, sizeof(uint32_t))
        ok = ok and feed.strings != NULL and feed.lengths != NULL
    else:
        feed.values = <unsigned char*>calloc(capacity * channels + 1, feed.value_bytes)
        ok = ok and feed.values != NULL
    if not ok:
        feed_free(feed)
        return NULL
    return feed


cdef void feed_free(Feed* feed) noexcept nogil:
    if feed == NULL:
        return
    free(feed.stamps)
    free(feed.values)
    free(feed.strings)
    free(feed.lengths)
    free(feed)


cdef size_t feed_pull(Feed* feed, int32_t* error) noexcept nogil:
    """Take what is queued, at most `capacity` samples; never waits. Strings are ours until `feed_release`."""
    return feed_take(feed, 0, feed.capacity, 0.0, error)


cdef size_t feed_pull_some(Feed* feed, int32_t* error) noexcept nogil:
    """Take some of what is queued, as `feed_pull` does, in bounded memory.

    Of texts as many as those of the last pull let expect to take some MiB: a sample of 50 MB comes alone. There may be
    more if as many came as were ``asked`` for.
    """
    cdef size_t taken, i
    cdef uint64_t length = 0
    feed.asked = feed.at_once
    taken = feed_take(feed, 0, feed.asked, 0.0, error)
    if feed.format == STRING and taken > 0:
        for i in range(taken * feed.channels):
            length += feed.lengths[i]
        if length > TEXT_AT_ONCE:
            feed.at_once = max(<size_t>1, <size_t>(taken * TEXT_AT_ONCE / length))
        elif taken == feed.asked:
            feed.at_once = min(feed.capacity, 2 * feed.at_once)
    return taken


cdef size_t feed_take(Feed* feed, size_t begin, size_t most, double wait, int32_t* error) noexcept nogil:
    """Take at most so many samples, behind the first `begin` of the buffer; wait at most so long until all are there."""
    cdef unsigned long elements = <unsigned long>(most * feed.channels)
    cdef size_t first = begin * feed.channels
    cdef unsigned long taken
    error[0] = 0
    if feed.channels == 0 or most == 0:
        return 0
    if feed.format == STRING:
        taken = lsl.pull_strings(feed.inlet, feed.strings + first, feed.lengths + first, feed.stamps + begin, elements,
                                 <unsigned long>most, wait, error)
    else:
        taken = lsl.pull[feed.format](feed.inlet, feed.values + first * feed.value_bytes, feed.stamps + begin, elements,
                                      <unsigned long>most, wait, error)
    return <size_t>taken // feed.channels


cdef void feed_release(Feed* feed, size_t samples) noexcept nogil:
    """Give the strings of the last pull back to liblsl."""
    cdef size_t i
    if feed.format != STRING:
        return
    for i in range(samples * feed.channels):
        if feed.strings[i] != NULL:
            lsl.destroy_string(feed.strings[i])
            feed.strings[i] = NULL


cdef void feed_widen(const Feed* feed, size_t samples, double* out) noexcept nogil:
    """The first samples of the buffer as doubles; of text nothing."""
    if feed.format != STRING:
        formats[feed.format].widen(feed.values, samples * feed.channels, out)


cdef void feed_extremes(const Feed* feed, size_t samples, double* low, double* high) noexcept nogil:
    """Least and largest value of the first samples of the buffer, beside what is there already; of text nothing."""
    if feed.format != STRING:
        formats[feed.format].extremes(feed.values, samples * feed.channels, low, high)


cdef bint feed_probe(Feed* feed, double* time, double* offset, double* round_trip) noexcept nogil:
    """Say whether liblsl has made a probe that was not seen before, and which.

    Before the first one, and just after an outlet's restart, liblsl answers with an error, offset 0 and round trip -1:
    that is no measurement.
    """
    cdef int32_t error = 0
    time[0] = 0.0
    round_trip[0] = -1.0
    offset[0] = lsl.correction(feed.inlet, time, round_trip, 0.0, &error)
    if error != 0 or round_trip[0] < 0.0 or time[0] == feed.probe_time:
        return False
    if not (isfinite(time[0]) and isfinite(offset[0]) and isfinite(round_trip[0])):
        return False
    feed.probe_time = time[0]
    return True


cdef class Inlet:
    """One LSL inlet, drained into arrays.

    Parameters
    ----------
    handle : int
        Address of the ``lsl_inlet``; whoever opened it keeps it alive.
    format : str
        LSL name of the value format.
    channels : int
    capacity : int
        Samples one `pull` can return.
    """

    cdef Feed* feed

    def __cinit__(self, handle, str format, size_t channels, size_t capacity=1024):
        if lsl.clock == NULL:
            raise RuntimeError("liblsl is not bound yet; call groundup_ext._lsl.bind first")
        self.feed = feed_new(<void*><uintptr_t>handle, FORMAT_CODES[format], channels, capacity)
        if self.feed == NULL:
            raise MemoryError(f"no memory for {capacity} samples of {channels} channels")

    def __dealloc__(self):
        feed_free(self.feed)

    def pull(self):
        """Take what is queued, without waiting.

        Returns
        -------
        stamps : bytes
            n float64 device time stamps.
        values : bytes or list of list of bytes
            n x channels values in the stream's own format.

        Raises
        ------
        ConnectionError
            If the stream is lost and cannot come back.
        """
        cdef int32_t error = 0
        cdef size_t n, i, j
        with nogil:
            n = feed_pull(self.feed, &error)
        if n == 0 and error == -2:
            raise ConnectionError("the stream was lost")
        stamps = (<char*>self.feed.stamps)[: n * sizeof(double)]
        if self.feed.format != STRING:
            return stamps, (<char*>self.feed.values)[: n * self.feed.channels * self.feed.value_bytes]
        rows = []
        for i in range(n):
            row = []
            for j in range(i * self.feed.channels, (i + 1) * self.feed.channels):
                row.append(self.feed.strings[j][: self.feed.lengths[j]] if self.feed.strings[j] != NULL else b"")
            rows.append(row)
        feed_release(self.feed, n)
        return stamps, rows

    def probe(self):
        """The newest probe as (device time, offset, round trip), or None if it was seen before."""
        cdef double time, offset, round_trip
        cdef bint new
        with nogil:
            new = feed_probe(self.feed, &time, &offset, &round_trip)
        return (time, offset, round_trip) if new else None
