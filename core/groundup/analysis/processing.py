"""Runs processors over signals: those that lab.toml lists, and every default one on what it accepts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from groundup.analysis.spill import Spill
from groundup.analysis.wiring import ProcessStep, Runner, Wiring
from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.plugin.failure import fault_of
from groundup.plugin.metric import NotComputableError
from groundup.plugin.processor import Processor, Product

__all__ = ["ProcessStep", "Processed", "process"]

_MARGIN_S = 10.0  # a processor may say when something that it saw begin or end will end or began


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


def process(
    signals: Sequence[Signal],
    processors: Sequence[type[Processor]],
    steps: Sequence[ProcessStep] = (),
    spill: Spill | None = None,
) -> Processed:
    """Run processors over raw signals and over what they make of them, as `groundup.analysis.wiring` has it.

    What a processor raises becomes a note and takes no other down. With `spill`, what they make is kept on disk.
    """
    wiring = Wiring(signals, processors, steps)
    result = Processed(notes=wiring.notes)
    for runner, signal in wiring:
        product = _run(runner, signal, wiring)
        result.events += _of_its_time(runner, signal, product.events, wiring)
        produced = product.signals if spill is None else tuple(spill.keep(made) for made in product.signals)
        if spill is not None:
            spill.release()
        del product
        for made in wiring.add(runner, signal, produced):
            result.signals.append(made)
            result.makers[made.id] = runner.processor
            if made.attrs.get("remark"):
                wiring.notes.append(f"{made.id}: {made.attrs['remark']}")
    return result


def _of_its_time(runner: Runner, signal: Signal, events: Sequence[Event], wiring: Wiring[Signal]) -> list[Event]:
    """The events that lie in the signal in which they were found; the others are noted."""
    if not events:
        return []
    t0, t1 = float(signal.time[0]) - _MARGIN_S, float(signal.time[-1]) + _MARGIN_S
    found = [event for event in events if t0 <= event.time <= t1]
    if len(found) < len(events):
        wiring.notes.append(
            f"{runner.processor.name} of {signal.id}: {len(events) - len(found)} of {len(events)} events are left out: "
            "they have no time, or one at which nothing was recorded"
        )
    return found


def _run(runner: Runner, signal: Signal, wiring: Wiring[Signal]) -> Product:
    name = runner.processor.name
    try:
        product = runner.processor.whole(signal)
        if not isinstance(product, Product):
            raise TypeError(f"it returned {type(product).__name__}, not a Product")
        for made in product.signals:
            if made.samples.shape != (len(made.time), len(made.channels)):
                raise ValueError(f"the samples of {made.id} do not fit its time and channels")
        return product
    except NotComputableError as reason:
        wiring.not_computable(runner, signal, str(reason))
    except Exception as error:  # a plugin's own fault stays its own
        wiring.notes.append(f"{name} of {signal.id} failed: {fault_of(error)}")
    return Product()
