"""Drivers that break one law each, from one that keeps all."""

import threading
from dataclasses import replace
from typing import Literal

import numpy as np

from groundup.plugin import (
    Channel,
    Device,
    HealthLevel,
    PolledDevice,
    SampleClock,
    Settings,
    Streams,
    StreamSpec,
    command,
    option,
)

SPEC = StreamSpec("Good", "Force", 100.0, "float32", (Channel("Fz", "N", "plate:1", "L"), Channel("Fx", "N")))


class Good(Device):
    """Sends two counts, 100 a second, a packet at once."""

    name = "good"
    streams: Streams = SPEC
    rate, count = 100.0, 60

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._stop = threading.Event()
        self._thread = None

    def open(self):
        return self.streams

    def start(self, sink):
        self._thread = threading.Thread(target=self._run, args=(sink,), name="good", daemon=True)
        self._thread.start()

    def _run(self, sink):
        sink.push(self.samples(), self.times(sink))
        self._stop.wait()

    def samples(self):
        return np.ones((self.count, 2), np.float32)

    def times(self, sink):
        return sink.clock() + np.arange(self.count) / self.rate - self.count / self.rate

    def stop(self):
        self._stop.set()
        if self._thread is not None:
            self._thread.join()


class NameWithSpaces(Good):
    """Is called what no table can be."""

    name = "Good Plate"


class Boaster(Good):
    """Says it was tried on hardware, and not on which."""

    level = "verified"


class NoSettings(Good):
    """Its settings are no struct."""

    settings_type = dict


class NeedsMore(Good):
    """Has no simulator."""

    class Needs(Settings, frozen=True):
        port: str

    settings_type = Needs


class TouchesEarly(Good):
    """Opens its port in the constructor."""

    def __init__(self, settings):
        super().__init__(settings)
        with open("/dev/null", "rb"):
            pass


class ScansNothing(Good):
    """Gives no list."""

    @classmethod
    def scan(cls):
        return None


class NotThere(Good):
    """Its simulator does not answer."""

    def open(self):
        raise OSError("no answer")


class NoUnits(Good):
    """Leaves the unit to the imagination."""

    streams = replace(SPEC, channels=(Channel("Fz"), Channel("Fx", "N")))


class UnknownSite(Good):
    """Has a site of its own."""

    streams = replace(SPEC, channels=(Channel("Fz", "N", "left big toe"), Channel("Fx", "N")))


class Unspeakable(Good):
    """Has a label that XML cannot hold."""

    streams = replace(SPEC, channels=(Channel("F\x01z", "N"), Channel("Fx", "N")))


class TooFewColumns(Good):
    """Sends one of its two channels."""

    def samples(self):
        return np.ones((self.count, 1), np.float32)


class AnotherFormat(Good):
    """Announces whole numbers and sends others."""

    streams = replace(SPEC, format="int16")


class Silent(Good):
    """Ends at once."""

    def _run(self, sink):
        sink.fail("the cable is out")


class ArrivalTimes(Good):
    """Stamps a packet with the time it came."""

    def times(self, sink):
        return np.full(self.count, sink.clock())


class WallClock(Good):
    """Has a clock of its own."""

    def times(self, sink):
        return 1.7e9 + np.arange(self.count) / self.rate


class WrongRate(Good):
    """Runs at twice what it says."""

    rate = 200.0


class Backwards(Good):
    """Sends the newest first."""

    def times(self, sink):
        return super().times(sink)[::-1]


class SendsOn(Good):
    """Does not wait for its thread."""

    def __init__(self, settings):
        super().__init__(settings)
        self.again = threading.Event()

    def _run(self, sink):
        sink.push(self.samples(), self.times(sink))
        self.again.wait()
        sink.push(self.samples(), self.times(sink) + 1.0)

    def stop(self):
        if self._thread is not None and self._stop.is_set():
            self.again.set()
        self._stop.set() if self._thread is not None else None

    def close(self):
        self.again.set()
        self._thread.join() if self._thread is not None else None


class StopsOnce(Good):
    """Cannot be stopped before it was started."""

    def stop(self):
        self._stop.set()
        self._thread.join()


class LeavesThreads(Good):
    """Has a second thread that nobody ends."""

    def start(self, sink):
        super().start(sink)
        threading.Thread(target=FOREVER.wait, name="watchdog", daemon=True).start()


class KeepsItsTicks(Good):
    """Asks a sample clock for stamps, pushes by itself, and tells nobody what they are made of."""

    def times(self, sink):
        numbers, now = np.arange(self.count), sink.clock()
        return SampleClock(self.rate).stamp(numbers, now)


class CommandOfAnything(Good):
    @command
    def gain(self, value):
        """Set the gain."""


class CommandWithoutWords(Good):
    @command
    def arm(self) -> None:
        pass


class OfNothing(Good):
    def health(self) -> list[HealthLevel]:
        return [HealthLevel("battery", 0.5, of="middle")]


class OneLimit(Good):
    def health(self) -> list[HealthLevel]:
        return [HealthLevel("battery", 0.5, amber=0.25)]


class HealthRaises(Good):
    def health(self) -> list[HealthLevel]:
        raise KeyError("battery")


class GainSettings(Settings, frozen=True):
    gain: Literal[1, 4] = 1


class Amplifier(PolledDevice):
    """Counts 1 N by its gain, and scales."""

    name = "amplifier"
    settings_type = GainSettings
    forgets_to_scale = keeps_old_settings = False

    def connect(self):
        self._hardware = self._settings.gain if self.keeps_old_settings else self.settings.gain
        self._last = None
        return SPEC

    def read(self, sink):
        self.wait(0.01)
        now = sink.clock()
        begin, self._last = self._last or now, now
        numbers = np.arange(np.ceil(begin * 100), np.ceil(now * 100))
        scale = 1 if self.forgets_to_scale else self.settings.gain
        force = np.full((len(numbers), 2), self._hardware / scale, np.float32)
        sink.push(force, numbers / 100)

    def disconnect(self):
        pass

    def __init__(self, settings):
        super().__init__(settings)
        self._settings = settings

    @option
    def gain(self, value):
        """Gain of the amplifier."""
        self._hardware = value


class ForgetsToScale(Amplifier):
    forgets_to_scale = True


class KeepsOldSettings(Amplifier):
    """Sets up the device as lab.toml says when it comes back, and scales by what was changed."""

    keeps_old_settings = True


class CountsInItsUnit(Amplifier):
    """Has another unit for each gain."""

    def connect(self):
        super().connect()
        channels = tuple(replace(c, unit="N" if self.settings.gain == 1 else "mN") for c in SPEC.channels)
        return replace(SPEC, channels=channels)


class OptionOfNothing(Amplifier):
    @option
    def colour(self, value):
        """Of its LED."""


class SilentOption(Amplifier):
    @option
    def gain(self, value):
        """"""
        self._hardware = value


class OptionRaises(Amplifier):
    @option
    def gain(self, value):
        """Gain."""
        raise KeyError(value)


class NoticeRaises(Good):
    def recording_started(self, name):
        raise ValueError("no LED")


class NoticeHangs(Good):
    def trial_started(self, name, condition):
        FOREVER.wait()


FOREVER = threading.Event()

BREAKS = {
    NameWithSpaces: ("says what it is", "set name to lower-case letters"),
    Boaster: ("says what it is", "tried_on"),
    NeedsMore: ("has a simulator", "write simulated()"),
    NoSettings: ("settings are a table", "subclass of groundup.plugin.Settings"),
    TouchesEarly: ("nothing is touched before", "do that in open()"),
    ScansNothing: ("scanning is harmless", "return a list of ScanResult"),
    NotThere: ("it opens", "no answer"),
    NoUnits: ("announces streams", "channel Fz needs a unit"),
    UnknownSite: ("announces streams", 'names the unknown site "left big toe"'),
    CommandOfAnything: ("commands can be told", "the argument value of the command gain needs a name and a type"),
    CommandWithoutWords: ("commands can be told", "the command arm needs a docstring"),
    OfNothing: ("says how it does", "name a key of a stream"),
    OneLimit: ("says how it does", "two limits, amber and red"),
    HealthRaises: ("says how it does", "health() raised KeyError"),
    ForgetsToScale: ("same quantity", "the samples of its stream are 4 times as large: scale by self.settings.gain"),
    KeepsOldSettings: ("same quantity", "and the connection was lost the samples of its stream are 0.25 times"),
    CountsInItsUnit: ("changes no stream", "with gain=4 its stream has another channels"),
    OptionOfNothing: ("options are keys", "the option colour is no key of its settings, GainSettings"),
    SilentOption: ("options are keys", "the option gain needs a docstring"),
    OptionRaises: ("can be changed while it runs", "set gain=4 failed: whether gain was changed is not known"),
    NoticeRaises: ("notice is taken at once", "recording_started() raised ValueError: no LED"),
    NoticeHangs: ("notice is taken at once", "trial_started() takes more than 1 s"),
    Unspeakable: ("survives the network", "plain text"),
    TooFewColumns: ("sends what it announced", "a column for each channel"),
    AnotherFormat: ("sends what it announced", "int16 is announced"),
    Silent: ("sends what it announced", "the cable is out"),
    WallClock: ("times are those of", "SampleClock"),
    WrongRate: ("times are those of", "200 Hz"),
    Backwards: ("times are those of", "times go back"),
    ArrivalTimes: ("times are those of", "stamp each sample when it was taken"),
    KeepsItsTicks: ("what its times are made of", "push with SampleClock.push"),
    SendsOn: ("nothing comes after", "join the thread in stop()"),
    StopsOnce: ("stopping and closing are safe", "do nothing when there is nothing to do"),
    LeavesThreads: ("nothing is left behind", "watchdog"),
}
"""Driver to the law it breaks, and what its author is told."""
