"""How the numbers lie in a C3D file's data: header and parameters held against each other and the size of the file.

The header's samples a frame are what lays out the data. Rates do not: programs write 59.94 Hz for 60/1.001 and 1200 Hz
beside it, and a count computed of them is off by one, which shifts every channel of every frame.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from groundup_plugins.formats.c3d.file import BLOCK, Description
from groundup_plugins.formats.c3d.frames import frame_counts, frames_in
from groundup_plugins.formats.c3d.remarks import Remarks


@dataclass(frozen=True)
class Layout:
    """Where the data lie.

    Attributes
    ----------
    start : int
        First byte of the data.
    word : int
        Bytes a number: 4 (real numbers) or 2 (integers).
    points, channels, per_frame : int
        Points, analog channels, and samples of a channel, in a frame.
    """

    start: int
    word: int
    points: int
    channels: int
    per_frame: int

    @property
    def frame_numbers(self) -> int:
        """Numbers in a frame: x, y, z and residual of each point, and the analog samples."""
        return 4 * self.points + self.channels * self.per_frame

    @property
    def frame_bytes(self) -> int:
        """Bytes in a frame."""
        return self.frame_numbers * self.word


def data_layout(file: Description, remarks: Remarks) -> tuple[Layout, int]:
    """The layout of the data and the number of frames that are read.

    Where header and parameters agree, theirs is the layout. Where they do not, it is the one of what they say that
    fills the file to its last block.

    Raises
    ------
    ValueError
        If they contradict each other and no single layout fills the file.
    """
    contradictions = _contradictions(file)
    layouts = _stated(file)
    if not contradictions and len(layouts) == 1 and layouts[0].frame_numbers == 0:
        raise ValueError(f"{file.name} holds neither markers nor analog channels: there is nothing to read in it")
    if contradictions or len(layouts) != 1:
        layouts = _by_rate([layout for layout in layouts if layout.frame_numbers and _fills(layout, file)], file)
        what = "; ".join(contradictions) or "it does not say whether its numbers are integers"
        if len(layouts) != 1:
            raise ValueError(
                f"{file.name} contradicts itself, and its size does not tell which is right: {what}. "
                "Export it again from the program that made it"
            )
        remarks.faults.append(f"{file.name} contradicts itself ({what}): {_as_read(layouts[0])}")
    elif not _fills(layouts[0], file):
        layouts = [_as_rates_say(layouts[0], file, remarks)]
    return layouts[0], frames_in(file, layouts[0].start, layouts[0].frame_bytes, remarks)


def empty_layout(file: Description) -> tuple[Layout, int]:
    """The layout of a file that has neither points nor channels but something else, and how many frames it tells of."""
    counts = frame_counts(file)
    return Layout(file.size, 4, 0, 0, 1), max(counts.values())


def _as_rates_say(layout: Layout, file: Description, remarks: Remarks) -> Layout:
    """The layout with the samples a frame that the rates give, if that fills the file; else as it is.

    Programs have written a header whose samples a frame were rounded down (19 for 3000 Hz at 150.001 Hz).
    """
    other = replace(layout, per_frame=samples_by_rate(file))
    if not layout.channels or other.per_frame in (0, layout.per_frame) or not _fills(other, file):
        return layout
    remarks.faults.append(
        f"{file.name} contradicts itself (its header tells of {layout.per_frame} analog samples a frame, its rates of "
        f"{other.per_frame}): {_as_read(other)}"
    )
    return other


def samples_by_rate(file: Description) -> int:
    """Analog samples a frame, as the rates have it; 0 if they do not tell."""
    point, analog = file.parameters.number("POINT", "RATE"), file.parameters.number("ANALOG", "RATE")
    if not (np.isfinite([point, analog]).all() and point > 0 and 0 < analog / point < 65536):
        return 0
    return round(analog / point)


def _stated(file: Description) -> list[Layout]:
    """Every layout that header and parameters allow; one where they agree."""
    header, parameters = file.header, file.parameters
    points = {header.points, *_count(file, "POINT", "USED")}
    starts = _starts(file)
    signs = {np.sign(scale) for scale in (header.scale, parameters.number("POINT", "SCALE")) if abs(scale) > 0}
    words = {4 if sign < 0 else 2 for sign in signs} or {2, 4}
    return [
        Layout(start, word, point, channels, per)
        for start, word, point, (channels, per) in product(
            sorted(starts), sorted(words), sorted(points), sorted(_analog(file))
        )
    ]


def _starts(file: Description) -> set[int]:
    """First bytes of the data that header and parameters name and that can be."""
    stated = [
        (block - 1) * BLOCK for block in (file.header.data_block, *_count(file, "POINT", "DATA_START")) if block > 0
    ]
    if stated and min(stated) >= file.size:
        raise ValueError(f"{file.name} is cut short: it ends before its data begin. Copy it again from its source")
    starts = {start for start in stated if file.earliest_data <= start < file.size}
    if not starts:
        raise ValueError(
            f"{file.name} is damaged: its data would begin at block {file.header.data_block}, within its parameters. "
            "Copy it again from its source"
        )
    return starts


def _count(file: Description, group: str, name: str) -> list[int]:
    """A count that the parameters give, in a list; none where they do not, or say 0 of where data begin."""
    found = [int(n) for n in file.parameters.words(group, name)[:1]]
    return [n for n in found if n > 0 or name != "DATA_START"]


def _analog(file: Description) -> set[tuple[int, int]]:
    """(channels, samples a frame) that header and parameters allow."""
    total, per = file.header.analog, file.header.per_frame
    used = _count(file, "ANALOG", "USED")
    if total == 0 and not any(used):
        return {(0, max(per, 1))}
    if used and used[0] * per == total:
        return {(used[0], per)}
    # What the header says alone, and what the parameters do with each other's help.
    found = {(total // per, max(per, 1))} if total % max(per, 1) == 0 and (per or not total) else set()
    for channels in used:
        if channels == 0:
            found.add((0, max(per, 1)))
            continue
        found |= {(channels, total // channels)} if total and total % channels == 0 else set()
        found |= {(channels, n) for n in (per, samples_by_rate(file)) if n}
    if not used and not found and samples_by_rate(file):
        per = samples_by_rate(file)
        found |= {(total // per, per)} if total % per == 0 else set()
    return found


def _fills(layout: Layout, file: Description) -> bool:
    """Whether some count of frames fills the file to its last block."""
    room = file.size - layout.start
    return any(0 <= room - count * layout.frame_bytes <= BLOCK for count in frame_counts(file).values())


def _by_rate(layouts: list[Layout], file: Description) -> list[Layout]:
    """Those that agree with the rates, where they decide; the others are as large, and as good."""
    per = samples_by_rate(file)
    right = [layout for layout in layouts if layout.per_frame == per or layout.channels == 0]
    return right if len(layouts) > 1 and right else layouts


def _contradictions(file: Description) -> list[str]:
    """What header and parameters say otherwise of the layout, in words; none where they agree."""
    header, parameters = file.header, file.parameters
    stated = [
        _pair("points", header.points, _count(file, "POINT", "USED"), "POINT:USED"),
        _pair("block of data", header.data_block, _count(file, "POINT", "DATA_START"), "POINT:DATA_START"),
    ]
    scale = parameters.number("POINT", "SCALE")
    if header.scale * scale < 0:
        stated.append(f"the header's scale is {header.scale:g}, POINT:SCALE is {scale:g}")
    used = _count(file, "ANALOG", "USED")
    channels_by_header = header.analog / max(header.per_frame, 1)
    if channels_by_header % 1 or (used and used[0] * header.per_frame != header.analog):
        channels = f"ANALOG:USED is {used[0]}" if used else "there is no ANALOG:USED"
        stated.append(
            f"the header has {header.analog} analog numbers a frame, {header.per_frame} of a channel, and {channels}"
        )
    return [part for part in stated if part]


def _pair(what: str, header: int, parameters: Iterable[int], name: str) -> str:
    others = [n for n in parameters if n != header]
    return f"{what}: the header says {header}, {name} {others[0]}" if others else ""


def _as_read(layout: Layout) -> str:
    kind = "real numbers" if layout.word == 4 else "integers"
    return (
        f"{layout.points} points and {layout.channels} analog channels of {layout.per_frame} samples a frame, as "
        f"{kind}, fill it to its end, and it is read so"
    )
