"""Boards that BrainFlow knows: OpenBCI and some thirty more, by BrainFlow's own package."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from groundup.plugin import (
    Channel,
    Device,
    PolledDevice,
    SampleClock,
    Settings,
    Side,
    Sink,
    Streams,
    StreamSpec,
    as_key,
    hookimpl,
    missing,
    unwrap,
)  # fmt: skip

Floats = NDArray[np.float64]
Preset = Literal["default", "auxiliary", "ancillary"]

_POLL_S = 0.02
_COUNTS_TO = {"SYNTHETIC_BOARD": 256.0, "CYTON_BOARD": 256.0, "CYTON_WIFI_BOARD": 256.0}
"""Where the package number of boards begins again that count every sample."""
_WINDOW_S, _UNCOUNTED_WINDOW_S = 60.0, 15.0
_DRIFT = 0.01  # boards over Bluetooth are paced by programs


class BrainFlowChannel(Settings, frozen=True):
    """``channels."exg 1" = {...}``: where an electrode or sensor is worn, and another unit than BrainFlow's.

    Attributes
    ----------
    site, side, unit : str
        As in ``[streams.ID.channels]``.
    """

    site: str = ""
    side: Side = ""
    unit: str = ""


class BrainFlowSettings(Settings, frozen=True, kw_only=True):
    """A board, by BrainFlow's names.

    Attributes
    ----------
    board : str
        As in BrainFlow's ``BoardIds``: ``CYTON_BOARD``, ``SYNTHETIC_BOARD``, ``PLAYBACK_FILE_BOARD`` ...
    type : str
        LSL's content type of the electrodes: ``EMG``, ``EEG``, ``ECG``.
    channels : table
        By ``exg 1``, ``exg 2`` ..., ``acc_x`` ..., ``gyr_x`` ...
    presets : list of str
        Groups of channels with a rate of their own, where a board has several.
    counter_modulus : float, optional
        Where the board's package number begins again, if it counts every sample; 0: it does not. Known for Cyton and
        the synthetic board; without it the samples are counted as they come.
    serial_port, mac_address, ip_address, serial_number, file, other_info, master_board : str
        What the board needs of BrainFlow's ``BrainFlowInputParams``; `file` and `master_board` are for playback.
    ip_port : int
        For boards on Wi-Fi.
    timeout_s : int
        How long to look for the board.
    latency_s : float
        How late samples come, at the least; measure it with a sync event.
    """

    board: str
    type: str = "EMG"
    channels: dict[str, BrainFlowChannel] = msgspec.field(default_factory=dict)
    presets: tuple[Preset, ...] = ("default",)
    counter_modulus: Annotated[float, msgspec.Meta(ge=0)] | None = None
    serial_port: str = ""
    mac_address: str = ""
    ip_address: str = ""
    ip_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    serial_number: str = ""
    file: str = ""
    other_info: str = ""
    master_board: str = ""
    timeout_s: Annotated[int, msgspec.Meta(ge=0, le=600)] = 0
    latency_s: float = 0.0


@dataclass
class _Group:
    """A preset of the board: what is counted by, and which rows of BrainFlow's matrix make which stream."""

    preset: int
    clock: SampleClock
    counter: int | None
    modulus: float
    streams: list[tuple[str, list[int]]]
    count: int = 0
    last: float | None = None

    def numbers(self, data: Floats) -> Floats:
        """The count of each sample of a block, shape (rows, n)."""
        if self.counter is not None:
            numbers = unwrap(data[self.counter], self.modulus, self.last)
            self.last = float(numbers[-1])
            return numbers
        self.count += data.shape[1]
        return np.arange(self.count - data.shape[1], self.count, dtype=np.float64)


class BrainFlow(PolledDevice):
    """Electrodes as one stream, accelerometer and gyroscope as another."""

    name = "brainflow"
    level = "simulated"
    settings_type: ClassVar[type[Settings]] = BrainFlowSettings

    def __init__(self, settings: BrainFlowSettings) -> None:
        super().__init__(settings)
        self._settings = settings
        self._board: Any = None
        self._groups: list[_Group] = []

    @classmethod
    @contextmanager
    def simulated(cls) -> Iterator[Settings]:
        """BrainFlow's own synthetic board."""
        yield BrainFlowSettings(board="SYNTHETIC_BOARD")

    def connect(self) -> Streams:
        """Prepare the board's session."""
        try:
            from brainflow import board_shim
            from brainflow.exit_codes import BrainFlowError
        except ImportError as error:
            raise missing("brainflow", "brainflow") from error
        settings = self._settings
        known = {each.name: each.value for each in board_shim.BoardIds}
        for name in (settings.board, settings.master_board):
            if name and name.upper() not in known:
                raise OSError(f'BrainFlow knows no board "{name}"; it knows {", ".join(sorted(known))}')
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # BrainFlow's own use of pkg_resources is no news to the lab
                board_shim.BoardShim.disable_board_logger()
                self._board = board_shim.BoardShim(known[settings.board.upper()], self._parameters(board_shim, known))
            self._board.prepare_session()
            described = known[(settings.master_board or settings.board).upper()]
            streams: dict[str, StreamSpec] = {}
            self._groups = []
            for preset in settings.presets:
                self._group(board_shim, described, preset, streams)
        except BrainFlowError as error:
            raise OSError(f"BrainFlow cannot open {settings.board}: {_words(error)}") from error
        except ImportError as error:
            raise OSError(f"BrainFlow cannot start ({error}): install it with `pip install 'setuptools<81'`") from error
        if not streams:
            raise OSError(f"{settings.board} has no electrodes and no accelerometer in {', '.join(settings.presets)}")
        labels = [channel.label for spec in streams.values() for channel in spec.channels]
        for label in settings.channels:
            if label not in labels:
                raise OSError(f'{settings.board} has no channel "{label}"; it has {", ".join(labels)}')
        return streams

    def begin(self, sink: Sink) -> None:
        """Ask the board to send."""
        from brainflow.exit_codes import BrainFlowError

        try:
            self._board.start_stream()
        except BrainFlowError as error:
            raise OSError(_words(error)) from error

    def read(self, sink: Sink) -> None:
        """Push what has come."""
        from brainflow.exit_codes import BrainFlowError

        self.wait(_POLL_S)
        try:
            for group in self._groups:
                data = self._board.get_board_data(preset=group.preset)
                arrived = sink.clock()
                if data.shape[1]:
                    parts = {key: np.ascontiguousarray(data[rows].T) for key, rows in group.streams}
                    group.clock.push(sink, parts, group.numbers(data), arrived)
        except BrainFlowError as error:
            raise OSError(_words(error)) from error

    def finish(self, sink: Sink) -> None:
        """Push what the board still has, and ask it to stop."""
        self.read(sink)
        self._board.stop_stream()

    def disconnect(self) -> None:
        """Release the session."""
        if self._board is not None:
            from brainflow.exit_codes import BrainFlowError

            try:
                if self._board.is_prepared():
                    self._board.release_session()
            except BrainFlowError:
                pass  # a board that is gone has no session to release
            self._board = None

    def _parameters(self, board_shim: Any, known: dict[str, int]) -> Any:
        settings = self._settings
        parameters = board_shim.BrainFlowInputParams()
        for key in ("serial_port", "mac_address", "ip_address", "ip_port", "serial_number", "other_info"):
            setattr(parameters, key, getattr(settings, key))
        parameters.file = os.fspath(settings.file)
        parameters.timeout = settings.timeout_s
        if settings.master_board:
            parameters.master_board = known[settings.master_board.upper()]
        return parameters

    def _group(self, board_shim: Any, board: int, preset: Preset, streams: dict[str, StreamSpec]) -> None:
        settings = self._settings
        value = board_shim.BrainFlowPresets[f"{preset.upper()}_PRESET"].value
        if value not in board_shim.BoardShim.get_board_presets(board):
            raise OSError(f"{settings.board} has no preset {preset}")
        descr = board_shim.BoardShim.get_board_descr(board, value)
        rate = float(descr["sampling_rate"])
        modulus = settings.counter_modulus
        if modulus is None:
            modulus = _COUNTS_TO.get(settings.board.upper(), 0.0)
        counter = descr.get("package_num_channel") if modulus else None
        clock = (
            self.sample_clock(rate, drift=_DRIFT)
            if counter is not None
            else self.sample_clock(rate, _UNCOUNTED_WINDOW_S, _DRIFT, counted=False)
        )
        group = _Group(value, clock, counter, modulus, [])
        electrodes, moving = _channels(descr)
        for kind, found in ((settings.type, electrodes), ("IMU", moving)):
            if found:
                key = as_key(kind.lower() + (f"_{preset}" if preset != "default" else ""))
                group.streams.append((key, [row for row, _ in found]))
                channels = tuple(self._worn(channel) for _, channel in found)
                name = f"{descr.get('name', settings.board)} {kind}" + (f" {preset}" if preset != "default" else "")
                streams[key] = StreamSpec(name, kind, rate, "double64", channels, latency_s=settings.latency_s)
        self._groups.append(group)

    def _worn(self, channel: Channel) -> Channel:
        worn = self._settings.channels.get(channel.label, BrainFlowChannel())
        return Channel(channel.label, worn.unit or channel.unit, worn.site, worn.side)


def _channels(descr: dict[str, Any]) -> tuple[list[tuple[int, Channel]], list[tuple[int, Channel]]]:
    """Row and channel of each electrode, and of each axis of the accelerometer and gyroscope."""
    rows = sorted({row for kind in ("emg", "eeg", "ecg", "eog") for row in descr.get(f"{kind}_channels", ())})
    electrodes = [(row, Channel(f"exg {number}", "uV")) for number, row in enumerate(rows, 1)]
    moving = []
    for key, word, unit in (("accel_channels", "acc", "g"), ("gyro_channels", "gyr", "deg/s")):
        for number, row in enumerate(descr.get(key, ())):
            moving.append((row, Channel(f"{word}_{'xyz'[number] if number < 3 else number + 1}", unit)))
    return electrodes, moving


def _words(error: Exception) -> str:
    """BrainFlow's error without its code."""
    return re.sub(r"^\w+:\d+\s*", "", str(error)) or str(error)


@hookimpl
def groundup_devices() -> list[type[Device]]:
    """The driver of BrainFlow's boards."""
    return [BrainFlow]
