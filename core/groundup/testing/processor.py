"""The laws of a processor: it never sees how a stream was cut into chunks, forgets when told, and invents nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from groundup.analysis.wiring import ProcessStep
from groundup.lab.settings import Settings
from groundup.live.engine.graph import Graph
from groundup.model.events import Event
from groundup.model.signals import Floats, Signal
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.processor import CausalProcessor, Processor, Product
from groundup.plugin.stage import SignalForm
from groundup.testing.law import Contract, LawBrokenError, NotTried, described, require
from groundup.testing.people import riser, walker
from groundup.testing.processor_events import alone, require_own

_SECONDS = 6.0
_GAP_S = (3.0, 3.4)
_EXAMPLES = 12


class ProcessorContract(Contract):
    """Laws of a processor, whole and causal.

    ::

        class TestEnvelope(ProcessorContract):
            processor = Envelope

    Attributes
    ----------
    processor : type of Processor
    settings : Settings, optional
        What it is tried with; without it its defaults.
    settles_s : float
        How long a NaN or a gap may be seen in what comes out.
    """

    processor: ClassVar[type[Processor]]
    settings: ClassVar[Settings | None] = None
    settles_s: ClassVar[float] = 1.0

    def signal(self) -> Signal:
        """A signal of the kind it accepts, 6 s or longer; by default of a made person, or what is made of that."""
        return example_signal(self.processor.accepts or "emg")

    def _made(self) -> Processor:
        kind = self.processor.settings_type
        try:
            return self.processor(kind() if self.settings is None else self.settings)
        except TypeError as error:
            raise NotTried(f"its settings have no defaults ({error}): say settings = ...") from error

    def _short(self) -> Signal:
        signal = self.signal()
        return signal.between(float(signal.time[0]), float(signal.time[0]) + _SECONDS)

    def _whole(self, signal: Signal) -> Product:
        try:
            return self._made().whole(signal)
        except NotComputableError as reason:
            raise NotTried(f"not computable, because {reason}") from reason

    def _graph(self, signal: Signal) -> Graph:
        form, processor = SignalForm.of(signal), self._made()
        fixed = type(processor.name, (_Fixed,), {"name": processor.name, "accepts": form.kind, "inner": processor})
        graph = Graph([form], [fixed], [ProcessStep(processor.name, form.id)])
        if any("works on whole recordings only" in note or "not computable" in note for note in graph.notes):
            raise NotTried(graph.notes[0])
        require(not graph.notes, "; ".join(graph.notes))
        return graph

    def test_it_says_what_it_is(self) -> None:
        """A name for lab.toml, a docstring, and the kind of signal it takes."""
        described(self.processor, getattr(self.processor, "name", None), "processor")
        has_kind = isinstance(getattr(self.processor, "accepts", None), str)
        require(has_kind, "say accepts: the kind of signal it takes (emg, plate, imu ...), empty for any")

    def test_what_it_makes_fits_together(self) -> None:
        """A row a time, a column a channel, times that go forwards, and where it was made from."""
        signal = self._short()
        product = self._whole(signal)
        require(isinstance(product, Product), f"whole() gives {type(product).__name__}: return a Product")
        for made in product.signals:
            shape = (len(made.time), len(made.channels))
            require(
                made.samples.shape == shape,
                f"{made.id}: samples {made.samples.shape} for {shape[0]} times and {shape[1]} channels",
            )
            require(made.id != signal.id, f"it calls what it makes {made.id!r}, as what it took: give it another id")
            require(signal.id in made.inputs, f"{made.id}: say inputs=({signal.id!r},), so that the file tells it")
            require((np.diff(made.time) > 0).all(), f"{made.id}: its times do not go forwards")
        for event in product.events:
            inside = signal.time[0] - 1.0 <= event.time <= signal.time[-1] + 1.0
            require(
                inside,
                f"an event at {event.time:.2f} s, and the signal is from {signal.time[0]:.2f} s to "
                f"{signal.time[-1]:.2f} s: events are on the lab clock, in seconds",
            )

    def test_what_it_is_given_stays_as_it_was(self) -> None:
        """Others get the same arrays."""
        signal = self._short()
        locked = replace(signal, time=_locked(signal.time), samples=_locked(signal.samples))
        try:
            self._whole(locked)
        except ValueError as error:
            require("read-only" not in str(error), f"whole() changes what it is given ({error}): work on a copy")
            raise

    def test_the_same_samples_give_the_same_bits(self) -> None:
        """Nothing is kept from one signal to the next."""
        one, other = self._whole(self._short()), self._whole(self._short())
        same = _same_signals(one.signals, other.signals) and one.events == other.events
        require(same, "twice the same signal gives two results: seed what is random, keep nothing in the class")

    def test_a_gap_is_not_filled(self) -> None:
        """Where no samples were, none are made."""
        gapped = _gapped(self._short())
        t0, t1 = gapped.time[0] + _GAP_S[0], gapped.time[0] + _GAP_S[1]
        step = 2.0 / gapped.rate if gapped.rate > 0 else 0.0
        for made in self._whole(gapped).signals:
            # A causal form's latency is taken off its times.
            late = max(0.0, float(gapped.time[0] - made.time[0])) if len(made.time) else 0.0
            inside = (made.time > t0 + step) & (made.time < t1 - step - late)
            filled = inside & np.isfinite(made.samples).any(axis=1)
            require(
                not filled.any(),
                f"{made.id} has {filled.sum()} samples inside a gap: work on each of signal.segments() by itself",
            )

    def test_nan_stays_where_it_is(self) -> None:
        """A missing value is missing there, and soon forgotten."""
        signal = self._short()
        whole = self._whole(signal).signals
        for clean, made in zip(whole, self._whole(_with_nan(signal)).signals, strict=True):
            self._forgotten(clean, made, signal, "on each run of finite samples")

    def test_any_chunks_give_the_same_bits(self) -> None:
        """Live, chunks are as long as the network makes them."""
        signal = _gapped(self._short())
        self._graph(signal)
        whole = _fed(self._graph(signal), signal, [])
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st

        count = len(signal.time)

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),
        )
        @given(st.lists(st.integers(1, count - 1), min_size=1, max_size=20), st.integers(1, 40))
        def same(cuts: list[int], singles: int) -> None:
            cuts += range(count // 3, count // 3 + singles)  # some samples one by one
            parts = _fed(self._graph(signal), signal, cuts)
            require(
                _same(whole, parts),
                f"cut at {sorted(set(cuts))[:6]} ... it gives other samples or events than in "
                "one piece: carry its state from chunk to chunk; take no mean and no FFT of a chunk",
            )

        same()

    def test_an_event_is_of_the_channel_it_was_found_in(self) -> None:
        """Where one channel alone has samples, no event is told of another muscle, side or channel."""
        signal = self._short()
        if len(signal.channels) < 2:
            raise NotTried("the signal has one channel")
        last = len(signal.channels) - 1
        only = alone(signal, last)
        events = list(self._whole(only).events)
        if not issubclass(self.processor, CausalProcessor) and _has_live(self.processor):
            events += [one for one in _fed(self._graph(only), only, [])[1] if isinstance(one, Event)]
        require_own(events, signal, last)
        if not events:
            raise NotTried("it tells no event of the kit's signal")

    def test_a_reset_forgets_everything(self) -> None:
        """After a gap the next sample is the first."""
        signal = self._short()
        half = len(signal.time) // 2
        first, second = _part(signal, 0, half), _part(signal, half, None)
        used, fresh = self._graph(signal), self._graph(signal)
        _fed(used, first, [])
        used.reset()
        same = _same(_fed(used, second, []), _fed(fresh, second, []))
        require(same, "after reset() it still knows what was before: set every state back in reset()")

    def test_live_nan_is_soon_forgotten(self) -> None:
        """One lost value does not silence the rest of the recording."""
        signal = self._short()
        clean, _ = _fed(self._graph(signal), signal, [])
        noisy, _ = _fed(self._graph(signal), _with_nan(signal), [])
        for one, other in zip(clean, noisy, strict=True):
            self._forgotten(one, other, signal, "live: keep NaN out of its state")

    def test_live_is_as_offline_where_it_is_promised(self) -> None:
        """A `CausalProcessor` gives the same bits on a whole recording as it would have live."""
        if not issubclass(self.processor, CausalProcessor):
            raise NotTried("its whole form is another one than its causal form")
        signal = self._short()
        live, events = _fed(self._graph(signal), signal, [])
        product = self._whole(signal)
        pairs = zip(live, product.signals, strict=True)
        same = all(_bits(a.samples) == _bits(b.samples) and _bits(a.time) == _bits(b.time) for a, b in pairs)
        require(
            same and tuple(events) == product.events,
            "whole() gives other samples than the stage: leave whole() to CausalProcessor, or derive from Processor",
        )

    def test_what_it_cannot_process_is_said(self) -> None:
        """A signal without a rate, or of no samples, is refused in a sentence."""
        signal, processor = self._short(), self._made()
        for odd in (replace(signal, rate=0.0), _part(signal, 0, 0), _part(signal, 0, 1)):
            try:
                processor.whole(odd)
            except (NotComputableError, ValueError):
                continue
            except Exception as error:
                what = f"{len(odd.time)} samples at {odd.rate:g} Hz"
                raise LawBrokenError(
                    f"of {what} it raised {type(error).__name__}: {error}: raise NotComputableError(why)"
                ) from error

    def _forgotten(self, clean: Signal, made: Signal, signal: Signal, where: str) -> None:
        at = signal.time[0] + _GAP_S[0]
        if len(made.time) != len(clean.time):
            return  # it leaves out what is missing
        far = (made.time < at - self.settles_s) | (made.time > at + 0.05 + self.settles_s)
        lost = np.isnan(made.samples[far]) & ~np.isnan(clean.samples[far])
        require(
            not lost.any(),
            f"{made.id}: {lost.sum()} values more than {self.settles_s:g} s away from a NaN are NaN: work {where}",
        )


class _Fixed(Processor):
    """A processor with its settings, made already."""

    inner: ClassVar[Processor]

    def whole(self, signal: Signal) -> Product:
        return self.inner.whole(signal)

    def causal(self, form: SignalForm) -> Any:
        return self.inner.causal(form)


def example_signal(kind: str) -> Signal:
    """A signal of that kind: raw, of a made person, or what the installed processors make of one.

    Raises
    ------
    NotTried
        If there is none.
    """
    from groundup.analysis.processing import process
    from groundup.plugin.manager import plugins

    for person in (walker(), riser()):
        for signal in person.signals:
            if signal.kind == kind:
                return signal
    signals = [s for s in walker().signals if s.kind != "emg"] if kind != "envelope" else list(walker().signals)
    for signal in process(signals, [one.item for one in plugins().processors.values()], ()).signals:
        if signal.kind == kind:
            return signal
    raise NotTried(f"the kit has no signal of the kind {kind!r}: write signal() in your contract")


def _has_live(processor: type[Processor]) -> bool:
    return processor.causal is not Processor.causal


def _fed(graph: Graph, signal: Signal, cuts: list[int]) -> tuple[list[Signal], list[object]]:
    edges = sorted({0, len(signal.time), *(cut for cut in cuts if cut < len(signal.time))})
    parts: dict[str, list[Signal]] = {}
    events: list[object] = []
    for a, b in pairwise(edges):
        fed = graph.feed(signal.id, signal.time[a:b], signal.samples[a:b])
        require(not fed.faults, f"it failed while it ran: {'; '.join(fault.reason for fault in fed.faults)}")
        events += fed.events
        for part in fed.signals:
            parts.setdefault(part.id, []).append(part)
    made = [
        replace(
            found[0], time=np.concatenate([p.time for p in found]), samples=np.concatenate([p.samples for p in found])
        )
        for found in parts.values()
    ]
    return made, events


def _same(one: tuple[list[Signal], list[object]], other: tuple[list[Signal], list[object]]) -> bool:
    return _same_signals(one[0], other[0]) and one[1] == other[1]


def _same_signals(one: Any, other: Any) -> bool:
    pairs = list(zip(one, other, strict=False))
    same = all(_bits(a.time) == _bits(b.time) and _bits(a.samples) == _bits(b.samples) for a, b in pairs)
    return same and len(one) == len(other)


def _bits(array: Floats) -> bytes:
    return np.ascontiguousarray(array).tobytes()


def _locked(array: Floats) -> Floats:
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


def _part(signal: Signal, start: int, stop: int | None) -> Signal:
    return replace(signal, time=signal.time[start:stop], samples=signal.samples[start:stop])


def _gapped(signal: Signal) -> Signal:
    since = signal.time - signal.time[0]
    keep = (since <= _GAP_S[0]) | (since >= _GAP_S[1])
    return replace(signal, time=signal.time[keep], samples=signal.samples[keep])


def _with_nan(signal: Signal) -> Signal:
    samples = np.array(signal.samples, np.float64)
    since = signal.time - signal.time[0]
    samples[(since >= _GAP_S[0]) & (since < _GAP_S[0] + 0.05)] = np.nan
    return replace(signal, samples=samples)
