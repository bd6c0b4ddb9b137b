"""Which processor runs on what: the steps of lab.toml, and every default one on the kind it accepts.

Offline what runs are whole signals, live only their forms: the wires are the same.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from groundup.analysis.replacement import REPLACES, replaced_columns, without
from groundup.lab.errors import LabError, nearest, settings_from
from groundup.lab.tables import LabProcess
from groundup.model.signals import Signal
from groundup.plugin.processor import Processor
from groundup.plugin.stage import SignalForm

FILTERED = "filtered"
"""Kind of what a general filter makes."""
Item = TypeVar("Item", Signal, SignalForm)


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
    replaces : bool
        Whether everything after it takes what it makes in place of its input.
    """

    processor: str
    input: str
    output: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    replaces: bool = False


def steps_of(process: Iterable[LabProcess]) -> list[ProcessStep]:
    """The ``[[process]]`` of a lab.toml."""
    return [ProcessStep(p.processor, p.input, p.output, dict(p.parameters), p.replaces) for p in process]


@dataclass(frozen=True)
class Runner:
    """A processor with its settings, and what it is to be run on; without a step: all of the kind it accepts."""

    processor: Processor
    step: ProcessStep | None = None

    def takes(self, item: Signal | SignalForm, stands_for: frozenset[str] = frozenset()) -> bool:
        """Whether it is to be run on this, or on one of the signals in whose place it stands."""
        if self.step is None:
            return item.kind == self.processor.accepts
        return self.step.input in (item.id, item.kind) or self.step.input in stands_for

    @property
    def replaces(self) -> bool:
        """Whether what it makes stands in place of what it takes."""
        return self.step is not None and self.step.replaces


class Wiring(Generic[Item]):
    """Goes along the wires: iterating gives (runner, what it takes), and what comes of it is handed back to `add`.

    A processor that a step names runs only as its steps say; each other one with ``default`` runs on every signal of
    the kind it accepts. A signal that came from a processor is never given to that processor again.

    Parameters
    ----------
    raw : sequence of Signal or SignalForm
    processors : sequence of Processor classes
    steps : sequence of ProcessStep

    Attributes
    ----------
    notes : list of str
        What is wrong with the steps, and processors that cannot be made.
    wrong : list of str
        Those of the notes that are about steps.
    replaced : set of str
        Ids of the signals in whose place others stand, with all their channels.
    remaining : dict
        Id of a signal some of whose channels were replaced to what it is without them.
    """

    def __init__(
        self, raw: Sequence[Item], processors: Sequence[type[Processor]], steps: Sequence[ProcessStep] = ()
    ) -> None:
        self.notes: list[str] = []
        self.replaced: set[str] = set()
        self.remaining: dict[str, Item] = {}
        self._stands_for: dict[str, frozenset[str]] = {}
        self.wrong: list[str] = []
        self._without: dict[tuple[str, str], list[str]] = {}
        self._runners: list[Runner] = []
        self._queue: deque[tuple[Item, frozenset[int]]] = deque((item, frozenset[int]()) for item in raw)
        self._used = {item.id for item in raw}
        self._ancestry: dict[str, frozenset[int]] = {item.id: frozenset() for item in raw}
        self._prepare(processors, steps)

    def __iter__(self) -> Iterator[tuple[Runner, Item]]:
        fed: set[int] = set()
        while self._queue:
            item, ancestry = self._queue.popleft()
            for number, runner in self._in_order(item, ancestry):
                fed.add(number)
                yield runner, item
                if item.id in self.replaced:  # what comes after takes what was made of it
                    break
                item = self.remaining.get(item.id, item)
        for number, runner in enumerate(self._runners):
            if runner.step is not None and number not in fed:
                signal_id = runner.step.input
                near = nearest(signal_id, sorted(self._used))
                self._note(f"[[process]] {runner.processor.name}: there is no signal {signal_id!r}{near}")

    def add(self, runner: Runner, source: Item, made: Sequence[Item]) -> list[Item]:
        """Take in what a runner made: under the step's output name, and no two under one id."""
        ancestry = self._ancestry[source.id] | {self._runners.index(runner)}
        named = []
        output = runner.step.output if runner.step is not None else ""
        if runner.replaces:  # what a filter makes is of the kind that it was given
            made = [
                replace(one, kind=source.kind)
                if one.kind == FILTERED and one.channels == source.channels and one.rate == source.rate
                else one
                for one in made
            ]
        stands_in = self._stands_in(runner, source, made)
        for item in made:
            signal_id = item.id
            if output:
                signal_id = output if len(made) == 1 else f"{output}.{item.kind}"
            unique, count = signal_id, 1
            while unique in self._used:
                count += 1
                unique = f"{signal_id}-{count}"
            self._used.add(unique)
            self._ancestry[unique] = ancestry
            # Many copy the attributes of what they are given: that it replaces something is not theirs.
            attrs = {name: value for name, value in item.attrs.items() if name != REPLACES}
            renamed = replace(item, id=unique, attrs=attrs)
            if item is stands_in:
                renamed = replace(renamed, attrs={**attrs, REPLACES: source.id})
                self._stands_for[unique] = self._stands_for.get(source.id, frozenset()) | {source.id}
            named.append(renamed)
            self._queue.append((renamed, ancestry))
        return named

    def _stands_in(self, runner: Runner, source: Item, made: Sequence[Item]) -> Item | None:
        """Which of what was made stands in place of what it was made of; its channels are taken out of that."""
        if not runner.replaces:
            return None
        name = runner.processor.name
        same = [one for one in made if one.kind == source.kind]
        if len(same) != 1:
            self._note(
                f"[[process]] {name}: it makes {len(same)} signals of the kind {source.kind}: none replaces {source.id}"
            )
            return None
        gone = replaced_columns(same[0].channels, source)
        if not gone:
            labels = ", ".join(channel.label for channel in same[0].channels)
            self._note(f"[[process]] {name}: {source.id} has no channel {labels}, nor of its site: none is replaced")
            return None
        if len(gone) == len(source.channels):
            self.replaced.add(source.id)
        else:
            self.remaining[source.id] = without(source, gone)
            self._ancestry[source.id] |= {self._runners.index(runner)}  # what is left went past it
        return same[0]

    def _in_order(self, item: Item, ancestry: frozenset[int]) -> list[tuple[int, Runner]]:
        """Who takes it: a step that replaces it comes first, but for the steps that lab.toml has before that one."""
        stands_for = self._stands_for.get(item.id, frozenset())
        mine = [
            (number, runner)
            for number, runner in enumerate(self._runners)
            if number not in ancestry and runner.takes(item, stands_for)
        ]
        first = next((number for number, runner in mine if runner.replaces), -1)
        return sorted(mine, key=lambda one: one[0] > first or one[1].step is None)

    def say(self, note: str, runner: Runner) -> None:
        """Note what a runner cannot do."""
        self._note(note, runner.step is not None)

    def not_computable(self, runner: Runner, item: Item, reason: str) -> None:
        """Note that nothing can be made of this, and why: all that share a reason share a note."""
        name = runner.processor.name
        ids = self._without.setdefault((name, reason), [])
        before = _without(name, ids, reason)
        ids.append(item.id)
        after = _without(name, ids, reason)
        for notes in (self.notes, self.wrong):
            if before in notes:
                notes[notes.index(before)] = after
        if len(ids) == 1:
            self._note(after, runner.step is not None)

    def _prepare(self, processors: Sequence[type[Processor]], steps: Sequence[ProcessStep]) -> None:
        by_name = {kind.name: kind for kind in processors}
        for step in steps:
            kind = by_name.get(step.processor)
            if kind is None:
                known = ", ".join(sorted(by_name)) or "none"
                self._note(f"[[process]]: there is no processor {step.processor!r}; installed are {known}")
                continue
            self._make(kind, step)
        listed = {step.processor for step in steps}
        for kind in processors:
            if kind.default and kind.name not in listed:
                self._make(kind, None)

    def _make(self, kind: type[Processor], step: ProcessStep | None) -> None:
        try:
            table = step.parameters if step is not None else {}
            settings = settings_from(table, kind.settings_type, f"[[process]] {kind.name}, parameters")
            self._runners.append(Runner(kind(settings), step))
        except LabError as error:
            self._note(str(error))
        except (Exception, SystemExit) as error:  # a plugin's own fault stays its own
            self._note(f"{kind.name} failed: {type(error).__name__}: {error}", step is not None)

    def _note(self, note: str, of_step: bool = True) -> None:
        self.notes.append(note)
        if of_step:
            self.wrong.append(note)


def _without(processor: str, ids: Sequence[str], reason: str) -> str:
    return f"{processor} of {', '.join(ids)}: not computable, because {reason}"
