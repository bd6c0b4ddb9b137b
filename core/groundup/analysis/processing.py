"""Runs processors over signals: those that lab.toml lists, and every default one on what it accepts."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from groundup.analysis.product_memory import ProductMemory
from groundup.analysis.sound_events import WRONG, sound
from groundup.analysis.spill import Spill
from groundup.analysis.wiring import ProcessStep, Runner, Wiring
from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.plugin.failure import fault_of
from groundup.plugin.gait_processor import Gait, GaitProcessor
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.processor import Processor, Product

__all__ = ["ProcessStep", "Processed", "process"]


@dataclass
class Processed:
    """What the processors made.

    Attributes
    ----------
    signals : list of Signal
        Processed signals only, in the order they were made.
    events : list of Event
    makers : dict
        Signal id to the processor, with its settings, that made it.
    notes : list of str
        What could not be processed, and why.
    replaced : set of str
        Ids of the signals in whose place others stand, with all their channels.
    remaining : dict
        Id of a signal some of whose channels were replaced to what it is without them.
    missing : dict
        Kind of a signal that a `GaitProcessor` could not make, and why.
    """

    signals: list[Signal] = field(default_factory=list)
    makers: dict[str, Processor] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    remaining: dict[str, Signal] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    _waiting: list[tuple[Runner, Signal]] = field(default_factory=list)
    _wiring: Wiring[Signal] | None = None

    def in_force(self, signals: Sequence[Signal]) -> list[Signal]:
        """Raw and processed signals as metrics take them: without what was replaced."""
        every = (*signals, *self.signals)
        return [self.remaining.get(one.id, one) for one in every if one.id not in self.replaced]

    def with_steps(self, gait: Gait, spill: Spill | None = None, memory: ProductMemory | None = None) -> list[Signal]:
        """Run the processors that have waited for the contacts, and give the signals that they make."""
        made: list[Signal] = []
        for runner, signal in self._waiting:
            assert self._wiring is not None
            assert isinstance(runner.processor, GaitProcessor)
            product = _kept(runner, signal, self._wiring, spill, memory, gait, self.missing)
            made += self._take(runner, signal, product.signals)
        return made

    def _take(self, runner: Runner, signal: Signal, produced: Sequence[Signal]) -> list[Signal]:
        assert self._wiring is not None
        taken = self._wiring.add(runner, signal, produced)
        for made in taken:
            self.signals.append(made)
            self.makers[made.id] = runner.processor
            if made.attrs.get("remark"):
                self.notes.append(f"{made.id}: {made.attrs['remark']}")
        return taken


def process(
    signals: Sequence[Signal],
    processors: Sequence[type[Processor]],
    steps: Sequence[ProcessStep] = (),
    spill: Spill | None = None,
    memory: ProductMemory | None = None,
) -> Processed:
    """Run processors over raw signals and over what they make of them, as `groundup.analysis.wiring` has it.

    What a processor raises becomes a note and takes no other down. With `spill`, what they make is kept on disk. What
    is in the `memory` is not made again.
    """
    wiring = Wiring(signals, processors, steps)
    result = Processed(notes=wiring.notes, replaced=wiring.replaced, remaining=wiring.remaining, _wiring=wiring)
    for runner, signal in wiring:
        if isinstance(runner.processor, GaitProcessor):
            result._waiting.append((runner, signal))
            continue
        product = _kept(runner, signal, wiring, spill, memory)
        result.events += product.events
        if spill is not None:
            spill.release()
        with spill.arrays() if spill is not None else nullcontext():  # for what remains of it
            result._take(runner, signal, product.signals)
    return result


def _kept(
    runner: Runner,
    signal: Signal,
    wiring: Wiring[Signal],
    spill: Spill | None,
    memory: ProductMemory | None,
    gait: Gait | None = None,
    missing: dict[str, str] | None = None,
) -> Product:
    """What a processor makes, on disk where it is long."""

    def run() -> Product:
        with spill.arrays() if spill is not None else nullcontext():
            product = _run(runner, signal, wiring, gait, missing)
        return product if spill is None else replace(product, signals=tuple(map(spill.keep, product.signals)))

    return run() if memory is None else memory.recall(runner.processor, signal, gait, run)


def _sound(name: str, signal: Signal, events: Sequence[Event], notes: list[str]) -> tuple[Event, ...]:
    """The events that are such, and lie in the signal in which they were found; the others are noted."""
    every = tuple(events)
    if not every:
        return ()
    found = sound(every, float(signal.time[0]), float(signal.time[-1]))
    if len(found) < len(every):
        notes.append(f"{name} of {signal.id}: {len(every) - len(found)} of {len(every)} events {WRONG}")
    return found


def _run(
    runner: Runner,
    signal: Signal,
    wiring: Wiring[Signal],
    gait: Gait | None = None,
    missing: dict[str, str] | None = None,
) -> Product:
    name, processor = runner.processor.name, runner.processor
    try:
        if isinstance(processor, GaitProcessor) and gait is not None:
            product = processor.with_steps(signal, gait)
        else:
            product = processor.whole(signal)
        if not isinstance(product, Product):
            raise TypeError(f"it returned {type(product).__name__}, not a Product")
        for made in product.signals:
            if made.samples.shape != (len(made.time), len(made.channels)):
                raise ValueError(f"the samples of {made.id} do not fit its time and channels")
        return replace(product, events=_sound(name, signal, product.events, wiring.notes))
    except NotComputableError as reason:
        wiring.not_computable(runner, signal, str(reason))
        if missing is not None and isinstance(processor, GaitProcessor):
            missing.setdefault(processor.makes, str(reason))
    except (Exception, SystemExit) as error:  # a plugin's own fault stays its own
        wiring.notes.append(f"{name} of {signal.id} failed: {fault_of(error)}")
    return Product()
