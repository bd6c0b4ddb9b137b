"""What stands in place of what: a processed signal of all channels of another, or of some while the others stay."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from groundup.model.mapped import column_of, from_columns
from groundup.model.signals import Signal
from groundup.model.streams import Channel
from groundup.plugin.stage import SignalForm

REPLACES = "replaces"
"""Attribute of a processed signal: the id of the one in whose place it stands."""
Item = TypeVar("Item", Signal, SignalForm)


def replaced_columns(made: Sequence[Channel], source: Signal | SignalForm) -> list[int]:
    """Columns of a signal in whose place the channels of another stand.

    All, where those are as many or more, and of a plate, whose channels mean nothing one by one; else those of the same
    label, or where no label says which, of the same site and side.
    """
    if source.plate is not None or len(made) >= len(source.channels):
        return list(range(len(source.channels)))
    labels = Counter(channel.label for channel in source.channels)
    by_label = {channel.label for channel in made if labels[channel.label] == 1}
    by_site = {(c.site, c.side) for c in made if c.label not in by_label and c.site}
    return [
        column
        for column, channel in enumerate(source.channels)
        if channel.label in by_label or (channel.site, channel.side) in by_site
    ]


def only(item: Item, columns: Sequence[int]) -> Item:
    """A signal, or its form, of some of its columns."""
    channels = tuple(item.channels[column] for column in columns)
    if isinstance(item, SignalForm):
        return replace(item, channels=channels)
    values = (column_of(item.samples, column) for column in columns)
    return replace(item, channels=channels, samples=from_columns(values, len(item.time), len(columns)))


def without(item: Item, columns: Sequence[int]) -> Item:
    """A signal, or its form, without some of its columns."""
    return only(item, [column for column in range(len(item.channels)) if column not in columns])


def in_force(forms: Iterable[SignalForm]) -> list[SignalForm]:
    """The signals as all that comes after takes them: without the channels in whose place others stand."""
    every = {form.id: form for form in forms}
    kept = dict(every)
    for form in every.values():
        source = every.get(str(form.attrs.get(REPLACES, "")))
        if source is not None:
            gone = {source.channels[column] for column in replaced_columns(form.channels, source)}
            rest = kept[source.id]
            kept[source.id] = replace(rest, channels=tuple(c for c in rest.channels if c not in gone))
    return [form for form in kept.values() if form.channels or not every[form.id].channels]
