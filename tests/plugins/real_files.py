"""Files of real recordings as what the analysis takes: signals, events of the file, the person."""

from functools import cache
from pathlib import Path

import numpy as np

from groundup.model.event_json import event_from_marker
from groundup.plugin import Event, ImportedStream, Signal, Subject
from groundup_plugins.formats.c3d.plugin import C3DImporter


def signal_of(stream: ImportedStream) -> Signal:
    """A numeric stream of a file, as the analysis has it."""
    spec = stream.spec
    samples = np.asarray(stream.samples, np.float64)
    return Signal(stream.id, spec.kind, np.asarray(stream.timestamps), samples, spec.channels, spec.rate, spec.plate)


@cache
def of_c3d(path: Path) -> tuple[tuple[Signal, ...], tuple[Event, ...], Subject]:
    """Signals, events and person of a C3D file."""
    imported = C3DImporter().read(path)
    numeric = tuple(signal_of(s) for s in imported.streams if s.spec.format != "string")
    events = tuple(
        event_from_marker(text, float(time), "events")
        for s in imported.streams
        if s.spec.format == "string"
        for time, (text,) in zip(s.timestamps, s.samples, strict=True)
    )
    return numeric, events, imported.subject
