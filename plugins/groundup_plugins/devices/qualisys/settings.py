"""The settings of a Qualisys system: where QTM runs, and what is taken of it."""

from typing import Annotated, Literal

import msgspec

from groundup.plugin import Settings, Side

Component = Literal["analog", "force", "6d", "events"]


class QualisysChannel(Settings, frozen=True):
    """``channels."EMG 1" = {...}``: what the lab knows of an analog channel, by QTM's label.

    Attributes
    ----------
    site, side, unit : str
        As in ``[streams.ID.channels]``; an empty unit keeps QTM's.
    """

    site: str = ""
    side: Side = ""
    unit: str = ""


class QualisysSettings(Settings, frozen=True, kw_only=True):
    """A computer on which QTM measures, or plays a file in real time.

    Attributes
    ----------
    host : str
        Its address.
    port : int
        The little-endian port of QTM's RT server.
    version : str
        Version of the RT protocol that is asked for.
    components : list of str
        What is taken: ``analog``, ``force``, ``6d``, ``events``.
    types : table
        LSL's content type of an analog board, by QTM's name of it: ``"EMG" = "EMG"``. Without it ``Analog``.
    channels : table
        By QTM's label of the analog channel.
    sides : table
        Foot that steps on a plate, by QTM's name of it; leave it out where either may.
    moment_unit : str
        Unit of QTM's moments: ``Nm`` or ``Nmm``.
    latency_s : float
        How late QTM sends what was measured, at the least; measure it with a sync event.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 22223
    version: str = "1.25"
    components: tuple[Component, ...] = ("analog", "force", "6d", "events")
    types: dict[str, str] = msgspec.field(default_factory=dict)
    channels: dict[str, QualisysChannel] = msgspec.field(default_factory=dict)
    sides: dict[str, Side] = msgspec.field(default_factory=dict)
    moment_unit: Literal["Nm", "Nmm"] = "Nm"
    latency_s: float = 0.0
