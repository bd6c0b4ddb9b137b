"""What the descriptions in a C3D file of our own tell: ``kind: stream site side`` of each point and analog channel."""

from groundup.plugin import MUSCLES, SEGMENT_RANK, Side
from groundup_plugins.formats.c3d.parameters import Parameters

_SITES = frozenset((*MUSCLES, *SEGMENT_RANK, "ankle", "knee", "hip"))


def is_own(parameters: Parameters) -> bool:
    """Whether groundup wrote the file: then nothing has to be guessed."""
    return parameters.has("GROUNDUP", "RECORDING_ID")


def stated_places(parameters: Parameters, group: str, count: int) -> list[tuple[str, Side]]:
    """Site and side of each point or channel; empty in files of others, where none is told, or it was cut."""
    if not is_own(parameters):
        return [("", "")] * count
    found: list[tuple[str, Side]] = []
    for text in (parameters.texts(group, "DESCRIPTIONS") + [""] * count)[:count]:
        words = text.split()[2:]
        side: Side = "L" if words[-1:] == ["L"] else "R" if words[-1:] == ["R"] else ""
        found.append((words[0] if words and words[0] in _SITES else "", side))
    return found
