"""Which marker lies on which part of pelvis and leg: by the names of the usual marker sets, or as lab.toml tells."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from groundup.plugin import LENGTH, Floats, NotComputableError, Side, Signal

# Plug-in Gait (LKNE), HBM (LLEK, LMEK), and what people write themselves (L_knee, knee_left).
_NAMES = {
    "asis": "ASI ASIS",
    "psis": "PSI PSIS",
    "hip": "HIP GTR GTROC TROC TROCHANTER",
    "thigh": "THI LTHI THIGH",
    "knee": "KNE KNEE LEK",
    "knee_medial": "MEK KNM KNEM KNEEMEDIAL",
    "shank": "TIB LSHA SHA SHANK",
    "ankle": "ANK ANKLE LM",
    "ankle_medial": "MM MED ANKM ANKLEMEDIAL",
    "heel": "HEE HEEL",
    "toe": "TOE MT2",
}
_SACRUM = ("SACR", "SACRUM", "VSAC")
PARTS = frozenset([f"{side}_{part}" for side in "LR" for part in _NAMES] + ["sacrum"])
"""What lab.toml may say where a marker lies: ``L_knee``, ``sacrum`` ..."""
_AXIS = re.compile(r"[._ ][xyz]$", re.IGNORECASE)


def check_parts(declared: Iterable[str]) -> None:
    """Refuse a part that no marker lies on.

    Raises
    ------
    ValueError
        If there is one.
    """
    for part in declared:
        if part not in PARTS:
            raise ValueError(f"markers: there is no part {part!r}; there are {', '.join(sorted(PARTS))}")


@dataclass(frozen=True)
class Marker:
    """One marker.

    Attributes
    ----------
    label : str
        The lab's name for it.
    columns : tuple of int
        x, y, z among the channels of the signal.
    factor : float
        What its samples are multiplied by to be metres.
    """

    label: str
    columns: tuple[int, int, int]
    factor: float

    def read(self, signal: Signal, rows: slice = slice(None)) -> Floats:
        """Where it is, m, shape (n, 3); NaN where it was not seen."""
        x, y, z = self.columns
        together = (x + 1, y + 1) == (y, z)
        position: Floats = signal.samples[rows, slice(x, z + 1) if together else [x, y, z]] * self.factor
        return position


def find_markers(signal: Signal, declared: Mapping[str, str]) -> dict[str, Marker]:
    """The markers of pelvis and legs, by part.

    Parameters
    ----------
    signal : Signal
        Of kind ``mocap``.
    declared : mapping of part to label
        What lab.toml tells, before what names tell.

    Raises
    ------
    NotComputableError
        If lab.toml names a marker that is not there, two are called the same, or one is not in a unit of length.
    """
    columns: dict[str, list[int]] = {}
    for index, channel in enumerate(signal.channels):
        plain = _AXIS.sub("", channel.label)
        columns.setdefault(plain, []).append(index)
    by_name: dict[str, list[str]] = {}
    for label in columns:
        by_name.setdefault(re.sub(r"[^A-Z0-9]", "", label.rsplit(":", 1)[-1].upper()), []).append(label)
    found = {}
    for part in sorted(PARTS):
        if part in declared:
            there = [
                name for name in columns if declared[part].lower() in (name.lower(), name.rsplit(":", 1)[-1].lower())
            ]
            if not there:
                raise NotComputableError(
                    f'{signal.id} has no marker called "{declared[part]}", as lab.toml names {part}'
                )
        else:
            there = next((by_name[name] for name in _spellings(part) if name in by_name), [])
        if there:
            found[part] = _marker(signal, there, columns)
    return found


def named_like(part: str) -> str:
    """The usual name of the marker on a part, for a sentence."""
    return _spellings(part)[0]


def _spellings(part: str) -> Sequence[str]:
    if part == "sacrum":
        return _SACRUM
    side, name = part[0], part[2:]
    whole = "LEFT" if side == "L" else "RIGHT"
    names = _NAMES[name].split()
    return [spelt for n in names for spelt in (side + n, n + side, whole + n, n + whole)]


def _marker(signal: Signal, labels: Sequence[str], columns: Mapping[str, list[int]]) -> Marker:
    label = labels[0]
    mine = columns[label]
    if len(labels) > 1 or len(mine) > 3:
        raise NotComputableError(f'{signal.id} has two markers called "{label}": name them apart')
    units = {signal.channels[index].unit for index in mine}
    factor = LENGTH.get(units.pop().strip().lower()) if len(units) == 1 else None
    if len(mine) != 3 or factor is None:
        raise NotComputableError(f'the marker "{label}" of {signal.id} is not three channels of one unit of length')
    return Marker(label, (mine[0], mine[1], mine[2]), factor)


def side_of(part: str) -> Side:
    """The side that a part is of."""
    return "L" if part[0] == "L" else "R"
