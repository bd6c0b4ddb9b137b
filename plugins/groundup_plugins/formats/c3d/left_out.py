"""What a C3D file holds and nothing is read of: named in one line, so that nobody takes it for kept."""

import numpy as np

from groundup_plugins.formats.c3d.own import is_own
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.remarks import Remarks
from groundup_plugins.formats.c3d.subject import HEIGHT_NAMES, MASS_NAMES, PERSON_GROUPS

_UNDERSTOOD = frozenset(
    ["POINT", "ANALOG", "FORCE_PLATFORM", "TRIAL", "EVENT", "EVENT_CONTEXT", "ROTATION", "GROUNDUP", "EZC3D"]
)
"""Groups that say how the data are meant."""
_WORDS = "DESCRIPTIONS"
"""What somebody wrote of points, channels and events, in the groups that are understood."""
_OURS = frozenset([("MANUFACTURER", "SOFTWARE"), ("SUBJECTS", "NAMES"), *((g, _WORDS) for g in ("POINT", "ANALOG"))])
"""What groundup writes and takes from elsewhere when it reads its own files, or does not need."""
_SHOWN = 4


def say_left_out(file: str, parameters: Parameters, remarks: Remarks) -> None:
    """Name what is not kept: of the data, as `Remarks.left_out` has it, and of the parameters; of ANALYSIS its results.

    Parameters
    ----------
    file : str
        Its name.
    parameters : Parameters
    remarks : Remarks
        Told of it in one note.
    """
    parts = list(dict.fromkeys(remarks.left_out))
    for group in parameters.groups:
        names = _names(parameters, group)
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            parts.append(f"{group} ({', '.join(names[:_SHOWN])}{more})")
    if parts:
        remarks.notes.append(f"{file}: of what it holds these are not kept: {', '.join(parts)}")


def _names(parameters: Parameters, group: str) -> list[str]:
    """What is not kept of a group."""
    if group == "ANALYSIS":
        return list(dict.fromkeys(name for name in parameters.texts(group, "NAMES") if name.strip()))
    names = [name for name in parameters.groups[group] if name.strip() and _filled(parameters, group, name)]
    if group in _UNDERSTOOD:
        names = [name for name in names if name == _WORDS and group != "EVENT_CONTEXT"]
    if group in PERSON_GROUPS:
        names = [name for name in names if name not in (*MASS_NAMES, *HEIGHT_NAMES, "USED")]
    return [name for name in names if not (is_own(parameters) and (group, name) in _OURS)]


def _filled(parameters: Parameters, group: str, name: str) -> bool:
    value = parameters.groups[group][name]
    return bool(np.size(value)) and (not isinstance(value, list) or any(text.strip() for text in value))
