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
from groundup_plugins.kinematics.alignment import NOBODY_WALKED, SITES, Alignment, align
from groundup_plugins.kinematics.inclination import turning, upwards
from groundup_plugins.processors.rolling import Idle

QUANTITIES = (("angle", "rad"), ("lean", "rad"), ("standing", "rad"), ("stood_at", "s"), ("state", "1"))
LEAST_RATE = 50.0
_BLOCK_S = 0.5
_WALK_BLOCKS, _STILL_BLOCKS = 8, 4
_STILL = 0.1  # rad/s, mean: who stands quietly turns a shank by a tenth of that
_SAME_STILL = np.radians(1.5)
_NEAR_WALKING = np.radians(35.0)  # a thigh that sits is 80 degrees from where it is in walking


class SegmentAngle(Processor):
    """Inclination of each thigh, shank and foot that wears an IMU, about the axis it turns about in walking.

    For each sensor, by site and side: ``angle`` (rad) about the left axis of the segment, its top to the front
    positive, from the mean of the walking that it was aligned by; ``lean`` (rad) to the side; ``standing``, the angle
    in quiet standing, and ``stood_at`` (s) when that ended, NaN where nobody stood still; ``state``, 0 where it is
    aligned. The first 4 s of straight walking align it, however it is mounted; quiet standing is the last 2 s of
    stillness before that, or the first after, within 35 degrees of the mean of walking. Offline that holds for the whole recording,
    live from then on.
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
        sensors = _sensors(form)
        if not sensors:
            return Product()
        if len(signal.time) < 2:
            raise NotComputableError(f"{signal.id} has no samples")
        samples = np.empty((len(signal.time), len(QUANTITIES) * len(sensors)))
        for sensor in sensors:
            up = sensor.take(signal.time, signal.samples, samples)
            sensor.write(up, samples)
        return Product((_made(form, sensors).signal(signal.time, samples),))

    def causal(self, form: SignalForm) -> Stage:
        """The same by what has come; NaN until it is aligned."""
        return _Inclining(form) if _sensors(form) else Idle()


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
    """

    place: tuple[str, Side]
    columns: list[int]
    number: int
    rate: float
    alignment: Alignment | int = NOBODY_WALKED
    standing: float = np.nan
    stood_at: float = np.nan
    _last: Floats = field(default_factory=lambda: np.full((1, 4), np.nan))
    _last_time: float = np.nan
    _filled: int = 0
    _blocks: list[Floats] = field(default_factory=list)
    _still: tuple[Floats, float] | None = None

    def __post_init__(self) -> None:
        self._size = round(_BLOCK_S * self.rate)
        self._block = np.empty((self._size, 6))

    def take(self, time: Floats, samples: Floats, out: Floats) -> Floats:
        """Take the next samples, and write what they are by what was known before each; gives where up was."""
        quaternions = samples[:, self.columns]
        every = np.concatenate([self._last, quaternions])
        pointing, turned = upwards(every), turning(every, self.rate)
        # VQF turns by the velocity of a sample for the whole interval before it: it is half an interval ahead, which
        # for a foot at 100 Hz is 2 degrees. The mean with the one before is not.
        up = (pointing[:-1] + pointing[1:]) / 2.0
        gap = np.diff(time, prepend=self._last_time) > 1.5 / self.rate
        up[gap], turned[gap] = np.nan, np.nan
        self._last, self._last_time = quaternions[-1:].copy(), float(time[-1])
        first = 0
        while first < len(time):
            count = min(len(time) - first, self._size - self._filled)
            rows = slice(first, first + count)
            self.write(up[rows], out[rows])
            self._block[self._filled : self._filled + count] = np.hstack([up[rows], turned[rows]])
            self._filled += count
            first += count
            if self._filled == self._size:
                self._filled = 0
                self._look(float(time[first - 1]))
        return up

    def write(self, up: Floats, out: Floats) -> None:
        """Write what a sensor that points so tells, into its columns of `out`."""
        mine = out[:, len(QUANTITIES) * self.number : len(QUANTITIES) * (self.number + 1)]
        if isinstance(self.alignment, Alignment):
            mine[:, 0], mine[:, 1] = self.alignment.angle(up), self.alignment.lean(up)
            mine[:, 2], mine[:, 3], mine[:, 4] = self.standing, self.stood_at, 0.0
        else:
            mine[:, :4], mine[:, 4] = np.nan, self.alignment

    def _look(self, now: float) -> None:
        """Look at the block that has been filled."""
        if not np.isfinite(self._block).all():
            self._blocks = []
            return
        self._blocks = [*self._blocks[1 - _WALK_BLOCKS :], self._block.copy()]
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
        if len(last) < _STILL_BLOCKS or max(float(np.linalg.norm(b[:, 3:], axis=1).mean()) for b in last) > _STILL:
            return
        means = np.array([block[:, :3].mean(axis=0) for block in last])
        mean = means.mean(axis=0)
        if float(np.linalg.norm(means - mean, axis=1).max()) < _SAME_STILL:
            self._still = mean[None, :], now


def _sensors(form: SignalForm) -> list[_Sensor]:
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
    return [_Sensor(place, columns, number, form.rate) for number, (place, columns) in enumerate(whole)]


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
        self._sensors = _sensors(self._taken)

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
