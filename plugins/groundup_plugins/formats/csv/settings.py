"""``[import.csv]``: how a lab's CSV files look."""

from typing import Annotated, Literal

import msgspec

from groundup.plugin import Settings


class CsvStream(Settings, frozen=True, kw_only=True):
    """``[import.csv.streams.ID]``: columns that belong to one device.

    Attributes
    ----------
    columns : list of str
        Their labels, without the unit.
    type : str
        LSL's content type: ``EMG``, ``Force``, ``IMU`` ...
    name : str
        Name of the stream; empty means its ID.
    time : str
        Label of the column that tells this device's time, where it has one of its own.
    text : bool
        Whether the columns hold words: a row without any is no sample.
    """

    columns: tuple[str, ...]
    type: str = "Other"
    name: str = ""
    time: str = ""
    text: bool = False


class CsvSettings(Settings, frozen=True, kw_only=True):
    """How the files look; sites, sides and units are given in ``[streams.ID.channels]``, as for any stream.

    Attributes
    ----------
    delimiter : str
        What stands between two values; empty: found out. A blank means any white space.
    decimal : str
        ``.`` or ``,``; empty: found out.
    thousands : str
        What stands between groups of three digits; without it, a number with such a mark is an error.
    encoding : str
        Empty: UTF-8, or UTF-16 where the file says so.
    skip_rows : int
        Lines before the labels (or before the values, if there are no labels).
    labels : list of str
        Labels of the columns, where the file has none.
    units_row : bool
        Whether a line of units follows the labels; one of well-known units is found without. Units may also stand
        behind a label: ``Fz [N]``, ``Fz (N)``, ``Fz/N``.
    time : str
        Label of the column that tells the time; empty if none does. Where several have this label, each tells the time
        of the columns that follow it.
    time_unit_s : float
        What 1 in that column is, in seconds; 0: what its label says, else 1.
    rate : float
        Sampling rate in Hz; needed where no column tells the time, and else found out where the samples are regular.
    type : str
        Content type of the one stream that all columns make, where `streams` does not divide them.
    streams : table
        Which columns belong to which stream. Columns that no stream names are left out.
    """

    delimiter: str = ""
    decimal: Literal["", ".", ","] = ""
    thousands: Literal["", ".", ",", " ", "'"] = ""
    encoding: str = ""
    skip_rows: Annotated[int, msgspec.Meta(ge=0)] = 0
    labels: tuple[str, ...] = ()
    units_row: bool = False
    time: str = "time"
    time_unit_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    rate: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 0.0
    type: str = "Other"
    streams: dict[str, CsvStream] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for what, mark in (("delimiter and decimal", self.delimiter), ("thousands and decimal", self.thousands)):
            if mark and mark == self.decimal:
                raise ValueError(f'{what} are both "{mark}"')
        if self.units_row and self.labels:
            raise ValueError("units_row is for files that have labels; with labels given here, use skip_rows")
