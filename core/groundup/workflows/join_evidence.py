"""What a recording has that another may have, too: channels, pulses and markers, taps, contacts of feet."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from groundup.analysis.joining.channel_grids import ChannelSeries
from groundup.analysis.joining.choose import FileEvidence
from groundup.analysis.joining.pulses import marker_trains, pulses_of
from groundup.analysis.joining.shared_gait import contact_trains
from groundup.analysis.joining.shared_taps import Taps, taps_of
from groundup.analysis.joining.trains import Train
from groundup.analysis.pipeline import run_pipeline
from groundup.model.signals import Signal
from groundup.model.source import Source
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.sources.joined_files import JoinedStream


def evidence_of(
    name: str, recording: Recording, streams: Sequence[JoinedStream], source: Source, place: int
) -> FileEvidence:
    """All evidence of one of the files that are to be joined.

    Parameters
    ----------
    name : str
        Of the file.
    recording : Recording
    streams : sequence of JoinedStream
    source : Source
        The same streams, as lab.toml describes them.
    place : int
        Of the file, among those that are joined.
    """
    specs = {one.stream.id: now for one, now in zip(streams, source.streams, strict=True) if one.file == place}
    signals = [
        replace(s, id=specs[s.id].id, kind=specs[s.id].spec.kind, channels=specs[s.id].spec.channels)
        for s in recording.signals()
    ]
    channels = [_series(signal, index) for signal in signals for index in range(len(signal.channels))]
    regular = [one for one in channels if one.rate > 0.0 and len(one.time) > 1]
    pulses = [train for one in regular if (train := pulses_of(one)) is not None]
    span = _span(signals)
    events = recording.markers()

    @cache
    def taps() -> Sequence[Taps]:
        return [found for signal in signals if (found := taps_of(signal)) is not None]

    @cache
    def contacts() -> Sequence[Train]:
        processors = [loaded.item for loaded in plugins().processors.values()]
        return contact_trains(run_pipeline(signals, events, source.subject, processors, ()).events)

    return FileEvidence(name, regular, [*pulses, *marker_trains(events, span)], taps, contacts)


def _series(signal: Signal, index: int) -> ChannelSeries:
    channel = signal.channels[index]
    where = f"{channel.site} {channel.side}".strip()
    return ChannelSeries(
        signal.id, channel.label, channel.unit, where, signal.time, signal.samples[:, index], signal.rate
    )


def _span(signals: Sequence[Signal]) -> tuple[float, float]:
    times = [signal.time for signal in signals if len(signal.time)]
    return (min(float(t[0]) for t in times), max(float(t[-1]) for t in times)) if times else (0.0, 0.0)
