"""What the ledger says of a stream that has joined, or has come back as another."""

from collections.abc import Iterator

from groundup import lsl
from groundup.inlets.discovery import DrainedStream
from groundup.lab.sites import site_flaws
from groundup.lab.tables import LabStream
from groundup.model.ledger import LedgerRow
from groundup.model.streams import StreamSpec


def joined_rows(stream: DrainedStream, table: LabStream | None, now: float) -> Iterator[LedgerRow]:
    """Report that it joined, what is wrong with its header and sites, and what it was before.

    Parameters
    ----------
    stream : DrainedStream
    table : LabStream or None
        What lab.toml says of it.
    now : float
        Lab time of the rows, s.
    """
    name, spec = stream.id, stream.open.spec
    if not stream.request.companion:  # nobody has asked for what a driver adds to its streams
        message = f"{name}: {lsl.shown(spec.name)} ({_words(spec)}) joined"
        yield LedgerRow(now, name, "joined", "info", 0, message)
    in_lab = {label: channel.site for label, channel in table.channels.items()} if table is not None else {}
    for flaw in site_flaws(spec, in_lab):
        yield LedgerRow(now, name, "site", "warning", 0, f"{name}: {flaw}")
    for refused in stream.open.refused:
        yield LedgerRow(now, name, "header", "fault", 0, f"{name}: {refused}")
    if (before := stream.changed) is not None:
        yield from before.monitor.left(now)
        was, now_is = _words(before.open.spec), _words(spec)
        message = f"{before.id} came back as {now_is} instead of {was}; it is now {name}"
        yield LedgerRow(now, before.id, "changed", "warning", 0, message)


def _words(spec: StreamSpec) -> str:
    rate = f"{spec.rate:g} Hz" if spec.rate > 0 else "irregular"
    return f"{len(spec.channels)} channel{'' if len(spec.channels) == 1 else 's'}, {spec.format}, {rate}"
