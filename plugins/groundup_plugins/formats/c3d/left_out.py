"""Results and groups of other programs in the parameters of a C3D file: named in one line, since they are not read."""

import numpy as np

from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.remarks import Remarks

_KNOWN = frozenset(
    [
        "POINT",
        "ANALOG",
        "FORCE_PLATFORM",
        "TRIAL",
        "EVENT",
        "EVENT_CONTEXT",
        "ROTATION",
        "GROUNDUP",
        "MANUFACTURER",
        "EZC3D",
        "PROCESSING",
        "SUBJECTS",
        "SUBJECT",
        "PARTICIPANT",
        "PATIENT",
        "ANTHROPOMETRY",
        "SEG",
    ]
)
"""Groups that say how the data are meant, who wrote the file, or what a model was told of the person."""
_SHOWN = 4


def say_left_out(file: str, parameters: Parameters, remarks: Remarks) -> None:
    """Name the groups that hold something and that nothing is read of; of ANALYSIS the results that it names."""
    parts = []
    for group, members in parameters.groups.items():
        names = parameters.texts(group, "NAMES") if group == "ANALYSIS" else list(members)
        names = [name for name in names if name.strip() and (group == "ANALYSIS" or _filled(parameters, group, name))]
        if names and group not in _KNOWN:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            parts.append(f"{group} ({', '.join(dict.fromkeys(names[:_SHOWN]))}{more})")
    if parts:
        remarks.notes.append(f"{file}: of its parameters these are not kept: {', '.join(parts)}")


def _filled(parameters: Parameters, group: str, name: str) -> bool:
    value = parameters.groups[group][name]
    return bool(np.size(value)) and (not isinstance(value, list) or any(text.strip() for text in value))
