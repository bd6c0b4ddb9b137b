"""Remembers what processors have made: an analysis by other settings runs only what these change.

What a processor makes depends on its settings and on the samples it is given. The samples that are the same object are
the same, and kept as long as the memory is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from groundup.model.signals import Signal
from groundup.plugin.gait_processor import Gait
from groundup.plugin.processor import Processor, Product

Key = tuple[Any, ...]


@dataclass
class ProductMemory:
    """Products of processors, by what they depend on.

    Attributes
    ----------
    runs : int
        How often a processor was run, not remembered.
    """

    runs: int = 0
    _products: dict[Key, Product] = field(default_factory=dict)
    _kept: list[Signal] = field(default_factory=list)

    def recall(self, processor: Processor, signal: Signal, gait: Gait | None, run: Callable[[], Product]) -> Product:
        """What a processor makes of a signal: remembered, or run."""
        key = _key(processor, signal, gait)
        if key not in self._products:
            self._products[key] = run()
            self._kept += [signal, *(gait.signals if gait is not None else ())]
            self.runs += 1
        return self._products[key]


def _key(processor: Processor, signal: Signal, gait: Gait | None) -> Key:
    of_gait: Key = ()
    if gait is not None:
        samples = tuple(sorted((one.id, id(one.samples)) for one in gait.signals))
        of_gait = (samples, repr(gait.stances), repr(gait.strides), repr(gait.subject))
    return processor.name, msgspec.json.encode(processor.settings), signal.id, id(signal.samples), of_gait
