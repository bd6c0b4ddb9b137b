"""The command port of the Trigno server: one line a question, one an answer, each ended by two CR LF."""

import socket
from dataclasses import dataclass

from groundup_plugins.devices.trigno.settings import SLOTS, TrignoSettings

PATIENCE_S = 2.0
_REFUSED = ("INVALID COMMAND", "CANNOT COMPLETE")
_EMG_CHANNELS, _AUX_CHANNELS, _AUX_OF_SENSOR = 16, 144, 9

# Section 6.1.2: with backwards compatibility the rates are fixed, and hang on upsampling only.
_FIXED_EMG_HZ = {True: 2000.0, False: 15 / 0.0135}
_FIXED_AUX_HZ = 2 / 0.0135

_TO_SI = {
    "v": ("V", 1.0), "volts": ("V", 1.0), "mv": ("V", 1e-3), "millivolts": ("V", 1e-3), "uv": ("V", 1e-6),
    "g": ("m/s^2", 9.80665), "deg/s": ("rad/s", 0.017453292519943295), "dps": ("rad/s", 0.017453292519943295),
    "degrees/s": ("rad/s", 0.017453292519943295), "ut": ("uT", 1.0), "microtesla": ("uT", 1.0),
}  # fmt: skip


class Commands:
    """The command port.

    Attributes
    ----------
    banner : str
        What the server says of itself.
    """

    def __init__(self, settings: TrignoSettings) -> None:
        where = f"{settings.host}:{settings.command_port}"
        try:
            self.socket = socket.create_connection((settings.host, settings.command_port), PATIENCE_S)
        except OSError as error:
            raise OSError(
                f"no Trigno server answers at {where} ({error.strerror or error}): start the Trigno Control Utility "
                "there, with the base station switched on"
            ) from error
        self._buffer = b""
        self.banner = self._line()

    def ask(self, question: str) -> str:
        """Send a command; give its answer.

        Raises
        ------
        OSError
            If the server refuses it, or does not answer.
        """
        self.socket.sendall(question.encode("ascii") + b"\r\n\r\n")
        answer = self._line()
        if answer.upper().startswith(_REFUSED):
            raise OSError(f"the Trigno server says {answer!r} to {question!r}")
        return answer

    def number(self, question: str) -> float:
        """The answer as a number."""
        answer = self.ask(question)
        try:
            return float(answer.split()[-1])
        except (ValueError, IndexError):
            raise OSError(f"the Trigno server says {answer!r} to {question!r}, where a number is expected") from None

    def yes(self, question: str) -> bool:
        """The answer as yes or no."""
        word = (self.ask(question).upper().split() or [""])[-1]
        if word not in ("YES", "ON", "NO", "OFF"):
            raise OSError(f"the Trigno server says {word!r} to {question!r}, where YES or NO is expected")
        return word in ("YES", "ON")

    def stopped(self) -> bool:
        """Whether the server has said by itself that it sends no more (a stop trigger); never waits."""
        self.socket.setblocking(False)
        try:
            data = self.socket.recv(4096)
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(PATIENCE_S)
        return data == b"" or b"STOPPED" in data

    def close(self) -> None:
        """Close the connection; the server stops sending with it."""
        self.socket.close()

    def _line(self) -> str:
        while True:
            line, end, rest = self._buffer.partition(b"\r\n")
            if end:
                self._buffer = rest
                if text := line.decode("ascii", "replace").strip():
                    return text
                continue
            try:
                data = self.socket.recv(4096)
            except TimeoutError:
                raise OSError("the Trigno server does not answer; is another program its master?") from None
            if not data:
                raise OSError("the Trigno server has closed the connection")
            self._buffer += data


@dataclass(frozen=True)
class AuxChannel:
    """One auxiliary channel of a sensor: its column in the port's frames, its name, unit and scale to that unit."""

    column: int
    label: str
    unit: str
    scale: float


@dataclass(frozen=True)
class Sensor:
    """A paired sensor, as the server describes it."""

    slot: int
    kind: str
    serial: str
    emg_columns: tuple[int, ...]
    emg_unit: str
    emg_scale: float
    aux: tuple[AuxChannel, ...]


@dataclass(frozen=True)
class System:
    """What a base station sends.

    Attributes
    ----------
    emg_rate, aux_rate : float
        Samples a second on the two data ports.
    byte_order : str
        ``<`` or ``>``.
    """

    banner: str
    sensors: tuple[Sensor, ...]
    emg_rate: float
    aux_rate: float
    byte_order: str

    emg_channels: int = _EMG_CHANNELS
    aux_channels: int = _AUX_CHANNELS


def ask_system(commands: Commands, settings: TrignoSettings) -> System:
    """Ask for all that is needed to read the data ports; changes nothing of the system's configuration.

    Raises
    ------
    OSError
        If no sensor is paired, or an answer makes no sense.
    """
    interval = commands.number("FRAME INTERVAL?")
    if not 0 < interval < 1:
        raise OSError(f"the Trigno server says its frames are {interval:g} s long")
    if commands.yes("BACKWARDS COMPATIBILITY?"):
        emg_rate, aux_rate = _FIXED_EMG_HZ[commands.yes("UPSAMPLING?")], _FIXED_AUX_HZ
    else:
        emg_rate = commands.number("MAX SAMPLES EMG?") / interval
        aux_rate = commands.number("MAX SAMPLES AUX?") / interval
    big = commands.ask("ENDIANNESS?").upper().split()[-1] == "BIG"
    slots = [slot for slot in range(1, SLOTS + 1) if commands.yes(f"SENSOR {slot} PAIRED?")]
    if not slots:
        raise OSError("no sensor is paired with this Trigno base station: pair them in the Trigno Control Utility")
    missing = [slot for slot in settings.sensors if int(slot) not in slots]
    if missing:
        raise OSError(f"no sensor is paired in the slots {', '.join(missing)}, which lab.toml names")
    base = settings.start_index_base
    if base is None:
        base = _base(slots[0], int(commands.number(f"SENSOR {slots[0]} STARTINDEX?")))
    sensors = tuple(_sensor(commands, slot, base) for slot in slots)
    columns = [column for sensor in sensors for column in sensor.emg_columns]
    if len(set(columns)) < len(columns) or not all(0 <= column < _EMG_CHANNELS for column in columns):
        raise OSError(f"the Trigno sensors say they lie in the channels {columns}; set start_index_base to 0 or 1")
    return System(commands.banner, sensors, emg_rate, aux_rate, ">" if big else "<")


def _base(slot: int, start: int) -> int:
    """What the server calls the first channel, if each slot before the first sensor takes one."""
    base = start - (slot - 1)
    if base not in (0, 1):
        raise OSError(f"the sensor of slot {slot} says it starts at channel {start}: set start_index_base to 0 or 1")
    return base


def _sensor(commands: Commands, slot: int, base: int) -> Sensor:
    about = f"SENSOR {slot}"
    emg, aux = int(commands.number(f"{about} EMGCHANNELCOUNT?")), int(commands.number(f"{about} AUXCHANNELCOUNT?"))
    start = int(commands.number(f"{about} STARTINDEX?")) - base
    unit, scale = _si(commands.ask(f"{about} CHANNEL 1 UNITS?")) if emg else ("", 1.0)
    channels = []
    for index in range(min(aux, _AUX_OF_SENSOR)):
        aux_unit, aux_scale = _si(commands.ask(f"{about} CHANNEL {emg + index + 1} UNITS?"))
        label = f"{('acc', 'gyr', 'mag')[index // 3]}_{'xyz'[index % 3]}"
        channels.append(AuxChannel((slot - 1) * _AUX_OF_SENSOR + index, label, aux_unit, aux_scale))
    return Sensor(
        slot, commands.ask(f"{about} TYPE?"), commands.ask(f"{about} SERIAL?"),
        tuple(range(start, start + emg)), unit, scale, tuple(channels),
    )  # fmt: skip


def _si(unit: str) -> tuple[str, float]:
    """The SI unit of what a channel measures, and what one of its units is worth; unknown units stay as they are."""
    return _TO_SI.get(unit.strip().lower().replace("°", "deg"), (unit.strip(), 1.0))
