"""The causal form of a processor: a stage that is fed chunk by chunk, in Python or through the C ABI."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from groundup.model.anatomy import Side
from groundup.model.events import LONGEST_KIND, Event, is_event
from groundup.model.signals import Floats, Signal
from groundup.model.streams import Channel, Plate
from groundup_ext._chain import Chain, Native, processor_capsule
from groundup_ext._kernel_processor import kernel_capsule
from groundup_ext._kernels import Kernel

_SIDES: tuple[Side, ...] = ("", "L", "R")  # as processor.h numbers them
OF_CHANNEL = "channel"
"""A unit of events' values that is that of the channel each was found in."""


@dataclass(frozen=True)
class SignalForm:
    """What a signal is, without its samples; the attributes are those of `Signal`."""

    id: str
    kind: str
    channels: tuple[Channel, ...]
    rate: float
    plate: Plate | None = None
    inputs: tuple[str, ...] = ()
    attrs: dict[str, float | str] = field(default_factory=dict)

    @classmethod
    def of(cls, signal: Signal) -> "SignalForm":
        """The form of a signal."""
        return cls(
            signal.id, signal.kind, signal.channels, signal.rate, signal.plate, signal.inputs, dict(signal.attrs)
        )

    def signal(self, time: Floats, samples: Floats) -> Signal:
        """A signal of this form.

        Parameters
        ----------
        time : ndarray, shape (N,)
        samples : ndarray, shape (N, C)
        """
        attrs = dict(self.attrs)
        return Signal(self.id, self.kind, time, samples, self.channels, self.rate, self.plate, self.inputs, attrs)


@dataclass(frozen=True)
class Made:
    """What a stage made of one chunk.

    Attributes
    ----------
    samples : ndarray, shape (m, C), or None
        A row for each sample that is due (see `Stage.ratio`); None from a stage that makes events only.
    events : tuple of Event
    """

    samples: Floats | None = None
    events: tuple[Event, ...] = ()


class Stage(ABC):
    """Processes one signal causally, chunk by chunk: the same samples in other chunks give the same bits.

    Attributes
    ----------
    form : SignalForm or None
        What comes out; None: events only.
    latency_s : float
        How late low frequencies come out. It is taken off the times of what comes out, samples and events.
    gap : {"reset", "bridge"}
        What happens where samples are missing: `reset` is called, or the stage goes on as if nothing were missing.
    ratio : Fraction
        Output samples an input sample. Output sample m since the last reset is due with input sample
        ``floor(m / ratio)``: `process` makes neither more nor fewer.
    prompt : bool
        Whether its events are wanted the moment they are sure. False: they are told long after they happened anyway,
        and live may collect samples for 50 ms before it is fed.
    """

    form: SignalForm | None = None
    latency_s: float = 0.0
    gap: Literal["reset", "bridge"] = "reset"
    ratio: Fraction = Fraction(1)
    prompt: bool = True

    @abstractmethod
    def process(self, time: Floats, samples: Floats) -> Made:
        """Take the next samples.

        Parameters
        ----------
        time : ndarray, shape (n,)
            Seconds on the lab clock; n is at least 1.
        samples : ndarray, shape (n, C), float64
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget all samples: what comes next is the first."""


class NativeStage(Stage):
    """A stage in C, Cython or numba: a processor of the C ABI (``groundup/processor.h``), run without the GIL.

    Parameters
    ----------
    capsule : PyCapsule ``groundup.processor.v2``
    taken : SignalForm
        What it is fed.
    made : SignalForm, optional
        What comes out; None where it makes events only. The rate is the processor's to say, and is filled in.
    kinds : sequence of str
        The kinds of events that it tells: ``("burst", "rest")``. In the struct they are numbers, from 0.
    value_unit : str
        Unit of the events' values; ``"channel"``: that of the channel each was found in.

    Raises
    ------
    ValueError
        In a sentence: if it is no such processor, of another version, lacks a function, does not fit the channels, or
        refuses the rate.
    """

    def __init__(
        self,
        capsule: object,
        taken: SignalForm,
        made: SignalForm | None = None,
        *,
        kinds: Sequence[str] = (),
        value_unit: str = "",
    ) -> None:
        self.native = Native(capsule)
        self.kinds, self.value_unit = checked_kinds(kinds), value_unit
        if self.native.in_channels != len(taken.channels):
            raise ValueError(f"it takes {self.native.in_channels} channels and {taken.id} has {len(taken.channels)}")
        channels = len(made.channels) if made is not None else 0
        if self.native.out_channels != channels:
            raise ValueError(f"it makes {self.native.out_channels} channels and {channels} are described")
        self.ratio = Fraction(*self.native.ratio)
        self.gap = "bridge" if self.native.bridges else "reset"
        self.form = None if made is None else replace(made, rate=taken.rate * float(self.ratio))
        self.native.activate(taken.rate)
        self.latency_s = self.native.latency_s

    @classmethod
    def of_function(
        cls,
        function: object,
        taken: SignalForm,
        made: SignalForm | None = None,
        *,
        state: Floats | None = None,
        latency_s: float = 0.0,
        gap: Literal["reset", "bridge"] = "reset",
        ratio: Fraction = Fraction(1),
        kinds: Sequence[str] = (),
        value_unit: str = "",
    ) -> "NativeStage":
        """A stage around one compiled function, such as numba's ``@cfunc``, with the signature of ``process``.

        Parameters
        ----------
        function : object
            With an ``address``, as numba's compiled functions have, or the address itself.
        state : ndarray, optional
            The function is given a pointer to a copy; a reset puts the values back.
        """
        capsule = processor_capsule(
            address_of(function),
            in_channels=len(taken.channels),
            out_channels=len(made.channels) if made is not None else 0,
            state=np.ascontiguousarray(state).tobytes() if state is not None else b"",
            ratio=ratio.as_integer_ratio(),
            bridges=gap == "bridge",
            latency_s=latency_s,
            keep=function,
        )
        return cls(capsule, taken, made, kinds=kinds, value_unit=value_unit)

    @classmethod
    def of_kernel(
        cls,
        kernel: Kernel,
        taken: SignalForm,
        made: SignalForm,
        *,
        gains: Sequence[float] | None = None,
        least: float = -np.inf,
        settling_s: float = 0.0,
        gap: Literal["reset", "bridge"] = "reset",
    ) -> "NativeStage":
        """A stage that runs a kernel of `groundup.plugin.kernels`; its latency is the kernel's delay.

        Parameters
        ----------
        kernel : Kernel
            A new one, for this stage alone.
        gains : sequence of float, optional
            What each channel that comes out is multiplied with: a unit's factor.
        least : float
            What comes out lower (after the gain) is set to this.
        settling_s : float
            For how long what comes out after the start, and after a gap, is NaN: the filter has yet to settle.
        """
        rate = made.rate or taken.rate
        capsule = kernel_capsule(
            kernel, gains=gains, least=least, settling=int(settling_s * rate), bridges=gap == "bridge"
        )
        return cls(capsule, taken, made)

    def process(self, time: Floats, samples: Floats) -> Made:
        """Not called: a chain runs the processor itself, without the interpreter."""
        raise TypeError("a native stage runs in a groundup.live.engine.graph.Graph only")

    def reset(self) -> None:
        """Likewise the chain's."""
        raise TypeError("a native stage runs in a groundup.live.engine.graph.Graph only")


class SampleStage(Stage):
    """A stage of a function of samples alone, such as a kernel's ``process``.

    Parameters
    ----------
    form : SignalForm
        What comes out.
    process : callable
        Takes samples, shape (n, C), and gives those that are due, shape (m, C').
    reset : callable
    """

    def __init__(
        self,
        form: SignalForm,
        process: Callable[[Floats], Floats],
        reset: Callable[[], None],
        *,
        latency_s: float = 0.0,
        gap: Literal["reset", "bridge"] = "reset",
        ratio: Fraction = Fraction(1),
    ) -> None:
        self.form, self.latency_s, self.gap, self.ratio = form, latency_s, gap, ratio
        self._process, self._reset = process, reset

    def process(self, time: Floats, samples: Floats) -> Made:
        """Samples by the function."""
        return Made(self._process(samples))

    def reset(self) -> None:
        """Forget, by the function."""
        self._reset()


def add_stage(chain: Chain, stage: Stage, taken: SignalForm, parent: int = -1) -> int:
    """Add a stage to a chain; returns its index.

    Raises
    ------
    TypeError, ValueError
        In a sentence: if it is no stage, or says of itself what cannot be.
    """
    if not isinstance(stage, Stage):
        raise TypeError(f"its causal form is a {type(stage).__name__}, not a Stage")
    if stage.gap not in ("reset", "bridge"):
        raise ValueError(f"at a gap it wants to {stage.gap!r}; reset and bridge are possible")
    if not 0.0 <= stage.latency_s < np.inf:
        raise ValueError(f"its latency is {stage.latency_s} s")
    if stage.ratio <= 0:
        raise ValueError(f"its ratio is {stage.ratio}")
    if stage.form is not None and not stage.form.channels:
        raise ValueError("what it makes has no channels")
    expected = taken.rate * float(stage.ratio)
    if stage.form is not None and abs(stage.form.rate - expected) > 1e-9 * expected:
        raise ValueError(f"it says it makes {stage.form.rate:g} Hz, and its ratio makes {expected:g} Hz")
    return chain.add(
        stage.native if isinstance(stage, NativeStage) else stage,
        parent,
        channels=len(stage.form.channels) if stage.form is not None else 0,
        rate=taken.rate,
        latency_s=stage.latency_s,
        bridges=stage.gap == "bridge",
        ratio=stage.ratio.as_integer_ratio(),
        kinds=len(stage.kinds) if isinstance(stage, NativeStage) else 0,
    )


def stage_events(chain: Chain, index: int, stage: Stage, taken: SignalForm) -> Iterator[Event]:
    """Events that a stage told in a chain's last feed, its latency taken off."""
    given = chain.events(index)
    if not isinstance(stage, NativeStage):
        for event in given:
            if is_event(event):
                yield replace(event, time=event.time - stage.latency_s)
        return
    for time, kind, channel, side, confidence, value in given:
        yield event_of(taken, time, stage.kinds[kind], channel, _SIDES[side], confidence, value, stage.value_unit)


def event_of(
    taken: SignalForm,
    time: float,
    kind: str,
    channel: int,
    side: Side,
    confidence: float,
    value: float,
    unit: str,
) -> Event:
    """An event that was found in a channel (-1: in several): its site and side are the channel's.

    Of several that have a site or a side in common, that; nothing of the first one alone.
    """
    of = taken.channels if channel < 0 else (taken.channels[channel],)
    sites, sides = {c.site for c in of}, {c.side for c in of}
    source = (sites.pop() or taken.id) if len(sites) == 1 else ""
    common: Side = sides.pop() if len(sides) == 1 else ""
    units = {c.unit for c in of}
    unit = (units.pop() if len(units) == 1 else "") if unit == OF_CHANNEL else unit
    known = value == value
    return Event(
        time,
        kind,
        side or common,
        source,
        confidence,
        channel=of[0].label if channel >= 0 else "",
        value=value,
        unit=unit if known else "",
    )


def checked_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """The kinds of events that a stage tells.

    Raises
    ------
    ValueError
        If one is no word for a table, or stands twice.
    """
    found = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in found:
        if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST_KIND or not kind.isprintable():
            raise ValueError(f"a kind of event is a word of up to {LONGEST_KIND} letters, not {kind!r}")
    if len(set(found)) < len(found):
        raise ValueError(f"a kind of event stands twice in {found}")
    return found


def address_of(function: object) -> int:
    """Where a compiled function is: an address, or what has one.

    Raises
    ------
    TypeError
        If it is neither.
    """
    address = getattr(function, "address", function)
    if isinstance(address, bool) or not isinstance(address, int) or address <= 0:
        raise TypeError(f"{type(function).__name__} is no compiled function: give its address, or what has .address")
    return address
