"""The settings of an amplifier of OT Bioelettronica: which it is, how it measures, and where its electrodes are."""

from typing import Annotated, Literal

import msgspec

from groundup.plugin import Settings, Side

Model = Literal["sessantaquattro", "muovi", "muovi_plus"]
PORTS: dict[Model, int] = {"sessantaquattro": 45454, "muovi": 54321, "muovi_plus": 54321}
_MUOVI_HZ = 2000


class OtbElectrode(Settings, frozen=True):
    """``electrodes.N = {...}``: what lies under EMG channel N.

    Attributes
    ----------
    site : str
        Muscle under it.
    side : str
        ``L`` or ``R``.
    label : str
        Name of the channel; empty means the site and side, or ``EMG N``.
    """

    site: str = ""
    side: Side = ""
    label: str = ""


class OtbSettings(Settings, frozen=True, kw_only=True):
    """An amplifier that connects to this computer.

    Attributes
    ----------
    model : str
        ``sessantaquattro`` (the + too), ``muovi`` or ``muovi_plus``.
    port : int
        Where it connects to; 0 means 45454 for a Sessantaquattro and 54321 for a Muovi.
    host : str
        Address of the network card to listen on; ``0.0.0.0``: all.
    channels : int
        EMG channels of a Sessantaquattro: 8, 16, 32 or 64; with ``bipolar`` half of them. A Muovi always sends its 32,
        a Muovi+ its 64.
    rate : int
        Sampling rate of a Sessantaquattro in Hz: 500, 1000, 2000 or 4000. A Muovi's EMG is of 2000 Hz.
    detection : str
        ``monopolar``, ``bipolar`` or ``differential``, of a Sessantaquattro.
    high_pass : bool
        Whether a Sessantaquattro takes off what is slower than 10.5 Hz.
    electrodes : table
        By EMG channel, from ``"1"``; one that is not named is recorded without a site.
    latency_s : float
        How late samples are when they leave the amplifier, at the least; measure it with a sync event.
    """

    model: Model = "sessantaquattro"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    host: str = "0.0.0.0"
    channels: Literal[8, 16, 32, 64] = 32
    rate: Literal[500, 1000, 2000, 4000] = 2000
    detection: Literal["monopolar", "bipolar", "differential"] = "monopolar"
    high_pass: bool = True
    electrodes: dict[str, OtbElectrode] = msgspec.field(default_factory=dict)
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse electrodes that there are not, and what a Muovi cannot do."""
        if self.model != "sessantaquattro" and (self.rate != _MUOVI_HZ or self.detection != "monopolar"):
            raise ValueError("a Muovi measures EMG monopolar, at 2000 Hz: leave out rate and detection")
        for channel in self.electrodes:
            if channel not in {str(number) for number in range(1, self.emg_channels + 1)}:
                raise ValueError(f'electrodes."{channel}" is no channel; they are "1" to "{self.emg_channels}"')

    @property
    def emg_channels(self) -> int:
        """How many EMG channels come."""
        if self.model != "sessantaquattro":
            return 32 if self.model == "muovi" else 64
        return self.channels // 2 if self.detection == "bipolar" else self.channels

    @property
    def listens_at(self) -> int:
        """The port that the amplifier connects to."""
        return self.port or PORTS[self.model]
