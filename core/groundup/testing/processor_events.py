"""Of which channel a processor's events are: one that is alone with its samples, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from groundup.model.events import Event
from groundup.model.signals import Signal
from groundup.testing.law import require


def alone(signal: Signal, index: int) -> Signal:
    """The signal with every channel missing but one."""
    samples = np.full(signal.samples.shape, np.nan)
    samples[:, index] = signal.samples[:, index]
    return replace(signal, samples=samples)


def require_own(events: Iterable[Event], signal: Signal, index: int) -> None:
    """Break the law where an event says that it is of another channel than the only one with samples.

    Parameters
    ----------
    events : iterable of Event
        Found in ``alone(signal, index)``.
    """
    mine = signal.channels[index]
    others = {channel.site for channel in signal.channels} - {mine.site, ""}
    for event in events:
        wrong = (
            event.channel not in ("", mine.label)
            or event.source in others
            or (mine.side != "" and event.side not in ("", mine.side))
        )
        of = " ".join(filter(None, (event.channel, event.source, event.side)))
        require(
            not wrong,
            f"with samples in {mine.label} ({mine.site} {mine.side}) alone it tells a {event.kind} of {of}: side, "
            "source and channel of an event are those of the channel that it was found in; what is not known is empty",
        )
