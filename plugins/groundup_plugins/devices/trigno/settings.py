"""The settings of a Trigno system: where its server is, and where each sensor is worn."""

from typing import Annotated

import msgspec

from groundup.plugin import Settings, Side

SLOTS = 16
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class TrignoSensor(Settings, frozen=True):
    """``sensors.N = {...}``: the sensor that is paired in slot N.

    Attributes
    ----------
    site : str
        Muscle under its electrodes.
    segment : str
        Segment it is strapped to, for its accelerometer and gyroscope.
    side : str
        ``L`` or ``R``.
    label : str
        Name of its EMG channel; empty means the site and side, or ``sensor N``.
    """

    site: str = ""
    segment: str = ""
    side: Side = ""
    label: str = ""


class TrignoSettings(Settings, frozen=True, kw_only=True):
    """A Trigno base station behind the Trigno Control Utility, which must be running.

    Attributes
    ----------
    host : str
        The computer on which it runs.
    command_port, emg_port, aux_port : int
        Ports of the server, as its window shows them.
    sensors : table
        By slot, ``"1"`` to ``"16"``; a paired slot that is not named is recorded without a site.
    start_index_base : int, optional
        What ``SENSOR n STARTINDEX?`` calls the first channel: 0 or 1. The guide's examples disagree, so without this it
        is told from the first sensor's answer; wrong, it would shift every muscle by one.
    imu : bool
        Whether the auxiliary channels are recorded too.
    latency_s : float
        How late samples are when they leave the server, at the least; measure it with a sync event.
    """

    host: str = "127.0.0.1"
    command_port: Port = 50040
    emg_port: Port = 50043
    aux_port: Port = 50044
    sensors: dict[str, TrignoSensor] = msgspec.field(default_factory=dict)
    start_index_base: Annotated[int, msgspec.Meta(ge=0, le=1)] | None = None
    imu: bool = True
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse slots that there are not."""
        for slot in self.sensors:
            if slot not in {str(n) for n in range(1, SLOTS + 1)}:
                raise ValueError(f'sensors."{slot}" is no slot; they are "1" to "{SLOTS}"')
