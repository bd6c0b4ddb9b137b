"""Runs processors over signals: those that lab.toml lists, and every default one on what it accepts."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from groundup.analysis.gait import Event
from groundup.analysis.signals import Signal
from groundup.explain import LabError, settings_from
from groundup.plugin.metric import NotComputable
from groundup.plugin.processor import Processor, Product


@dataclass(frozen=True)
class ProcessStep:
    """One ``[[process]]`` of lab.toml.

    Attributes
    ----------
    processor : str
        Name of the processor.
    input : str
        Id of the signal it takes (a stream's, or another step's output), or a kind: then all signals of that kind.
    output : str
        Id of the signal it makes; empty: the processor's own choice. With several, each gets its own ending.
    parameters : dict
        Keys of the processor's settings.
    """

    processor: str
    input: str
    output: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


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
    """

    signals: list[Signal] = field(default_factory=list)
    makers: dict[str, Processor] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Ready:
    """A processor with its settings, and what it is to be run on; no inputs: all of the kind it accepts."""

    processor: Processor
    step: ProcessStep | None = None

    def takes(self, signal: Signal) -> bool:
        if self.step is None:
            return signal.kind == self.processor.accepts
        return self.step.input in (signal.id, signal.kind)


def process(
    signals: Sequence[Signal], processors: Sequence[type[Processor]], steps: Sequence[ProcessStep] = ()
) -> Processed:
    """Run processors over raw signals and over what they make of them.

    A processor that a step names runs only as its steps say; each other one with ``default`` runs on every signal of
    the kind it accepts. A signal that came from a processor is never given to that processor again. What a processor
    raises becomes a note and takes no other down.
    """
    result = Processed()
    ready = _prepare(processors, steps, result.notes)
    queue = deque((signal, frozenset[int]()) for signal in signals)
    used = {signal.id for signal in signals}
    fed: set[int] = set()
    while queue:
        signal, ancestry = queue.popleft()
        for number, runner in enumerate(ready):
            if number in ancestry or not runner.takes(signal):
                continue
            fed.add(number)
            product = _run(runner, signal, result.notes)
            result.events += product.events
            for made in _named(product.signals, runner, used):
                result.signals.append(made)
                result.makers[made.id] = runner.processor
                queue.append((made, ancestry | {number}))
    for number, runner in enumerate(ready):
        if runner.step is not None and number not in fed:
            result.notes.append(f"[[process]] {runner.processor.name}: there is no signal {runner.step.input!r}")
    return result


def _prepare(processors: Sequence[type[Processor]], steps: Sequence[ProcessStep], notes: list[str]) -> list[_Ready]:
    by_name = {kind.name: kind for kind in processors}
    ready: list[_Ready] = []
    for step in steps:
        kind = by_name.get(step.processor)
        if kind is None:
            known = ", ".join(sorted(by_name)) or "none"
            notes.append(f"[[process]]: there is no processor {step.processor!r}; installed are {known}")
            continue
        _make(kind, step, ready, notes)
    listed = {step.processor for step in steps}
    for kind in processors:
        if kind.default and kind.name not in listed:
            _make(kind, None, ready, notes)
    return ready


def _make(kind: type[Processor], step: ProcessStep | None, ready: list[_Ready], notes: list[str]) -> None:
    try:
        table = step.parameters if step is not None else {}
        settings = settings_from(table, kind.settings_type, f"[[process]] {kind.name}, parameters")
        ready.append(_Ready(kind(settings), step))
    except LabError as error:
        notes.append(str(error))
    except Exception as error:  # a plugin's own fault stays its own
        notes.append(f"{kind.name} failed: {type(error).__name__}: {error}")


def _run(runner: _Ready, signal: Signal, notes: list[str]) -> Product:
    name = runner.processor.name
    try:
        product = runner.processor.whole(signal)
        if not isinstance(product, Product):
            raise TypeError(f"it returned {type(product).__name__}, not a Product")
        for made in product.signals:
            if made.samples.shape != (len(made.time), len(made.channels)):
                raise ValueError(f"the samples of {made.id} do not fit its time and channels")
        return product
    except NotComputable as reason:
        notes.append(f"{name} of {signal.id}: not computable, because {reason}")
    except Exception as error:  # a plugin's own fault stays its own
        notes.append(f"{name} of {signal.id} failed: {type(error).__name__}: {error}")
    return Product()


def _named(signals: Sequence[Signal], runner: _Ready, used: set[str]) -> list[Signal]:
    """The signals under the step's output name, and no two under one id."""
    named = []
    output = runner.step.output if runner.step is not None else ""
    for signal in signals:
        wanted = signal.id
        if output:
            wanted = output if len(signals) == 1 else f"{output}.{signal.kind}"
        unique, count = wanted, 1
        while unique in used:
            count += 1
            unique = f"{wanted}-{count}"
        used.add(unique)
        named.append(replace(signal, id=unique))
    return named
