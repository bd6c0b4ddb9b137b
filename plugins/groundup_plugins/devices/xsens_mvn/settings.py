"""The settings of MVN's network streamer: where it sends to, whom, and in which units."""

from typing import Annotated, Literal

import msgspec

from groundup.plugin import Settings


class XsensMvnSettings(Settings, frozen=True, kw_only=True):
    """An MVN Analyze or Animate that streams to this computer over UDP.

    Attributes
    ----------
    port : int
        Where it sends to.
    host : str
        Address of the network card to listen on; ``0.0.0.0``: all.
    character : int
        Which person, where several are captured; from 0.
    rate : float
        Updates a second of the trackers, as MVN shows them; 0: told from what comes, if it is a rate that MVN has.
    length_unit : str
        Of the positions, ``m`` or ``cm``: the published protocol says cm, and programs that read it m.
    angular_velocity_unit : str
        Of the trackers, ``rad/s`` or ``deg/s``. The published protocol does not say it: without it trackers are not
        recorded.
    latency_s : float
        How late poses are when they leave MVN, at the least; measure it with a sync event.
    """

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 9763
    host: str = "0.0.0.0"
    character: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    rate: Annotated[float, msgspec.Meta(ge=0.0, le=2000.0)] = 0.0
    length_unit: Literal["m", "cm"] = "m"
    angular_velocity_unit: Literal["", "rad/s", "deg/s"] = ""
    latency_s: float = 0.0
