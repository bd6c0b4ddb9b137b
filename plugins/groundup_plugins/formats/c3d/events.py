"""The events of a C3D file: foot strikes and foot offs from its EVENT group, or from an old file's header."""

import re

import numpy as np

from groundup.plugin import Event, Floats, Side
from groundup_plugins.formats.c3d.file import Description
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.remarks import Remarks

_CONTACT = re.compile(r"foot ?strike|heel ?strike|initial ?contact|foot ?contact|foot ?down|touch ?down|heel ?on")
_OFF = re.compile(r"foot ?off|toe ?off|foot ?up|take ?off|lift ?off|terminal ?contact")
_SHORT = re.compile(r"([lr]?)(ic|fs|hs|fc|fd|hc|fo|to)([lr]?)")
_OFF_SHORT = {"fo", "to"}
_SIDES: dict[str, Side] = {"l": "L", "left": "L", "r": "R", "right": "R"}


def events(file: Description, remarks: Remarks) -> list[Event]:
    """Events in the order of time, in seconds on the file's clock; those that are no contact become markers."""
    parameters = file.parameters
    times = _times(parameters, remarks)
    if times is None:
        return sorted(_event(time, label, "") for time, label in file.header.events)
    labels, contexts = parameters.texts("EVENT", "LABELS"), parameters.texts("EVENT", "CONTEXTS")
    for name, texts in (("LABELS", labels), ("CONTEXTS", contexts)):
        if len(texts) < len(times):
            remarks.notes.append(f"EVENT:{name} has {len(texts)} entries for {len(times)} events: the others have none")
    unknown = int(np.sum(~np.isfinite(times)))
    if unknown:
        remarks.notes.append(f"{unknown} events have no time (EVENT:TIMES): they are left out")
    if len({name for name in parameters.texts("EVENT", "SUBJECTS")[: len(times)] if name}) > 1:
        remarks.notes.append("the events are of more than one person (EVENT:SUBJECTS): they are taken as one person's")
    return sorted(
        _event(float(time), labels[i] if i < len(labels) else "", contexts[i] if i < len(contexts) else "")
        for i, time in enumerate(times)
        if np.isfinite(time)
    )


def _times(parameters: Parameters, remarks: Remarks) -> Floats | None:
    """Times of the EVENT group, in s, shape (n,); None if it has none."""
    used = [int(n) for n in parameters.words("EVENT", "USED")[:1]]
    table = _table(parameters, used, remarks)
    if table is None or table.shape[1] == 0:
        if any(used) and table is not None:
            remarks.faults.append(f"EVENT:USED is {used[0]}, and there are no EVENT:TIMES: no event can be read")
        return None
    minutes, seconds = table
    if (minutes[np.isfinite(minutes)] % 1.0 != 0).any():
        remarks.faults.append("the minutes of EVENT:TIMES are no whole numbers: no event is read")
        return None
    times: Floats = minutes * 60.0 + seconds
    count = used[0] if used else len(times)
    if count != len(times):
        read = "those are read" if count > len(times) else f"the first {count} are read"
        remarks.notes.append(f"EVENT:USED is {count}, and EVENT:TIMES has {len(times)}: {read}")
    return times[:count]


def _table(parameters: Parameters, used: list[int], remarks: Remarks) -> Floats | None:
    """Minutes and seconds, shape (2, n), of whatever shape TIMES has; None if the shape tells not which is which."""
    pieces = [_pairs(parameters, "TIMES", used[0] if used else len(parameters.texts("EVENT", "LABELS")))]
    for part in range(2, 100):  # files with more than 255 events go on in TIMES2 ...
        if not parameters.has("EVENT", f"TIMES{part}"):
            break
        pieces.append(_pairs(parameters, f"TIMES{part}", 0))
    if any(piece is None for piece in pieces):
        remarks.faults.append("EVENT:TIMES is no table of minutes and seconds: no event is read")
        return None
    return np.hstack([piece for piece in pieces if piece is not None])


def _pairs(parameters: Parameters, name: str, expected: int) -> Floats | None:
    columns = parameters.columns("EVENT", name)
    if columns.size == 0:
        return np.empty((2, 0))
    plain = columns.ravel(order="F")
    if columns.shape[1] > 1:
        if columns.shape[0] == 2:
            return columns
        return np.vstack([np.zeros(len(plain)), plain]) if columns.shape[0] == 1 else None
    # One index: minutes and seconds one after the other, or seconds alone; the number of events tells.
    if len(plain) == expected:
        return np.vstack([np.zeros(len(plain)), plain])
    whole = np.isfinite(plain[0::2]) & (plain[0::2] % 1.0 == 0)
    if len(plain) == 2 * expected or (len(plain) % 2 == 0 and whole.all()):
        return plain.reshape(-1, 2).T
    return None


def _event(time: float, label: str, context: str) -> Event:
    text = label.lower().replace("_", " ").replace("-", " ").strip()
    side: Side = _SIDES.get(context.strip().lower(), "")
    words = text.split()
    for word in words:
        side = side or _SIDES.get(word, "")
    if _CONTACT.search(text):
        return Event(time, "IC", side, "file")
    if _OFF.search(text):
        return Event(time, "FO", side, "file")
    for word in words:
        short = _SHORT.fullmatch(word)
        if short is not None:
            side = side or _SIDES.get(short[1] or short[3], "")
            return Event(time, "FO" if short[2] in _OFF_SHORT else "IC", side, "file")
    return Event(time, "marker", side, "file", text=label)
