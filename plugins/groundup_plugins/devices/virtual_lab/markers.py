"""The marker stream: when the walk was watched, and its strides by number."""

import math
import threading

import numpy as np

from groundup.plugin import Channel, Sink, StreamSpec
from groundup_plugins.devices.virtual_lab import chance
from groundup_plugins.devices.virtual_lab.sampler import wait_until
from groundup_plugins.devices.virtual_lab.settings import VirtualLabSettings
from groundup_plugins.devices.virtual_lab.trials import messages
from groundup_plugins.devices.virtual_lab.walker import STEP_S, Walker

_STEPS, _TRIALS = "steps", "trials"
EVERY_STEPS = 10
"""A marker at every so many steps: each fifth contact of the left foot."""


class Markers:
    """Text markers: ``walk start``, ``stride N`` at every fifth left contact, ``walk end``.

    Parameters
    ----------
    walker : Walker
    settings : VirtualLabSettings
    """

    def __init__(self, walker: Walker, settings: VirtualLabSettings) -> None:
        self._walker = walker
        self._settings = settings
        self._sent = 0
        self._markers = _STEPS if settings.trials_every_s else ""
        self.streams = {self._markers: StreamSpec("VirtualMarkers", "Markers", 0.0, "string", (Channel("marker"),))}
        if settings.trials_every_s:
            self.streams[_TRIALS] = StreamSpec("groundup.control", "Markers", 0.0, "string", (Channel("json"),))

    def run(self, sink: Sink, stop: threading.Event) -> None:
        """Send markers as they happen until told to stop."""
        now = sink.clock()
        self._send(sink, "walk start", now)
        if self._settings.trials_every_s:
            threading.Thread(target=self._tell_trials, args=(sink, stop, now), daemon=True).start()
        number = math.ceil(now / STEP_S / EVERY_STEPS) * EVERY_STEPS
        if self._walker.step(number).contact < now:
            number += EVERY_STEPS
        while not wait_until(self._walker.step(number).contact, sink, stop):
            contact = self._walker.step(number).contact
            if not self._walker.taps.away(contact, contact):
                self._send(sink, f"stride {number // 2}", contact)
            number += EVERY_STEPS
        self._send(sink, "walk end", sink.clock())

    def _tell_trials(self, sink: Sink, stop: threading.Event, now: float) -> None:
        """Say when each trial begins and ends, as it does."""
        for moment, text in messages(self._settings.trials_every_s, now):
            if wait_until(moment, sink, stop):
                return
            sink.push([[text]], np.array([moment + self._settings.latency_s]), _TRIALS)

    def _send(self, sink: Sink, text: str, time: float) -> None:
        mean, count = self._settings.stamp_jitter_s, np.array([self._sent])
        late = chance.gamma(self._settings.seed, "stamp markers", count, mean) if mean else np.zeros(1)
        sink.push([[text]], time + self._settings.latency_s + late, self._markers)
        self._sent += 1
