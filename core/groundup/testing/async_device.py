"""The laws of a driver of radio sensors: each has its own clock, may be late, leave and return, and costs no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np

from groundup.lab.settings import Settings
from groundup.model.streams import StreamSpec
from groundup.testing.async_peer import AsyncPeer, Radio
from groundup.testing.collector import Collector, driven
from groundup.testing.device import DeviceContract
from groundup.testing.law import NotTried, require

_LAST_ON_S, _AWAY_S = 1.5, (1.2, 2.0)
_ENOUGH_S = 1.0
_OFF_S = 0.2
"""Sensors are switched on further apart than this: a clock that two of them share is off by more."""


@dataclass(frozen=True)
class RadioSession:
    """What a driver did with sensors that behaved as a `Radio` says.

    Attributes
    ----------
    peer : AsyncPeer
    sink : Collector
    failure : str
        What did not happen, in words.
    """

    peer: AsyncPeer
    sink: Collector
    failure: str = ""

    @property
    def streams(self) -> dict[str, tuple[str, StreamSpec]]:
        """Key and description of a stream of each sensor: they were switched on, so begin, in a known order."""
        sent = {key: self.sink.stream(key)[1][0] for key, spec in self.sink.specs.items()
                if spec.rate > 0 and self.sink.count(key)}  # fmt: skip
        keys = sorted(sent, key=lambda key: sent[key])
        heard = [address for address in self.peer.addresses if self.peer.delivered[address]]
        heard.sort(key=lambda address: self.peer.taken(address, min(self.peer.delivered[address])))
        per_sensor = max(1, len(keys) // max(1, len(heard)))
        return {a: (keys[k * per_sensor], self.sink.specs[keys[k * per_sensor]])
                for k, a in enumerate(heard) if k * per_sensor < len(keys)}  # fmt: skip


class AsyncDeviceContract(DeviceContract):
    """Laws of a driver of radio sensors, beside those of every driver.

    ::

        class TestMyImus(AsyncDeviceContract):
            driver = MyImus

            @contextmanager
            def sensors(self, radio):
                with AsyncPeer(packet, ["A", "B", "C"], rate=10, radio=radio).as_bleak() as peer:
                    yield MyImusSettings(), peer
    """

    def test_it_has_a_simulator(self) -> None:
        """Nobody can test a driver whose hardware they do not have; `sensors` is as good."""
        if type(self).sensors is AsyncDeviceContract.sensors:
            super().test_it_has_a_simulator()

    def sensors(self, radio: Radio) -> AbstractContextManager[tuple[Settings, AsyncPeer]]:
        """Settings with which the driver finds at least two sensors of a peer, which behave as they are told.

        Raises
        ------
        NotImplementedError
            If there is none: then these laws are not tried.
        """
        raise NotImplementedError("sensors() is not written: give the driver's settings and an AsyncPeer")

    @contextmanager
    def hardware(self) -> Iterator[Settings]:
        """Sensors that are there all the time."""
        if type(self).sensors is AsyncDeviceContract.sensors:
            with super().hardware() as settings:
                yield settings
            return
        with self.sensors(Radio(late_s=0.02)) as (settings, _):
            yield settings

    @classmethod
    @cache
    def _addresses(cls) -> tuple[str, ...]:
        try:
            with cls().sensors(Radio()) as (_, peer):
                return peer.addresses
        except NotImplementedError as error:
            raise NotTried(str(error)) from error

    @classmethod
    @cache
    def overtaken(cls) -> RadioSession:
        """A session in which packets overtake each other, and sensors are switched on one after the other."""
        every = cls._addresses()
        on = {address: _LAST_ON_S * k / max(1, len(every) - 1) for k, address in enumerate(every)}
        ppm = {address: 40.0 * (-1) ** k for k, address in enumerate(every)}
        radio = Radio(late_s=0.15, overtake=True, on_s=on, ppm=ppm, seed=1)
        return cls._session(radio, lambda peer: len(peer.delivered[every[-1]]) >= _ENOUGH_S * peer.rate)

    @classmethod
    @cache
    def left(cls) -> RadioSession:
        """A session in which the first sensor goes out of range, and comes back."""
        first = cls._addresses()[0]
        radio = Radio(away_s={first: _AWAY_S}, seed=2)

        def returned(peer: AsyncPeer) -> bool:
            back = peer.on(first) + _AWAY_S[1]
            return sum(peer.taken(first, n) > back for n in list(peer.delivered[first])) >= _ENOUGH_S * peer.rate

        return cls._session(radio, returned)

    @classmethod
    def _session(cls, radio: Radio, enough) -> RadioSession:  # type: ignore[no-untyped-def]
        failure = ""
        with cls().sensors(radio) as (settings, peer), driven(cls.driver(settings)) as (_, sink):
            try:
                peer.wait_until(lambda: enough(peer) or bool(sink.failure))
            except AssertionError as error:
                failure = str(error)
        return RadioSession(peer, sink, sink.failure or failure)

    def test_packets_that_were_overtaken_go_forwards(self) -> None:
        """The times of each stream go forwards, whatever order its packets came in."""
        sink = self.overtaken().sink
        for key in list(sink.got):
            times = np.concatenate([times for _, times in sink.got[key]])
            require(
                (np.diff(times) >= 0).all(),
                f"{key}: times go back where a packet was overtaken: give port.open() a reorder_s",
            )

    def test_every_packet_is_pushed_or_counted(self) -> None:
        """What is left out because it came too late is told, so that it is in the ledger."""
        session = self.overtaken()
        require(not session.failure, f"it did not get so far: {session.failure}")
        for address, (key, _) in session.streams.items():
            here, packets = session.sink.count(key) + session.sink.omitted[key], len(session.peer.delivered[address])
            whole = round(here / packets) * packets
            require(
                here == whole and here > 0,
                f"{key}: {packets} packets came and {here} samples were pushed or counted: "
                "hand over every packet, and count with sink.left_out what is left out",
            )

    def test_each_sensor_has_a_clock_of_its_own(self) -> None:
        """Sensors count from when they are switched on, each by its crystal."""
        session = self.overtaken()
        require(len(session.streams) > 1, f"of {len(session.peer.addresses)} sensors {len(session.streams)} sent")
        for address, (key, _) in session.streams.items():
            times, packets = session.sink.stream(key)[1], session.peer.delivered[address]
            off = float(times[-1]) - session.peer.taken(address, max(packets))
            require(
                abs(off) < _OFF_S,
                f"{key}: its times are off by {off:.2f} s: stamp each sensor with a clock of its own, port.clock(rate)",
            )

    def test_a_sensor_that_comes_late_keeps_no_other_waiting(self) -> None:
        """Those that are there send; the one that was switched on later sends, too."""
        session = self.overtaken()
        first, last = session.peer.addresses[0], session.peer.addresses[-1]
        require(
            bool(session.peer.delivered[first])
            and session.peer.taken(first, session.peer.delivered[first][0]) < session.peer.on(last),
            "nothing was asked of the first sensor before the last was switched on: run each by itself",
        )
        require(bool(session.peer.delivered[last]), "a sensor that was switched on later is not asked for anything")

    def test_a_sensor_that_leaves_is_told_of_and_taken_back(self) -> None:
        """One reason for each absence; then it sends again, and no other has lost a sample."""
        session = self.left()
        first = session.peer.addresses[0]
        back = session.peer.on(first) + _AWAY_S[1]
        numbers = session.peer.delivered[first]
        returned = any(session.peer.taken(first, number) > back for number in numbers)
        require(returned, "a sensor that was out of range is not connected to again: let run() end or raise when it is")
        reasons = {key: told for key, told in session.sink.reasons.items() if told}
        require(bool(reasons), "a sensor left and nothing was said: sink.away(key, reason)")
        for key, told in reasons.items():
            require(len(told) == 1, f"{key}: one absence was told {len(told)} times ({'; '.join(told)})")
        for key, spec in session.sink.specs.items():
            if key in reasons or spec.rate <= 0 or session.sink.count(key) < 2:
                continue
            gap = float(np.diff(session.sink.stream(key)[1]).max())
            require(gap < 1.5 / spec.rate, f"{key}: {gap:.2f} s are missing while another sensor was away")
