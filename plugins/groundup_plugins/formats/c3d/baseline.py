"""FORCE_PLATFORM:ZERO of a C3D file: frames that are said to show a plate with nobody on it, held against the plate.

The channels stay what the file holds, as with btk and ezc3d, which do not read ZERO either; the offset is taken off
where force is made of them (`groundup_plugins.processors.plate_zero`), and there by what the plate shows. Most programs
write 1 to 10 whatever the trial is, and people stand on the plate by then; the manual leaves it to the reader to see
that they do not. So these frames are believed where the plate confirms them, and there is a line where it does not.

Source: The C3D File Format User Guide, FORCE_PLATFORM:ZERO.
"""

from collections.abc import Sequence

import numpy as np

from groundup.plugin import ImportedStream, NotComputableError, Signal
from groundup_plugins.formats.c3d.parameters import Parameters
from groundup_plugins.formats.c3d.rates import Clock
from groundup_plugins.formats.c3d.remarks import Remarks
from groundup_plugins.processors.force_plate import ForcePlate
from groundup_plugins.processors.force_plate import ForcePlateSettings as Settings

_NONE = ((0, 0), (1, 0))  # "no correction", by the manual and as Vicon's programs write it
_SAME_N = 5.0  # as far as an offset drifts within a trial without a word


def check_baseline(parameters: Parameters, plates: Sequence[ImportedStream], time: Clock, remarks: Remarks) -> None:
    """Tell the remarks of frames in ZERO that the file has not, or in which a plate is not as when nobody is on it.

    Parameters
    ----------
    parameters : Parameters
    plates : sequence of ImportedStream
        The file's force plates.
    time : Clock
    remarks : Remarks
    """
    stated = parameters.numbers("FORCE_PLATFORM", "ZERO")
    if not plates or not len(stated) or tuple(stated[:2]) in _NONE:
        return
    named = " to ".join(f"{value:g}" for value in stated[:2])
    # "0, 10" is meant as 1 to 10: no frame has the number 0.
    if len(stated) < 2 or not np.isfinite(stated[:2]).all() or (stated < 0).any() or stated[1] < max(stated[0], 1):
        remarks.notes.append(f"FORCE_PLATFORM:ZERO ({named}) is no range of frames: no baseline is taken from it")
        return
    begin, end = max(int(stated[0]), 1) - 1, int(stated[1])
    per_frame = round(time.analog_rate / time.point_rate)
    before = round(time.start * time.point_rate)  # frames that were cut off
    first, stop = (begin - before) * per_frame, (end - before) * per_frame
    where = f"in the frames {named}, which FORCE_PLATFORM:ZERO names as the baseline"
    for plate in plates:
        if first < 0 or stop > len(plate.samples):
            remarks.notes.append(
                f"the frames {named}, which FORCE_PLATFORM:ZERO names as the baseline, are not in the file, which "
                f"begins with frame {before + 1}: no baseline is taken from them"
            )
            return
        _check_plate(plate, slice(first, stop), where, remarks)


def _check_plate(plate: ImportedStream, frames: slice, where: str, remarks: Remarks) -> None:
    spec, samples = plate.spec, np.asarray(plate.samples, np.float64)
    if spec.plate is None:
        return
    signal = Signal(plate.id, "plate", plate.timestamps, samples, spec.channels, spec.rate, spec.plate)
    try:
        (as_it_is,) = ForcePlate(Settings(zero=False)).whole(signal).signals
        (zeroed,) = ForcePlate(Settings()).whole(signal).signals
    except NotComputableError:
        return  # which is said where its force is asked for
    reads, rest = (float(np.mean(made.column("Fz")[frames])) for made in (as_it_is, zeroed))
    text = f"{plate.id} reads {reads:.0f} N {where}"
    if not zeroed.attrs["unloaded_s"]:
        if not abs(reads) < _SAME_N:
            remarks.notes.append(
                f"{text}, and is never surely unloaded in this file: nothing is taken off. If nobody stood on it then, "
                "record a trial in which it is stepped on later"
            )
    elif not abs(rest) < _SAME_N:
        remarks.notes.append(
            f"{text}, but {reads - rest:.0f} N where it is surely unloaded: those frames are not taken for its baseline"
        )
