"""The settings of a virtual device: which one it is, who walks, and what goes wrong."""

from typing import Literal

from groundup.plugin import Settings
from groundup_plugins.devices.virtual_lab.amplifier import Gain
from groundup_plugins.devices.virtual_lab.imu import SENSORS
from groundup_plugins.devices.virtual_lab.strategy import StrategyName
from groundup_plugins.devices.virtual_lab.trials import LEAST_CYCLE_S

Part = Literal["plate_left", "plate_right", "emg", "imu", "mocap", "markers"]


class VirtualLabSettings(Settings, frozen=True, kw_only=True):
    """One device of the virtual lab.

    Attributes
    ----------
    part : str
        Which device: ``plate_left`` or ``plate_right`` (6 channels, 1 kHz), ``emg`` (16 channels, 2 kHz), ``imu``
        (9 sensors on one receiver, a stream each, 6 channels, 200 Hz), ``mocap`` (15 markers on pelvis and legs,
        200 Hz), ``markers`` (text).
    strategy : str
        How the walker walks: ``ground_up`` or ``proximal``. The same for all devices of one walker.
    seed : int
        Which walk it is. The same for all devices of one walker.
    mass_kg : float
        Of the walker.
    clock_ppm : float
        How wrong the device's own clock ticks: it takes ``1 + clock_ppm / 1e6`` times as many samples as it says.
        Time stamps say truly when each was taken.
    latency_s : float
        Time stamps are late by this much, always, and nothing tells it: what a sync event finds.
    stamp_jitter_s : float
        Time stamps are late by a random time (gamma, shape 2) of this mean.
    packet_loss : float
        Share of packets that are never sent, 0 to 1.
    packet_s : float
        Length of a packet in seconds.
    battery : float
        How full the batteries of ``emg`` and ``imu`` are when it is started, 0 to 1.
    gain : int
        Of the amplifier of ``emg``: 10, 100 or 1000; it measures up to 4 V divided by it.
    swap_sensors : pair of str, optional
        Two IMUs worn in each other's place (``["pelvis", "trunk"]``).
    taps : tuple of float
        All sensors are held together and knocked on the plates at these seconds after every full `taps_every_s` of the
        LSL clock, and nobody walks around that time. The same for all devices of one walker.
    taps_every_s : float
        How often the taps come again.
    trials_every_s : float
        How often the person sits down to rest, and then tenses every muscle as hard as it goes; a walk follows that is
        a reference. The markers device tells of these trials in a stream ``groundup.control``. 0: never; else 20 or
        more. The same for all devices of one walker.
    """

    part: Part
    strategy: StrategyName = "ground_up"
    seed: int = 1
    mass_kg: float = 70.0
    clock_ppm: float = 0.0
    latency_s: float = 0.0
    stamp_jitter_s: float = 0.0
    packet_loss: float = 0.0
    packet_s: float = 0.02
    battery: float = 0.9
    gain: Gain = 100
    swap_sensors: tuple[str, str] | None = None
    taps: tuple[float, ...] = ()
    taps_every_s: float = 30.0
    trials_every_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises
        ------
        ValueError
            With the setting's name and what it may be.
        """
        bounds: dict[str, tuple[float, float]] = {
            "seed": (0, 2**31 - 1),
            "mass_kg": (1.0, 500.0),
            "clock_ppm": (-1e5, 1e5),
            "latency_s": (-10.0, 10.0),
            "stamp_jitter_s": (0.0, 10.0),
            "taps_every_s": (1.0, 86400.0),
            "packet_loss": (0.0, 1.0),
            "packet_s": (0.001, 1.0),
            "battery": (0.0, 1.0),
        }
        for key, (low, high) in bounds.items():
            if not low <= getattr(self, key) <= high:
                raise ValueError(f"{key} is {getattr(self, key)}, but must lie between {low:g} and {high:g}")
        if self.trials_every_s and not LEAST_CYCLE_S <= self.trials_every_s <= 86400.0:
            raise ValueError(f"trials_every_s is {self.trials_every_s:g}, but must be 0 or at least {LEAST_CYCLE_S:g}")
        if any(not 0.0 <= tap < self.taps_every_s for tap in self.taps):
            raise ValueError(f"taps must lie between 0 and taps_every_s ({self.taps_every_s:g})")
        if self.part == "markers" and (self.clock_ppm or self.packet_loss):
            raise ValueError("part 'markers' has no sampling clock and no packets: leave out clock_ppm and packet_loss")
        if self.swap_sensors is not None:
            self._check_swap(self.swap_sensors)

    def _check_swap(self, swap: tuple[str, str]) -> None:
        if self.part != "imu":
            raise ValueError(f"swap_sensors is for part 'imu', and this is {self.part!r}")
        unknown = [name for name in swap if name not in SENSORS]
        if unknown or swap[0] == swap[1]:
            raise ValueError(f"swap_sensors takes two different names of {', '.join(SENSORS)}")
