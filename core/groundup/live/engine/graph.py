"""The graph of processors that runs live: wired as offline, checked before anything runs, fed chunk by chunk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundup.analysis.replacement import REPLACES, Item, only, replaced_columns
from groundup.analysis.sound_events import WRONG, sound
from groundup.analysis.wiring import ProcessStep, Runner, Wiring
from groundup.live.results import ChunkResult, Fault
from groundup.model.events import Event
from groundup.model.signals import Floats, Signal
from groundup.plugin.gait_processor import GaitProcessor
from groundup.plugin.not_computable import NotComputableError
from groundup.plugin.processor import Processor
from groundup.plugin.stage import NativeStage, SampleStage, SignalForm, Stage, add_stage, stage_events
from groundup_ext._chain import Chain

CAUSAL = ".causal"
"""What the id of a signal that was processed live ends with; ``[[process]]`` names it without."""


@dataclass(frozen=True)
class _Node:
    """One processor on one signal."""

    index: int
    name: str
    taken: SignalForm
    stage: Stage
    made: SignalForm | None
    is_rest: bool = False
    """Whether it is no processor, but what is left of a signal after some of its channels were replaced."""


class Graph:
    """Processors over streams, live.

    Parameters
    ----------
    forms : sequence of SignalForm
        The streams that will be fed.
    processors : sequence of Processor classes
    steps : sequence of ProcessStep
        ``[[process]]`` of lab.toml.

    Attributes
    ----------
    forms : dict
        Id to `SignalForm` of each processed signal.
    makers : dict
        Id to the `Processor`, with its settings, that makes it.
    latency_s : dict
        Id to the delay of low frequencies on the whole way from its stream, which has been taken off its times.
    events_latency_s : float
        The longest delay of all, with which an event may come.
    notes : list of str
        What will not be processed, and why.
    replaced : set of str
        Ids of the signals in whose place others stand, with all their channels.
    later : list of (GaitProcessor, str)
        Those that run when the contacts have been found, and the id of the signal that each takes.
    wrong : list of str
        Those of the notes that are mistakes in `steps`: no such processor or signal, or one it cannot work on.
    """

    def __init__(
        self, forms: Sequence[SignalForm], processors: Sequence[type[Processor]], steps: Sequence[ProcessStep] = ()
    ) -> None:
        self.forms: dict[str, SignalForm] = {}
        self.makers: dict[str, Processor] = {}
        self.latency_s: dict[str, float] = {form.id: 0.0 for form in forms}
        self._chains = {form.id: Chain(len(form.channels), form.rate) for form in forms if form.channels}
        self._nodes: dict[str, list[_Node]] = {form.id: [] for form in forms}
        # Id of a signal to the stream it comes from, and its node in that stream's chain.
        self._places = {form.id: (form.id, -1) for form in forms}
        self._final: dict[str, str] = {}
        self._odd: list[_Node] = []  # those that told an event that cannot be
        self._columns: dict[str, list[int]] = {}  # of a signal that lost some: those that are left
        self.events_latency_s = 0.0
        self.later: list[tuple[GaitProcessor, str]] = []
        wiring = Wiring([form for form in forms if form.channels], processors, steps)
        self.notes, self.wrong = wiring.notes, wiring.wrong
        for runner, form in wiring:
            self._wire(wiring, runner, form)
        self.replaced = {self._final.get(id_, id_) for id_ in wiring.replaced}

    def feed(self, stream: str, times: Floats, samples: Floats) -> ChunkResult:
        """Process the next samples of a stream.

        Parameters
        ----------
        stream : str
            Its id.
        times : ndarray, shape (n,)
            Seconds on the lab clock. A step of more than 1.5 sampling intervals, or backwards, is a gap.
        samples : ndarray, shape (n, C)

        Returns
        -------
        ChunkResult
            Put together over chunks it is the same to the bit however the stream was cut into them.
        """
        nodes = self._nodes[stream]
        if not nodes:
            return ChunkResult()
        chain = self._chains[stream]
        chain.feed(np.ascontiguousarray(times, np.float64), np.ascontiguousarray(samples, np.float64))
        return self.collect(stream)

    def collect(self, stream: str) -> ChunkResult:
        """What came of the chunk that a stream's chain was fed last."""
        chain, nodes = self._chains[stream], self._nodes[stream]
        signals: list[Signal] = []
        events: list[Event] = []
        odd: list[tuple[int, float, str]] = []
        for node in nodes:
            if node.made is not None:
                time, values = chain.made(node.index)
                if len(time):
                    signals.append(node.made.signal(time, values))
            events += self._events(chain, node, odd)
        faults = tuple(
            Fault(time, nodes[index].name, nodes[index].taken.id, reason)
            for index, time, reason in (*chain.faults(), *odd)
        )
        events += [Event(f.time, "fault", source=f"{f.processor}:{f.signal}", confidence=0.0) for f in faults]
        return ChunkResult(tuple(signals), tuple(events), faults)

    def _events(self, chain: Chain, node: _Node, odd: list[tuple[int, float, str]]) -> Iterable[Event]:
        """What a node found. What cannot be is left out, and noted once; of a compiled one the chain does that."""
        if isinstance(node.stage, NativeStage):
            return stage_events(chain, node.index, node.stage, node.taken)
        given = chain.events(node.index)
        if not given:
            return ()
        first, last = chain.span
        found = sound(stage_events(chain, node.index, node.stage, node.taken), first - node.stage.latency_s, last)
        if len(found) < len(given) and node not in self._odd:
            self._odd.append(node)
            odd.append((node.index, last, f"{len(given) - len(found)} of {len(given)} events {WRONG}"))
        return found

    def reset(self) -> None:
        """Begin anew, as if nothing had been fed."""
        self._odd.clear()
        for chain in self._chains.values():
            chain.reset()

    def in_force(self, item: Item) -> Item:
        """A stream, a processed signal or its form without the channels in whose place others stand."""
        columns = self._columns.get(item.id)
        return item if columns is None else only(item, columns)

    def emits_events(self, stream: str) -> bool:
        """Whether a stream has a processor that makes events and nothing else, and that they are wanted at once."""
        nodes = self._nodes.get(stream, [])
        return any(node.made is None and not node.is_rest and node.stage.prompt for node in nodes)

    def delayed(self, stream: str) -> bool:
        """Whether the events of a stream come late anyway, all of them."""
        return any(not node.stage.prompt for node in self._nodes.get(stream, [])) and not self.emits_events(stream)

    def made_of(self, stream: str) -> list[str]:
        """Ids of the processed signals that are made of a stream."""
        return [node.made.id for node in self._nodes.get(stream, []) if node.made is not None]

    def chain(self, stream: str) -> Chain | None:
        """The chain of a stream, for what feeds it without the interpreter; None: nothing processes it."""
        return self._chains[stream] if self._nodes[stream] else None

    def _wire(self, wiring: Wiring[SignalForm], runner: Runner, form: SignalForm) -> None:
        if isinstance(runner.processor, GaitProcessor):
            self.later.append((runner.processor, self._final.get(form.id, form.id)))
            return
        try:
            stage = runner.processor.causal(form)
            root, parent = self._places[form.id]
            index = add_stage(self._chains[root], stage, form, parent)
        except NotComputableError as reason:
            wiring.not_computable(runner, form, str(reason))
            return
        except (Exception, SystemExit) as error:  # a plugin's own fault stays its own
            what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            wiring.say(f"{runner.processor.name} of {form.id} cannot be used: {what}", runner)
            return
        made = None
        if stage.form is not None:
            (wired,) = wiring.add(runner, form, [stage.form])
            self._places[wired.id] = (root, index)
            # The wires are named as offline; what is causal is another signal than what is zero-lag.
            made = replace(wired, id=wired.id + CAUSAL, inputs=tuple(self._final.get(i, i) for i in wired.inputs))
            if REPLACES in made.attrs:
                made = replace(made, attrs={**made.attrs, REPLACES: self._final.get(form.id, form.id)})
            self._final[wired.id] = made.id
            self.forms[made.id] = made
            self.makers[made.id] = runner.processor
            if made.attrs.get("remark"):
                wiring.notes.append(f"{made.id}: {made.attrs['remark']}")
            self.latency_s[made.id] = self.latency_s[self._final.get(form.id, form.id)] + stage.latency_s
        late = self.latency_s[self._final.get(form.id, form.id)] + stage.latency_s
        self.events_latency_s = max(self.events_latency_s, late)
        self._nodes[root].append(_Node(index, runner.processor.name, form, stage, made))
        rest = wiring.remaining.get(form.id)
        if made is not None and rest is not None and len(rest.channels) < len(form.channels):
            self._keep_rest(form, rest, replaced_columns(made.channels, form))

    def _keep_rest(self, form: SignalForm, rest: SignalForm, gone: Sequence[int]) -> None:
        """Feed what comes after with the channels of a signal that were not replaced."""
        root, parent = self._places[form.id]
        keep = [column for column in range(len(form.channels)) if column not in gone]
        stage = SampleStage(rest, lambda samples: samples[:, keep], lambda: None, gap="bridge")
        index = add_stage(self._chains[root], stage, form, parent)
        self._nodes[root].append(_Node(index, "replaces", form, stage, None, is_rest=True))
        self._places[form.id] = (root, index)
        final = self._final.get(form.id, form.id)
        before = self._columns.get(final, range(len(form.channels)))
        self._columns[final] = [before[column] for column in keep]
