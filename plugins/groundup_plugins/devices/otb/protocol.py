"""What is said over the connection of an amplifier: a command of one or two bytes, and frames of 16-bit samples.

By OT Bioelettronica's TCP communication protocols of the Sessantaquattro and the Muovi. A frame is one sample of each
EMG channel and of the accessory channels, big endian; the last accessory channel counts the frames.
"""

import numpy as np
from numpy.typing import NDArray

from groundup_plugins.devices.otb.settings import OtbSettings

VOLTS = 286.1e-9
"""One step of an EMG channel, at the gain of 8 that 16-bit samples are sent with."""
COUNTER = 1 << 16
"""The frame counter wraps here."""
ACCESSORIES = ("aux 1", "aux 2", "quaternion w", "quaternion x", "quaternion y", "quaternion z", "buffer", "counter")
"""The accessory channels of a Sessantaquattro+; the other amplifiers leave out the first ones."""
FRAMES_TO_KNOW = 64
_MOST = 0.8  # of the steps of a counter are 1, though some frames get lost
_WIDTHS = (4, 6, 8)  # of the accessory channels: a Sessantaquattro's are fewer than a Sessantaquattro+'s
_DETECTION = {"monopolar": 0, "bipolar": 1, "differential": 2}


def command(settings: OtbSettings, *, go: bool) -> bytes:
    """Begin to send, or stop; an amplifier that is told to stop hangs up, too.

    Sessantaquattro: ``GETSET | FSAMP (2) | NCH (2) | MODE (3) | HRES | HPF | GAIN (2) | TRIG (2) | REC | GO``.
    Muovi: ``EMG | MODE (2) | GO``.
    """
    if settings.model != "sessantaquattro":
        return bytes([1 << 3 | int(go)])
    word = (500, 1000, 2000, 4000).index(settings.rate) << 13
    word |= (8, 16, 32, 64).index(settings.channels) << 11
    word |= _DETECTION[settings.detection] << 8
    word |= int(settings.high_pass) << 6 | int(go)
    return word.to_bytes(2, "big")


def longest_frame(emg_channels: int) -> int:
    """How many bytes a frame has at the most."""
    return 2 * (emg_channels + max(_WIDTHS))


def frames_of(data: bytes, channels: int) -> NDArray[np.int16]:
    """The whole frames in these bytes, shape (n, channels)."""
    count = len(data) // (2 * channels)
    return np.frombuffer(data[: count * 2 * channels], ">i2").astype(np.int16).reshape(count, channels)


def accessories_in(data: bytes, emg_channels: int) -> int:
    """How many accessory channels come: with the right number of them the last one counts.

    The published number differs from what a Sessantaquattro+ sends, so it is told from `FRAMES_TO_KNOW` frames.

    Raises
    ------
    OSError
        If with none of the numbers that there are the last channel counts.
    """
    for width in _WIDTHS:
        counter = frames_of(data, emg_channels + width)[:, -1].astype(np.int64)
        if len(counter) > 1 and (np.diff(counter) % COUNTER == 1).mean() > _MOST:
            return width
    raise OSError(
        f"the amplifier does not send {emg_channels} EMG channels with a frame counter behind them: is it the model "
        "that lab.toml names, and are no other programs connected to it?"
    )
