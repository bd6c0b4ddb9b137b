"""``[import.NAME]`` of a vendor's tables: what a file leaves open."""

from typing import Annotated, Literal

import msgspec

from groundup.plugin import Settings


class TableSettings(Settings, frozen=True, kw_only=True):
    """How the files look where they do not tell; what a preset knows needs no key.

    Attributes
    ----------
    encoding : str
        Empty: UTF-8 or UTF-16 if the file is in it, else Windows-1252 (Latin-1).
    delimiter : str
        What stands between two values; empty: found out.
    decimal : str
        ``.`` or ``,``; empty: found out.
    thousands : str
        What stands between groups of three digits.
    rate : float
        Sampling rate in Hz, where the file names none and no column tells the time.
    time_unit_s : float
        What 1 in the column of time is, in seconds, where the file says it wrongly or not at all; 0: what it says.
    units : list of str
        Of the columns that tell no time, in their order, where the file names none.
    sites : bool
        Whether the muscles of EMG channels are guessed from their names; the ledger names each guess.
    """

    encoding: str = ""
    delimiter: str = ""
    decimal: Literal["", ".", ","] = ""
    thousands: Literal["", ".", ",", " ", "'"] = ""
    rate: Annotated[float, msgspec.Meta(ge=0, le=1e6)] = 0.0
    time_unit_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    units: tuple[str, ...] = ()
    sites: bool = True


class OpenSimSettings(TableSettings, frozen=True, kw_only=True):
    """How files of OpenSim lie in the lab.

    Attributes
    ----------
    up : str
        Which of their axes is up, ``y`` or ``z``; empty: y, as OpenSim has it, unless the file speaks against it.
    """

    up: Literal["", "y", "z"] = ""


class SessionSettings(TableSettings, frozen=True, kw_only=True):
    """How files lie to each other whose sensors were synchronised and name no session.

    Attributes
    ----------
    same_session : bool
        Whether all files of one import are of one synchronisation.
    """

    same_session: bool = False
