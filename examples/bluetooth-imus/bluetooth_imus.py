"""A driver: Bluetooth IMUs, each worn where lab.toml says, with a clock of its own; switched on in any order."""

import struct
from contextlib import contextmanager

import numpy as np

from groundup.plugin import AsyncDevice, Channel, Settings, StreamSpec, hookimpl, missing

DATA = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"  # the characteristic that notifies
PACKET = struct.Struct("<I60h")  # the sensor's clock at the newest sample; ten samples of acceleration and angular rate
RATE, TICKS, WRAP = 100.0, 32768.0, 2.0**32
SCALES = np.repeat([9.80665 / 4096, np.radians(1 / 16.4)], 3)
UNITS = {"acc": "m/s^2", "gyr": "rad/s"}


class BluetoothImusSettings(Settings, frozen=True):
    sensors: dict[str, tuple[str, str]]  # where each is worn, by its address: "F4:A1..." = ["shank", "L"]


class BluetoothImus(AsyncDevice):
    """Acceleration and angular rate of each sensor, as ``imus.shank_L``."""

    name = "bluetooth_imus"
    settings_type = BluetoothImusSettings
    longest_pause_s = 5.0  # while it connects to one, the radio serves the others less

    @classmethod
    @contextmanager
    def simulated(cls):
        from groundup.testing import AsyncPeer

        worn = {"A": ("pelvis", ""), "B": ("shank", "L")}
        with AsyncPeer(standing, worn, rate=RATE / 10).as_bleak():
            yield BluetoothImusSettings(worn)

    def expected(self):
        return dict(described(*worn) for worn in self.settings.sensors.values())

    async def sensors(self):
        bleak = package()
        while True:
            for seen in await bleak.BleakScanner.discover(timeout=2.0):
                if seen.address in self.settings.sensors:
                    yield seen.address

    async def run(self, address, port):
        key, spec = described(*self.settings.sensors[address])
        async with package().BleakClient(address, disconnected_callback=port.gone) as client:
            imu = port.open(key, spec, port.clock(TICKS), reorder_s=0.35, wrap=WRAP)
            await client.start_notify(DATA, lambda _, data: imu.packet(*unpacked(data)))
            await port.until_gone()


def described(segment, side):
    channels = tuple(Channel(f"{kind}_{axis}", UNITS[kind], segment, side) for kind in UNITS for axis in "xyz")
    return f"{segment}_{side}".strip("_"), StreamSpec(f"IMU {segment} {side}", "IMU", RATE, "float32", channels)


def unpacked(data):
    tick, *counts = PACKET.unpack(data)
    ticks = (tick - np.arange(9, -1, -1) * TICKS / RATE) % WRAP
    return ticks, (np.reshape(counts, (10, 6)) * SCALES).astype(np.float32)


def standing(address, number):
    """Packet `number` of a sensor that stands still: what the simulator sends."""
    tick = round((10 * number + 9) * TICKS / RATE)
    return PACKET.pack(tick % 2**32, *[0, 0, 4096, 0, 0, 0] * 10)


def package():
    try:
        import bleak
    except ImportError as error:
        raise missing("bleak") from error
    return bleak


@hookimpl
def groundup_devices():
    return [BluetoothImus]
