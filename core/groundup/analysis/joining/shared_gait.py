"""One walk in two files: contacts that plates, markers or sensors on the body saw of it."""

import math
from collections.abc import Sequence

import numpy as np

from groundup.analysis.joining.line_fit import ClockLine
from groundup.analysis.joining.shared_trigger import SharedTrain
from groundup.analysis.joining.stride_matching import match_strides
from groundup.analysis.joining.trains import Train, make_train
from groundup.model.events import Event

BESIDE_S = {"plate": 0.005, "file": 0.015, "foot": 0.02, "shank": 0.03, "pelvis": 0.045}
"""How far contacts by each kind of source lie beside those of a plate, all alike (95 %): docs/decisions/joining.md."""
_OTHER_S = 0.045
_SIDES = {"": 0, "L": 1, "R": 2}
_FEWEST = 10


def contact_trains(events: Sequence[Event]) -> list[Train]:
    """Contacts as trains, one for each kind of source; those of plates are of all plates together."""
    kinds: dict[str, list[Event]] = {}
    for event in events:
        if event.kind == "IC" and event.confidence >= 0.5:
            kinds.setdefault(source_kind(event.source), []).append(event)
    trains = []
    for kind, found in kinds.items():
        if len(found) < _FEWEST:
            continue
        times = np.array([event.time for event in found])
        labels = np.array([_SIDES[event.side] for event in found])
        if (labels == 0).any():  # sides that are known of some only are no help
            labels[:] = 0
        trains.append(make_train(kind, times, np.zeros(len(times)), (float(times.min()), float(times.max())), labels))
    return trains


def source_kind(source: str) -> str:
    """The kind of source of a contact: ``plate``, ``file``, or the segment that wears the sensor."""
    kind, _, rest = source.partition(":")
    if kind == "imu":
        return next((name for name in BESIDE_S if rest.startswith(name)), rest.partition("_")[0] or "imu")
    return kind or "file"


def find_gait(a: Sequence[Train], b: Sequence[Train]) -> list[SharedTrain] | str:
    """Contacts that two files share, the best known first; or why there are none."""
    if not a or not b:
        return f"there are no {_FEWEST} contacts of feet in " + ("either file" if not a and not b else "one of them")
    found, why = [], []
    for ours in a:
        for theirs in b:
            shared = _shared(ours, theirs)
            if isinstance(shared, SharedTrain):
                found.append(shared)
            else:
                why.append(shared)
    if not found:
        return why[0]
    return sorted(found, key=lambda one: one.line.offset_half)


def _shared(a: Train, b: Train) -> SharedTrain | str:
    if bool((a.labels == 0).all()) != bool((b.labels == 0).all()):
        a, b = _without_sides(a), _without_sides(b)
    found = match_strides(a, b)
    if isinstance(found, str):
        return found
    beside = math.hypot(*(BESIDE_S.get(train.name, _OTHER_S) for train in (a, b)))
    line = found.line
    wide = ClockLine(
        line.pivot, line.offset, float(np.hypot(line.offset_half, beside)), line.drift, line.drift_half, line.spread
    )
    times = b.times[found.theirs]
    return SharedTrain(
        _named(a), _named(b), wide, len(times), 0, float(times.min()), float(times.max()),
        found.evidence, found.second_best,
    )  # fmt: skip


def _without_sides(train: Train) -> Train:
    return make_train(train.name, train.times, train.widths, train.span)


def _named(train: Train) -> Train:
    what = {"plate": "contacts on plates", "file": "contacts of the file"}
    return Train(
        what.get(train.name, f"contacts by the {train.name}"), train.times, train.widths, train.span, train.labels
    )
