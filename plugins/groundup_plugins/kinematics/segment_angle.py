"""The segment_angle processor: how thigh, shank and foot are inclined in the plane of walking, by worn IMUs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from groundup.plugin import (
    Channel,
    Floats,
    Made,
    NotComputableError,
    Processor,
    Product,
    Side,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.dynamics.reasons import Bools
from groundup_plugins.kinematics.alignment import ALIGNED, NOBODY_WALKED, SETTLING, SITES, Alignment, align
from groundup_plugins.kinematics.inclination import turning, upwards
from groundup_plugins.processors.rolling import Idle

QUANTITIES = (("angle", "rad"), ("lean", "rad"), ("standing", "rad"), ("stood_at", "s"), ("state", "1"))
LEAST_RATE = 50.0
_BLOCK_S = 0.5
_LEAST_WHOLE = 0.8
_HELD_S = 0.1  # what is missing for longer is a gap to the orientation processor, too
# Where VQF begins while a leg walks it points up to 120 degrees off, and 2 (foot) to 1 (thigh) after 6 s; offline up to
# 10, and 3 to 1 after 3 s (made leg, 20 beginnings, against the same filter from standing on).
_SETTLES_LIVE_S, _SETTLES_S = 6.0, 3.0
_WALK_BLOCKS, _STILL_BLOCKS = 8, 4
_STILL = 0.1  # rad/s, median: who stands quietly turns a shank by a tenth of that
_SAME_STILL = np.radians(1.5)
_NEAR_WALKING = np.radians(35.0)  # a thigh that sits is 80 degrees from where it is in walking


class SegmentAngle(Processor):
    """Inclination of each thigh, shank and foot that wears an IMU, about the axis it turns about in walking.

    For each sensor, by site and side: ``angle`` (rad) about the left axis of the segment, its top to the front
    positive, from the mean of the walking that it was aligned by; ``lean`` (rad) to the side; ``standing``, the angle
    in quiet standing, and ``stood_at`` (s) when that ended, NaN where nobody stood still; ``state``, 0 where it is
    aligned. The first 4 s of straight walking align it, however it is mounted; quiet standing is the last 2 s of
    stillness before that, or the first after, within 35 degrees of the mean of walking. Offline that holds for all of
    the recording, live from then on.
    """

    name = "segment_angle"
    accepts = "orientation"

    def whole(self, signal: Signal) -> Product:
        """Inclinations over a whole recording.

        Raises
        ------
        NotComputableError
            If the rate is below 50 Hz, or there are no samples.
        """
        form = SignalForm.of(signal)
        sensors = _sensors(form, _SETTLES_S)
        if not sensors:
            return Product()
        if len(signal.time) < 2:
            raise NotComputableError(f"{signal.id} has no samples")
        samples = np.empty((len(signal.time), len(QUANTITIES) * len(sensors)))
        for sensor in sensors:
            up, settled = sensor.take(signal.time, signal.samples, samples)
            sensor.write(up, settled, samples)
        return Product((_made(form, sensors).signal(signal.time, samples),))

    def causal(self, form: SignalForm) -> Stage:
        """The same by what has come; NaN until it is aligned."""
        return _Inclining(form) if _sensors(form, _SETTLES_LIVE_S) else Idle()


@dataclass
class _Sensor:
    """One sensor: what its samples have told of how it sits.

    Attributes
    ----------
    place : (site, side)
    columns : list of int
        Of w, x, y, z.
    number : int
        Among the sensors of its stream.
    rate : float
    settles_s : float
        How long it cannot be believed where it begins in motion.
    """

    place: tuple[str, Side]
    columns: list[int]
    number: int
    rate: float
    settles_s: float
    alignment: Alignment | int = NOBODY_WALKED
    standing: float = np.nan
    stood_at: float = np.nan
    _last: Floats = field(default_factory=lambda: np.full((1, 4), np.nan))
    _last_time: float = np.nan
    _filled: int = 0
    _since: int = 0
    _settled: bool = False
    _lost: int = 0
    _blocks: list[Floats] = field(default_factory=list)
    _still: tuple[Floats, float] | None = None

    def __post_init__(self) -> None:
        self._size = round(_BLOCK_S * self.rate)
        self._block = np.empty((self._size, 6))

    def take(self, time: Floats, samples: Floats, out: Floats) -> tuple[Floats, Bools]:
        """Take the next samples, and write what they are by what was known before each.

        Returns
        -------
        up : ndarray, shape (n, 3)
        settled : ndarray of bool, shape (n,)
            Whether it can be believed.
        """
        quaternions = samples[:, self.columns]
        every = np.concatenate([self._last, quaternions])
        pointing, turned = upwards(every), turning(every, self.rate)
        # VQF turns by the velocity of a sample for the whole interval before it: it is half an interval ahead, which
        # for a foot at 100 Hz is 2 degrees. The mean with the one before is not.
        up = (pointing[:-1] + pointing[1:]) / 2.0
        anew = self._begins_anew(time, quaternions)
        up[anew], turned[anew] = pointing[1:][anew], 0.0
        self._last, self._last_time = quaternions[-1:].copy(), float(time[-1])
        believed = np.empty(len(time), bool)
        first = 0
        for last in [*np.flatnonzero(anew).tolist(), len(time)]:
            while first < last:
                count = min(last - first, self._size - self._filled)
                rows = slice(first, first + count)
                believed[rows] = self._settled
                self.write(up[rows], believed[rows], out[rows])
                self._block[self._filled : self._filled + count] = np.hstack([up[rows], turned[rows]])
                self._filled += count
                first += count
                if self._filled == self._size:
                    self._filled = 0
                    self._look(float(time[first - 1]))
            if last < len(time):
                self._blocks, self._filled, self._since, self._settled = [], 0, 0, False
        return up, believed

    def write(self, up: Floats, settled: Bools, out: Floats) -> None:
        """Write what a sensor that points so tells, into its columns of `out`."""
        mine = out[:, len(QUANTITIES) * self.number : len(QUANTITIES) * (self.number + 1)]
        if isinstance(self.alignment, Alignment):
            mine[:, 0] = np.where(settled, self.alignment.angle(up), np.nan)
            mine[:, 1] = np.where(settled, self.alignment.lean(up), np.nan)
            mine[:, 2], mine[:, 3] = self.standing, self.stood_at
            mine[:, 4] = np.where(settled, ALIGNED, SETTLING)
        else:
            mine[:, :4], mine[:, 4] = np.nan, self.alignment

    def _begins_anew(self, time: Floats, quaternions: Floats) -> Bools:
        """Where the filter began anew: after a gap, and after what was missing for long."""
        anew: Bools = np.asarray(np.diff(time, prepend=self._last_time) > 1.5 / self.rate)
        lost: Bools = np.asarray(~np.isfinite(quaternions).all(axis=1))
        back = np.flatnonzero(~lost & np.concatenate([[self._lost > 0], lost[:-1]]))
        for row in back.tolist():
            before = np.flatnonzero(~lost[:row])
            missing = row - 1 - int(before[-1]) if len(before) else row + self._lost
            anew[row] |= missing > _HELD_S * self.rate
        whole = np.flatnonzero(~lost)
        self._lost = len(lost) - 1 - int(whole[-1]) if len(whole) else self._lost + len(lost)
        return anew

    def _look(self, now: float) -> None:
        """Look at the block that has been filled."""
        whole = np.isfinite(self._block).all(axis=1)
        if whole.mean() < _LEAST_WHOLE:
            self._blocks = []
            return
        self._since += 1
        self._blocks = [*self._blocks[1 - _WALK_BLOCKS :], self._block[whole]]
        if not self._settled:
            if self._since < self.settles_s / _BLOCK_S and not (self._since == 2 and _are_still(self._blocks)):
                return
            self._settled = True
            if self._since > 2:  # what came before pointed anywhere
                self._blocks = []
                return
        self._look_for_stillness(now)
        if not isinstance(self.alignment, Alignment) and len(self._blocks) == _WALK_BLOCKS:
            every = np.concatenate(self._blocks)
            self.alignment = align(every[:, :3], every[:, 3:], self.place[0], self.rate)
        if isinstance(self.alignment, Alignment) and np.isnan(self.standing) and self._still is not None:
            up, when = self._still
            angle, lean = float(self.alignment.angle(up)[0]), float(self.alignment.lean(up)[0])
            if np.hypot(angle, lean) < _NEAR_WALKING:
                self.standing, self.stood_at = angle, when

    def _look_for_stillness(self, now: float) -> None:
        last = self._blocks[-_STILL_BLOCKS:]
        if len(last) < _STILL_BLOCKS or not _are_still(last):
            return
        means = np.array([block[:, :3].mean(axis=0) for block in last])
        mean = means.mean(axis=0)
        if float(np.linalg.norm(means - mean, axis=1).max()) < _SAME_STILL:
            self._still = mean[None, :], now


def _are_still(blocks: list[Floats]) -> bool:
    """Whether nothing turns; VQF's first sample may, from nowhere to where gravity is."""
    return max(float(np.median(np.linalg.norm(block[:, 3:], axis=1))) for block in blocks) <= _STILL


def _sensors(form: SignalForm, settles_s: float) -> list[_Sensor]:
    """The sensors on legs of a stream of quaternions.

    Raises
    ------
    NotComputableError
        If the stream is too slow.
    """
    places: dict[tuple[str, Side], list[int]] = {}
    for index, channel in enumerate(form.channels):
        if channel.site in SITES and channel.side:
            places.setdefault((channel.site, channel.side), []).append(index)
    whole = [(place, columns) for place, columns in places.items() if len(columns) == 4]
    if whole and not form.rate >= 0.99 * LEAST_RATE:
        raise NotComputableError(f"{form.id} has {form.rate:.0f} Hz, and {LEAST_RATE:.0f} Hz is the least")
    return [_Sensor(place, columns, number, form.rate, settles_s) for number, (place, columns) in enumerate(whole)]


def _made(form: SignalForm, sensors: list[_Sensor]) -> SignalForm:
    channels = tuple(
        Channel(f"{'_'.join(sensor.place)}_{quantity}", unit, *sensor.place)
        for sensor in sensors
        for quantity, unit in QUANTITIES
    )
    attrs: dict[str, float | str] = {
        **form.attrs,
        "alignment": "left: the horizontal axis of most turning in walking (McGrath 2018); up: gravity",
    }
    return SignalForm(f"{form.id}.segment_angle", "segment_angle", channels, form.rate, inputs=(form.id,), attrs=attrs)


class _Inclining(Stage):
    """The inclinations while they are recorded. A gap does not change how a sensor sits."""

    gap = "bridge"

    def __init__(self, form: SignalForm) -> None:
        self._taken = form
        self.reset()
        self.form = _made(form, self._sensors)

    def reset(self) -> None:
        """Forget how the sensors sit."""
        self._sensors = _sensors(self._taken, _SETTLES_LIVE_S)

    def process(self, time: Floats, samples: Floats) -> Made:
        """Inclinations by what has come."""
        out = np.empty((len(time), len(QUANTITIES) * len(self._sensors)))
        for sensor in self._sensors:
            sensor.take(time, samples, out)
        return Made(out)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The segment_angle processor."""
    return [SegmentAngle]
