"""Time in a C3D file: its rates, said in three places, and the frame it begins with."""

from dataclasses import dataclass

import numpy as np

from groundup_plugins.formats.c3d.file import Description
from groundup_plugins.formats.c3d.frames import actual_field
from groundup_plugins.formats.c3d.layout import Layout
from groundup_plugins.formats.c3d.remarks import Remarks

_SLOWEST, _FASTEST = 1e-2, 1e6  # Hz; what is beyond is no rate
_SAME = 1e-4  # as far as device clocks are apart; programs round 59.94006 to 59.94
_EXACT = 1e-6  # what is left of a rate in 32 bits


@dataclass(frozen=True)
class Clock:
    """Time in the file.

    Attributes
    ----------
    start : float
        Of its first frame, in s; frame 1 of the measurement is 0 s.
    point_rate, analog_rate : float
        Hz; the second is the first times the samples a frame.
    """

    start: float
    point_rate: float
    analog_rate: float


def clock(file: Description, layout: Layout, frame_rate: float, remarks: Remarks) -> Clock:
    """Find the file's clock.

    Parameters
    ----------
    file : Description
    layout : Layout
    frame_rate : float
        What lab.toml says; 0 leaves it to the file.
    remarks : Remarks

    Raises
    ------
    ValueError
        If the file names no rate, or several and no two places agree.
    """
    point_rate = frame_rate if frame_rate > 0 else _as_written(_point_rate(file, layout, remarks))
    analog_rate = point_rate * layout.per_frame
    if layout.channels:
        _hold_analog_rate(file, layout, point_rate, analog_rate, remarks)
    return Clock(_first_frame(file, remarks) / point_rate, point_rate, analog_rate)


def _point_rate(file: Description, layout: Layout, remarks: Remarks) -> float:
    stated = {
        "POINT:RATE": file.parameters.number("POINT", "RATE"),
        "the header": file.header.rate,
        "ANALOG:RATE": file.parameters.number("ANALOG", "RATE") / layout.per_frame if layout.channels else np.nan,
        "TRIAL:CAMERA_RATE": file.parameters.number("TRIAL", "CAMERA_RATE"),
    }
    stated = {name: rate for name, rate in stated.items() if _SLOWEST <= rate <= _FASTEST}
    # Cameras may be faster than the frames that are stored: their rate confirms one of the others, and is none itself.
    own = {name: rate for name, rate in stated.items() if name != "TRIAL:CAMERA_RATE"}
    if not own:
        raise ValueError(
            f"{file.name} names no rate of its frames (POINT:RATE): say it in lab.toml, [import.c3d] frame_rate"
        )
    votes = {name: sum(_same(rate, other) for other in stated.values()) for name, rate in own.items()}
    best = [name for name in own if votes[name] == max(votes.values())]
    if all(_same(own[best[0]], own[name]) for name in own):
        return own[best[0]]
    different = [name for name in best if not _same(own[name], own[best[0]])]
    names = _in_words(file, own, layout)
    if different:
        whole = [name for name in own if own[name] != round(own[name])]
        if len(own) == 2 and len(whole) == 1 and all(abs(own[whole[0]] - rate) <= 0.5 for rate in own.values()):
            remarks.notes.append(f"{names}: the whole number is taken for a rounded one")
            return own[whole[0]]
        raise ValueError(
            f"{file.name} contradicts itself on the rate of its frames ({names}): "
            "say which is right in lab.toml, [import.c3d] frame_rate"
        )
    remarks.notes.append(
        f"{file.name} contradicts itself on the rate of its frames ({names}): {own[best[0]]:g} Hz is taken, "
        "on which two places agree"
    )
    return own[best[0]]


def _as_written(rate: float) -> float:
    """The shortest decimal number that 32 bits hold as this: they hold 59.94 as 59.93999862."""
    return float(str(np.float32(rate)))


def _in_words(file: Description, rates: dict[str, float], layout: Layout) -> str:
    return ", ".join(
        f"{name} says {file.parameters.number('ANALOG', 'RATE'):g} Hz for {layout.per_frame} samples a frame"
        if name == "ANALOG:RATE"
        else f"{name} says {rate:.8g} Hz"
        for name, rate in rates.items()
    )


def _hold_analog_rate(file: Description, layout: Layout, point_rate: float, rate: float, remarks: Remarks) -> None:
    stated = file.parameters.number("ANALOG", "RATE")
    if abs(stated - rate) <= _EXACT * rate:
        return
    named = f"says ANALOG:RATE {stated:.8g} Hz" if np.isfinite(stated) else "has no ANALOG:RATE"
    remarks.notes.append(
        f"{file.name} {named}: {layout.per_frame} samples a frame at {point_rate:.8g} Hz are {rate:.8g} Hz, "
        "and that is used"
    )


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * max(one, other)


def _first_frame(file: Description, remarks: Remarks) -> int:
    """Number of the first frame, from 0: the header counts in 16 bits, TRIAL:ACTUAL_START_FIELD in two words."""
    first = max(0, file.header.first - 1)
    actual = actual_field(file, "START")
    if actual is None:
        return first
    if actual % 65536 == file.header.first % 65536 or file.header.first == 65535 <= actual:
        return actual - 1
    remarks.notes.append(
        f"{file.name} begins with frame {file.header.first} by its header and {actual} by TRIAL:ACTUAL_START_FIELD: "
        "the header's is taken, and events may be off by the difference"
    )
    return first
