"""Time while it happens: the causal forms of `groundup.clock` and `groundup.clock.dejitter`.

`LiveClock` takes probes as they come and maps device time to lab time; `LiveDejitter` takes stamps as they come and
gives each sample its time. What they say of a sample depends on what came before it and on itself, never on how the
stream was cut into chunks.
"""

from collections import deque

import numpy as np

from groundup.clock.smoother import Floats

_PROBE_NOISE = 2e-5  # s
_DRIFT_WALK = 1e-7  # s/s per square root of a second
_FIRST_DRIFT_SD = 1e-3  # s/s
_STEP_FLOOR = 5e-4  # s
_FAST_CHANGE = 2e-4  # s/s

_RATE_SD = 0.05  # of a nominal rate that is not believed
_SURE_LOSS = 8.0  # jitters by which one stamp is too late to be late
_LIKELY_LOSS = 6.0
_MEMORY = 64  # samples over which a smaller loss shows
_JITTER_MEMORY = 400
_RESTART_S = 0.2  # a device that restarts needs longer
_WRONG_RATE = 24  # losses among the last 48 samples: it is the rate that is wrong
_LOSSES = 48
_CRYSTAL_WALK = 2e-7  # s/s per square root of a second


class LiveClock:
    """Maps device time to lab time from the probes so far.

    Attributes
    ----------
    steps : int
        How often the device's clock has stepped.
    """

    def __init__(self) -> None:
        self.steps = 0
        self._time = float("nan")
        self._offset = self._drift = 0.0
        self._oo = self._od = self._dd = 0.0

    def probe(self, time: float, offset: float, round_trip: float) -> None:
        """Take in a probe.

        Parameters
        ----------
        time : float
            Device time, in s.
        offset : float
            What must be added to it to get lab time, in s.
        round_trip : float
            In s; NaN if it is not known.
        """
        if not (np.isfinite(time) and np.isfinite(offset)):
            return
        trip = round_trip if np.isfinite(round_trip) else 0.0
        noise = _PROBE_NOISE**2 + (trip / 2.0) ** 2 / 4.0
        elapsed = time + offset - self._time - self._offset  # lab time runs on when the device's clock steps
        if np.isnan(self._time):
            self._begin(time, offset, noise, 0.0, _FIRST_DRIFT_SD**2)
            return
        drift_sd = min(float(np.sqrt(self._dd)), _FIRST_DRIFT_SD) * 4.0 + _FAST_CHANGE
        allowed = _STEP_FLOOR + trip / 2.0 + drift_sd * abs(elapsed)
        if abs(offset - self._offset - self._drift * elapsed) > allowed:
            # A probe is off by half its round trip at most: this is the clock.
            self.steps += 1
            self._begin(time, offset, noise, self._drift, self._dd + 1e-8)
            return
        if elapsed <= 0.0:
            return
        self._update(time, offset, noise, elapsed)

    def _begin(self, time: float, offset: float, noise: float, drift: float, drift_variance: float) -> None:
        self._time, self._offset, self._drift = time, offset, drift
        self._oo, self._od, self._dd = noise, 0.0, drift_variance

    def _update(self, time: float, offset: float, noise: float, h: float) -> None:
        q = _DRIFT_WALK**2
        oo = self._oo + 2.0 * h * self._od + h * h * self._dd + q * h**3 / 3.0
        od = self._od + h * self._dd + q * h * h / 2.0
        dd = self._dd + q * h
        ahead = self._offset + h * self._drift
        gain, gain_drift = oo / (oo + noise), od / (oo + noise)
        self._time = time
        self._offset = ahead + gain * (offset - ahead)
        self._drift += gain_drift * (offset - ahead)
        self._oo, self._od, self._dd = (1.0 - gain) * oo, (1.0 - gain) * od, dd - gain_drift * od

    def lab(self, stamps: Floats) -> Floats:
        """Lab time of device time, shape (n,); NaN before the first probe."""
        return np.asarray(stamps + (self._offset + self._drift * (stamps - self._time)))


class LiveDejitter:
    """Takes the jitter off a regular stream's stamps, sample by sample; a loss moves time on and bends nothing.

    Parameters
    ----------
    rate : float
        Nominal rate in Hz, more than 0; not believed where the stamps say otherwise.

    Attributes
    ----------
    lost : int
        Samples lost so far.
    """

    def __init__(self, rate: float) -> None:
        self.lost = 0
        self._nominal = 1.0 / rate
        self._last = -np.inf
        self._recent: deque[float] = deque(maxlen=_LOSSES)
        self._jumped: deque[int] = deque(maxlen=_LOSSES)
        self._begun = False

    def feed(self, stamps: Floats) -> Floats:
        """Time of each sample, never going back; what is not finite is given back as it is.

        Parameters
        ----------
        stamps : ndarray, shape (n,)
            On the lab clock, in the order of arrival.
        """
        return np.array([self._one(stamp) for stamp in np.asarray(stamps, np.float64).tolist()], np.float64)

    def _one(self, stamp: float) -> float:
        if not -1e300 < stamp < 1e300:
            return stamp
        self._recent.append(stamp)
        if not self._begun:
            self._begin(stamp, self._nominal)
        else:
            self._next(stamp)
        self._last = max(self._last, self._time)
        return self._last

    def _begin(self, stamp: float, interval: float) -> None:
        self._begun = True
        self._time, self._interval, self._offness = stamp, interval, 0.0
        self._jitter, self._count = interval / 2.0, 4
        self._tt, self._ti, self._ii = self._jitter**2, 0.0, (_RATE_SD * interval) ** 2
        self._jumped.clear()

    def _next(self, stamp: float) -> None:
        interval = self._interval
        ahead = self._time + interval
        off = stamp - ahead
        tt = self._tt + 2.0 * self._ti + self._ii
        ti = self._ti + self._ii
        ii = self._ii + _CRYSTAL_WALK**2 * interval**3
        spread = (tt + self._jitter**2) ** 0.5
        self._offness += (off - self._offness) / _MEMORY
        jump = 0.0
        if abs(off) > max(0.6 * interval, _SURE_LOSS * spread):
            jump = off
        elif abs(self._offness) > max(0.6 * interval, _LIKELY_LOSS * spread / (2.0 * _MEMORY) ** 0.5):
            jump = self._offness
        self._jumped.append(1 if jump else 0)
        if jump:
            if sum(self._jumped) >= _WRONG_RATE and len(self._recent) == _LOSSES:
                measured = (stamp - self._recent[0]) / (_LOSSES - 1)
                if measured > 0.0:
                    self._begin(stamp, measured)
                    return
            whole = round(jump / interval) * interval
            # A short loss is of whole samples; a device that was away longer may have begun to sample anew.
            snapped = self._jitter < 0.2 * interval and abs(jump) < _RESTART_S
            self.lost += round(jump / interval)
            ahead += whole if snapped else jump
            off = stamp - ahead
            self._offness = 0.0
            tt += 0.0 if snapped else self._jitter**2 + (0.3 * interval) ** 2
        total = tt + self._jitter**2
        gain, gain_interval = tt / total, ti / total
        self._time = ahead + gain * off
        self._interval = interval + gain_interval * off
        self._tt, self._ti, self._ii = (1.0 - gain) * tt, (1.0 - gain) * ti, ii - gain_interval * ti
        if not jump:
            self._count = min(self._count + 1, _JITTER_MEMORY)
            # 1.25 mean deviations are a standard deviation; no stamp is better than a tenth of a microsecond.
            self._jitter += (1.25 * min(abs(off), 4.0 * spread) - self._jitter) / self._count
            self._jitter = max(self._jitter, 1e-7)
