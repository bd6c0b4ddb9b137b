"""A processor that finds events in each channel by itself: its method is one function of one sample of one channel."""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from groundup.model.anatomy import Side
from groundup.model.events import Event
from groundup.model.signals import Floats
from groundup.model.streams import Channel
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.processor import CausalProcessor
from groundup.plugin.stage import Made, NativeStage, SignalForm, Stage, address_of, checked_kinds, event_of
from groundup_ext._detector import check_filter, detector_capsule
from groundup_ext._kernels import Kernel

EVENT_DTYPE = np.dtype(
    [
        ("sample", np.int64),
        ("fraction", np.float64),
        ("confidence", np.float64),
        ("value", np.float64),
        ("channel", np.int32),
        ("kind", np.uint32),
        ("side", np.uint32),
    ],
    align=True,
)
"""``groundup_event`` of processor.h, for numba: ``numba.from_dtype(EVENT_DTYPE)``."""
REACH = 16384
"""How many samples back an event may lie, as GROUNDUP_EVENT_REACH of processor.h."""
_LARGEST = 1e100  # what is beyond is a missing value, as of the kernels


@dataclass(frozen=True)
class Detection:
    """What a `Detector` has found.

    Attributes
    ----------
    kind : str
        One of `Detector.kinds`.
    back : float
        How many samples before the one just seen it happened; 0 to 16384, need not be whole.
    value : float
        How large, long ...; NaN: it has none. In `Detector.value_unit`.
    confidence : float
        0 to 1.
    side : {"L", "R", ""}
        Empty: that of the channel.
    """

    kind: str
    back: float = 0.0
    value: float = np.nan
    confidence: float = 1.0
    side: Side = ""


Search = Generator[Detection | None, float, None]
"""What `Detector.detect` is: it is sent a sample and yields what that has made sure, or None."""


class Detector(CausalProcessor):
    """Finds events in every channel by itself: offline as live, the same bits in any chunks.

    An author writes `detect`, for one channel and sample by sample; or in C, Cython or numba one function with the
    signature ``groundup_detect`` of processor.h, named by `function`, and `memory`. What it finds is told with the
    label, the side and the site of its channel. A channel begins anew after a gap and where a value is missing.

    Attributes
    ----------
    kinds : tuple of str
        The kinds of events that it tells.
    value_unit : str
        Unit of the events' values; ``"channel"``: that of the channel.
    function : object, optional
        A compiled function instead of `detect`: its address, or what has an ``address``, as numba's ``@cfunc``.
    """

    kinds: ClassVar[tuple[str, ...]]
    value_unit: ClassVar[str] = ""
    function: ClassVar[object] = None

    def filtered(self, form: SignalForm) -> Kernel | None:
        """A kernel of `groundup.plugin.kernels` that all channels go through first; its delay is taken off the times.

        It gives a row for each sample, and takes and gives the channels of `form`.
        """
        return None

    def detect(self, form: SignalForm, channel: Channel) -> Search:
        """Look for events in a channel: ``x = yield`` is its next sample, ``x = yield Detection(...)`` tells one first.

        What is kept from sample to sample are its own variables. It never ends.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither detect nor function")

    def memory(self, form: SignalForm, channel: Channel) -> NDArray[np.generic]:
        """With `function`: what a channel's memory begins with, its settings among it; of one size for all channels."""
        return np.zeros(1)

    def causal(self, form: SignalForm) -> Stage:
        """The stage: of the compiled function, or in Python.

        Raises
        ------
        NotComputableError
            If the signal has no rate.
        TypeError, ValueError
            If `function` is no compiled function, the kernel does not fit, or a kind is none.
        """
        if not form.rate > 0:
            raise NotComputableError(f"{form.id} has no sampling rate")
        function = type(self).function
        kernel = self.filtered(form)
        if function is None:
            return DetectorStage(self, form, kernel)
        memories = [np.ascontiguousarray(self.memory(form, channel)).tobytes() for channel in form.channels]
        capsule = detector_capsule(address_of(function), memories, kernel=kernel, keep=function)
        return NativeStage(capsule, form, kinds=self.kinds, value_unit=self.value_unit)


class DetectorStage(Stage):
    """The stage of a `Detector` that is written in Python."""

    def __init__(self, detector: Detector, taken: SignalForm, kernel: Kernel | None) -> None:
        self._detector, self._taken, self._kernel = detector, taken, kernel
        self._kinds = checked_kinds(detector.kinds)
        if kernel is not None:
            check_filter(kernel, len(taken.channels))
            self.latency_s = kernel.delay / taken.rate
        self.reset()

    def reset(self) -> None:
        """Every channel begins anew."""
        if self._kernel is not None:
            self._kernel.reset()
        self._searches: list[Search | None] = [None] * len(self._taken.channels)
        self._times: list[Floats] = []  # of the last REACH samples and more, chunk by chunk

    def process(self, time: Floats, samples: Floats) -> Made:
        """Sample by sample, the channels in turn."""
        rows = samples if self._kernel is None else self._kernel.process(samples)
        self._times.append(time)
        while sum(len(chunk) for chunk in self._times[1:]) > REACH:
            del self._times[0]
        found = [one for channel in range(rows.shape[1]) for one in self._found(channel, rows[:, channel])]
        if not found:
            return Made()
        found.sort(key=lambda one: one[:2])
        times = np.concatenate(self._times)
        first = len(times) - len(time)
        return Made(events=tuple(self._event(times, first + row, channel, one) for row, channel, one in found))

    def _found(self, channel: int, values: Floats) -> list[tuple[int, int, Detection]]:
        """What one channel's next samples make sure: at which of them, and what."""
        found = []
        search = self._searches[channel]
        for row, value in enumerate(values.tolist()):
            if not abs(value) <= _LARGEST:
                search = None
                continue
            if search is None:
                search = self._detector.detect(self._taken, self._taken.channels[channel])
                next(search)
            try:
                detection = search.send(value)
            except StopIteration:
                raise RuntimeError("its detect has come to an end: a detector goes on for ever (while True)") from None
            if detection is not None:
                found.append((row, channel, detection))
        self._searches[channel] = search
        return found

    def _event(self, times: Floats, at: int, channel: int, found: Detection) -> Event:
        if found.kind not in self._kinds:
            raise ValueError(f"it tells {found.kind!r}, and its kinds are {', '.join(self._kinds)}")
        if not 0.0 <= found.back <= min(at, REACH):
            raise ValueError(f"it tells a {found.kind} of {found.back} samples ago, and was given {at} before")
        if not 0.0 <= found.confidence <= 1.0 or np.isinf(found.value):
            raise ValueError(f"it tells a {found.kind} of confidence {found.confidence} and value {found.value}")
        whole = at - math.ceil(found.back)
        fraction = math.ceil(found.back) - found.back
        time = float(times[whole])
        if fraction > 0.0:  # as the chain does it, to the bit
            time += fraction * (float(times[whole + 1]) - time)
        unit = self._detector.value_unit
        return event_of(
            self._taken, time, found.kind, channel, found.side, float(found.confidence), float(found.value), unit
        )
