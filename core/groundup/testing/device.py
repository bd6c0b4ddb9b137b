"""The laws of a driver: it touches nothing before it is opened, sends what it announced, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, get_args
from unittest.mock import patch

import msgspec
import numpy as np

from groundup.headers.stream_header import spec_from_xml
from groundup.lab.settings import Settings
from groundup.lab.sites import unknown_site
from groundup.model.health import HealthLevel, health_flaw
from groundup.model.source import TICK
from groundup.model.streams import FORMATS, StreamSpec
from groundup.plugin.device import Device, Level
from groundup.plugin.pushed import misfit, misplaced, mistimed
from groundup.plugin.sample_clock import SampleClock
from groundup.plugin.scan import ScanResult
from groundup.plugin.streams import keyed, unknown_key
from groundup.testing.collector import Collector
from groundup.testing.device_commands import CommandLaws
from groundup.testing.law import LawBrokenError, NotTried, described, require
from groundup.testing.touching import touching

_ENOUGH_S = 0.3
"""How much of every regular stream is looked at."""
_PATIENCE_S = 20.0  # for threads that should have gone
_RATE_OFF = 0.2
_SAID_S = 2.0


@dataclass
class Session:
    """What a driver did when it was opened, started, stopped and closed once.

    Attributes
    ----------
    specs : dict of str to StreamSpec
        By key.
    sink : Collector
    begun, ended : float
        Clock when it was started and when `stop` had returned.
    late : int
        Samples that came after `stop` had returned.
    threads : list of str
        Threads of its that were still running after `close`.
    clocks : int
        Packets that a `SampleClock` of its has stamped.
    trouble : dict
        What was done to it, to the error it raised.
    said : list of HealthLevel
        What it said of how it does.
    said_wrongly : str
        The error that `about` or `health` raised.
    said_after_s : float
        How long the slower of the two took.
    """

    specs: dict[str, StreamSpec] = field(default_factory=dict)
    sink: Collector = field(default_factory=Collector)
    begun: float = 0.0
    ended: float = 0.0
    late: int = 0
    threads: list[str] = field(default_factory=list)
    clocks: int = 0
    trouble: dict[str, str] = field(default_factory=dict)
    said: list[HealthLevel] = field(default_factory=list)
    said_wrongly: str = ""
    said_after_s: float = 0.0

    def doing(self, what: str, action: object) -> bool:
        """Do it; keep what it raises."""
        try:
            action()  # type: ignore[operator]
        except Exception as error:
            self.trouble[what] = f"{type(error).__name__}: {error}"
            return False
        return True


def session_of(device: Device, unused: Device) -> Session:
    """Open, start, stop and close a driver, each end twice, and say what it did; another one is never opened."""
    with patch.object(SampleClock, "_times", autospec=True, side_effect=SampleClock._times) as stamping:
        done = _session(device, unused)
    done.clocks = stamping.call_count
    return done


def _session(device: Device, unused: Device) -> Session:
    done, before = Session(sink=Collector(device.option_changes)), set(threading.enumerate())
    done.doing("stop before open", unused.stop)
    done.doing("close before open", unused.close)
    for name in ("about", "health"):
        setattr(device, name, _watched(getattr(device, name), done))
    try:
        done.specs = done.sink.specs
        done.specs.update(keyed(device.open()))
        done.begun = done.sink.clock()
        if done.doing("start", lambda: device.start(done.sink)):
            with suppress(AssertionError):  # the laws say it better
                done.sink.wait_until(lambda: bool(done.specs))  # sensors may be seen only now
            regular = [(key, spec) for key, spec in done.specs.items() if spec.rate > 0]
            with suppress(AssertionError):  # the laws say it better
                for key, spec in regular:
                    done.sink.wait_for(max(5, int(_ENOUGH_S * spec.rate)), key)
            if not device.asks_itself:
                with suppress(Exception):  # which is kept
                    device.about()
                    device.health()
    except Exception as error:
        done.trouble["open"] = f"{type(error).__name__}: {error}"
    done.doing("stop", device.stop)
    done.ended = done.sink.clock()
    sent = sum(done.sink.count(key) for key in list(done.sink.got))
    done.doing("stop again", device.stop)
    done.doing("close", device.close)
    done.doing("close again", device.close)
    left = [t for t in threading.enumerate() if t not in before and t is not threading.current_thread()]
    for thread in left:
        thread.join(_PATIENCE_S / max(1, len(left)))
    done.late = sum(done.sink.count(key) for key in list(done.sink.got)) - sent
    done.threads = [thread.name for thread in left if thread.is_alive()]
    return done


def _watched(ask: Callable[[], Any], done: Session) -> Callable[[], Any]:
    """What asks the same, and keeps what was said, how long that took, and what went wrong."""

    def asked() -> Any:
        begun = time.monotonic()
        try:
            said = ask()
            done.said += said if ask.__name__ == "health" else ()
        except Exception as error:
            done.said_wrongly = f"{ask.__name__}() raised {type(error).__name__}: {error}"
            raise
        finally:
            done.said_after_s = max(done.said_after_s, time.monotonic() - begun)
        return said

    return asked


class DeviceContract(CommandLaws):
    """Laws of a driver.

    ::

        class TestMyPlate(DeviceContract):
            driver = MyPlate

    Attributes
    ----------
    driver : type of Device
    """

    driver: ClassVar[type[Device]]

    def hardware(self) -> AbstractContextManager[Settings]:
        """Settings that reach the hardware while the context is open; by default the driver's own simulator."""
        return self.driver.simulated()

    @classmethod
    @cache
    def session(cls) -> Session:
        """What the driver did against its hardware, once for all laws."""
        contract = cls()
        with contract._hardware() as settings:
            return session_of(cls.driver(settings), cls.driver(settings))

    def _opened(self) -> Session:
        session = self.session()
        if "open" in session.trouble:
            raise NotTried(f"it could not be opened: {session.trouble['open']}")
        return session

    def _hardware(self) -> AbstractContextManager[Settings]:
        try:
            return self.hardware()
        except (NotImplementedError, ImportError) as error:
            raise NotTried(str(error)) from error

    def test_it_says_what_it_is(self) -> None:
        """A name for lab.toml, a docstring, and a level that it can stand behind."""
        described(self.driver, getattr(self.driver, "name", None), "driver")
        levels = get_args(Level)
        require(self.driver.level in levels, f"level is {self.driver.level!r}: it is one of {', '.join(levels)}")
        proved = self.driver.level == "simulated" or self.driver.tried_on
        require(proved, f"level is {self.driver.level!r}: name hardware, firmware and measured latency in tried_on")

    def test_it_has_a_simulator(self) -> None:
        """Nobody can test a driver whose hardware they do not have."""
        try:
            self.driver.simulated()
        except NotImplementedError as error:
            raise LawBrokenError(f"{error}, a context manager that gives settings") from error

    def test_its_settings_are_a_table_of_lab_toml(self) -> None:
        """Every key is typed, and comes back from the file as it was."""
        kind = self.driver.settings_type
        good = isinstance(kind, type) and issubclass(kind, Settings)
        require(good, f"settings_type is {kind!r}: make it a subclass of groundup.plugin.Settings")
        with self._hardware() as settings:
            require(isinstance(settings, kind), f"simulated() gives {type(settings).__name__}, not {kind.__name__}")
            again = msgspec.convert(msgspec.to_builtins(settings), kind)
        require(again == settings, "its settings do not come back from lab.toml as they were: use plain types")

    def test_nothing_is_touched_before_it_is_opened(self) -> None:
        """``__init__`` is called on machines without the hardware: by `groundup check`, by documentation, by tests."""
        with self._hardware() as settings:
            self.driver(settings)  # what is imported is imported now
            with touching() as touched:
                device = self.driver(settings)
            device.close()
        require(not touched, f"__init__ did {', '.join(sorted(set(touched)))}: do that in open()")

    def test_scanning_is_harmless(self) -> None:
        """``scan()`` works with no hardware at all."""
        found = self.driver.scan()
        good = isinstance(found, list) and all(isinstance(one, ScanResult) for one in found)
        require(good, f"scan() gives {found!r}: return a list of ScanResult, empty when it cannot tell")
        known = {field.encode_name for field in msgspec.structs.fields(self.driver.settings_type)}
        for one in found:
            other = sorted(set(one.settings) - known)
            require(not other, f"scan() gives {one.shown} the settings {', '.join(other)}, which the driver has not")

    def test_it_opens(self) -> None:
        """``open()`` reaches the simulator."""
        trouble = self.session().trouble.get("open", "")
        require(not trouble, f"open() failed with {trouble}: does simulated() start what the settings point at?")

    def test_it_announces_streams_that_can_be_told_apart(self) -> None:
        """Each stream has a name, a key where there are several, and channels with labels, units and known sites."""
        specs = self._opened().specs
        require(specs, "open() gives no stream: return a StreamSpec, or each by its key")
        for spec in specs.values():
            require(spec.name and spec.type, f"a stream is called {spec.name!r} of type {spec.type!r}: give it both")
            require(spec.format in FORMATS, f"{spec.name}: format is {spec.format!r}; LSL has {', '.join(FORMATS)}")
            require(np.isfinite(spec.rate) and spec.rate >= 0, f"{spec.name}: rate is {spec.rate}; 0 is for irregular")
            labels = [c.label for c in spec.channels]
            require(labels and all(labels), f"{spec.name}: every channel needs a label")
            require(len(set(labels)) == len(labels), f"{spec.name}: two channels have one label ({', '.join(labels)})")
            for c in spec.channels:
                require(
                    c.unit or spec.format == "string", f'{spec.name}: channel {c.label} needs a unit ("1" for none)'
                )
                wrong = unknown_site(c.site)
                require(not wrong, f'{spec.name}: the channel "{c.label}" {wrong}')

    def test_it_says_how_it_does(self) -> None:
        """Figures that are known, of a stream or a channel that there is, without keeping samples waiting."""
        session = self._opened()
        require(not session.said_wrongly, f"{session.said_wrongly}: return what is known, and leave out the rest")
        for level in session.said:
            flaw = health_flaw(level)
            require(not flaw, f"health(): {flaw}")
            labels = [c.label for spec in session.specs.values() for c in spec.channels]
            known = not level.of or level.of in session.specs or labels.count(level.of) == 1
            require(
                known, f"health(): {level.name} is of {level.of!r}: name a key of a stream, or the label of a channel"
            )
        slow = session.said_after_s
        require(slow < _SAID_S, f"about() or health() took {slow:.1f} s: the samples wait for them; ask in between")

    def test_what_it_announces_survives_the_network(self) -> None:
        """The recorder reads the stream's XML header as the driver meant it."""
        from groundup.headers.writing import header_xml

        for spec in self._opened().specs.values():
            read = spec_from_xml(header_xml(spec))
            same = (read.channels, read.plate, read.rate, read.format, read.extra)
            meant = (spec.channels, spec.plate, spec.rate, spec.format, spec.extra)
            require(same == meant, f"{spec.name}: its header reads {read}: use plain text without control characters")

    def test_it_sends_what_it_announced(self) -> None:
        """Numbers that fit the format, a column a channel, on every regular stream."""
        session = self._opened()
        require("start" not in session.trouble, f"start() failed: {session.trouble.get('start')}")
        require(not session.sink.failure, f"it failed while it ran: {session.sink.failure}")
        for key in sorted(set(session.sink.got) - set(session.specs)):
            require(False, f"it pushes to a stream of another key: {unknown_key(key, session.specs)}")
        for key, spec in session.specs.items():
            where = f'push(samples, times, stream="{key}")' if key else "push(samples, times)"
            require(spec.rate == 0 or session.sink.count(key), f"{spec.name}: nothing was sent: {where}")
            for samples, _ in session.sink.got[key]:
                wrong = misfit(spec, samples)
                require(not wrong, wrong)

    def test_times_are_those_of_the_samples(self) -> None:
        """Seconds of ``sink.clock``, going forwards, at the rate that was announced."""
        session = self._opened()
        for key, spec in session.specs.items():
            if not session.sink.count(key):
                continue
            times = np.concatenate([stamps for _, stamps in session.sink.got[key]])
            wrong = mistimed(spec, times, len(times)) or misplaced(spec, times, session.begun, session.ended)
            require(not wrong, wrong)
            together = float(np.mean(np.diff(times) == 0)) if spec.rate > 0 and len(times) > 10 else 0.0
            require(
                together < 0.1,
                f"{spec.name}: {together:.0%} of the samples share a time with the one before: stamp each sample when "
                "it was taken, not when its packet came",
            )
            if spec.rate > 0 and len(times) > 10 and np.median(np.diff(times)) > 0:
                rate = 1.0 / float(np.median(np.diff(times)))
                require(
                    abs(rate / spec.rate - 1.0) < _RATE_OFF,
                    f"{spec.name}: samples lie at {rate:.4g} Hz, and "
                    f"{spec.rate:g} Hz are announced: stamp each sample when it was taken, not when it came",
                )

    def test_what_its_times_are_made_of_is_told(self) -> None:
        """A `SampleClock` hands over its ticks and arrivals: recordings are sealed with them, better than live."""
        session = self._opened()
        tick_rows = {key: np.concatenate(rows) for key, rows in session.sink.tick_rows.items()}
        require(
            not session.clocks or tick_rows,
            "it stamps with a SampleClock, and what that knows reaches no sink: push with SampleClock.push",
        )
        for key in sorted(set(tick_rows) - set(session.specs)):
            require(False, f"it tells ticks of a stream of another key: {unknown_key(key, session.specs)}")
        for key, rows in tick_rows.items():
            good = rows.ndim == 2 and rows.shape[1] == len(TICK.names or ()) and bool(np.isfinite(rows[:, :4]).all())
            require(
                good,
                f"{session.specs[key].name}: ticks are rows of began, tick, stamp, arrival, all but the last known",
            )

    def test_nothing_comes_after_it_was_stopped(self) -> None:
        """``stop`` returns when the last sample has been pushed."""
        late = self._opened().late
        require(late == 0, f"{late} samples came after stop() had returned: join the thread in stop()")

    def test_stopping_and_closing_are_safe_at_any_time(self) -> None:
        """Before it was opened, twice, after a failure: whoever cleans up need not know how far it came."""
        trouble = {what: error for what, error in self.session().trouble.items() if what not in ("open", "start")}
        for what, error in trouble.items():
            require(False, f"{what} raised {error}: let stop() and close() do nothing when there is nothing to do")

    def test_nothing_is_left_behind(self) -> None:
        """No thread outlives ``close``."""
        threads = self.session().threads
        require(not threads, f"still running after close(): {', '.join(threads)}: end and join them in stop()")
