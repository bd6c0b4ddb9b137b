"""IMUs before a recording: still, as heavy as the earth makes them, and not at the end of their range."""

from collections.abc import Iterable, Iterator

import numpy as np

from groundup.plugin import ACCELERATION, ANGULAR_VELOCITY, Check, Finding, NotComputableError, Signal, graded, hookimpl

_G = ACCELERATION["g"]
_STILL_MS2, _STILL_DEG_S = 0.3, 3.0
_GRAVITY_GREEN, _GRAVITY_AMBER = 0.03, 0.08
_BIAS_GREEN, _BIAS_AMBER = 2.0, 8.0
_SATURATED = 3


class ImuCheck(Check):
    """Judges an IMU that lies or stands still."""

    name = "imu"
    accepts = "imu"

    def judge(self, signal: Signal) -> Iterator[Finding]:
        """Stillness, gravity, gyroscope bias and saturation."""
        acceleration = _columns(signal, ACCELERATION)
        turning = np.degrees(_columns(signal, ANGULAR_VELOCITY))
        if acceleration.shape[1] < 3 and turning.shape[1] < 3:
            units = ", ".join(sorted({c.unit or "none" for c in signal.channels}))
            raise NotComputableError(f"no three channels are in m/s², g, rad/s or deg/s (units: {units})")
        if acceleration.shape[1] >= 3:
            yield from self._gravity(acceleration[:, :3])
        if turning.shape[1] >= 3:
            yield from self._bias(turning[:, :3])
        yield self._range(signal)

    def _gravity(self, values: np.ndarray) -> Iterator[Finding]:
        size = np.linalg.norm(values, axis=1)
        moves = float(size.std())
        if moves > _STILL_MS2:
            remedy = "nobody should move: it cannot be judged while it does"
            yield Finding("amber", "still", f"its acceleration varies by {moves:.2f} m/s²", remedy)
            return
        yield Finding("green", "still", f"its acceleration varies by {moves:.3f} m/s²")
        off = abs(float(size.mean()) / _G - 1.0)
        level = graded(off, _GRAVITY_GREEN, _GRAVITY_AMBER)
        remedy = "" if level == "green" else "calibrate its accelerometer, or check the unit it announces"
        yield Finding(level, "gravity", f"{size.mean():.2f} m/s² at rest, {_G:.2f} expected", remedy)

    def _bias(self, values: np.ndarray) -> Iterator[Finding]:
        if float(values.std(axis=0).max()) > _STILL_DEG_S:
            return  # it moves: what its acceleration says is enough
        bias = float(np.abs(values.mean(axis=0)).max())
        level = graded(bias, _BIAS_GREEN, _BIAS_AMBER)
        remedy = "" if level == "green" else "let it warm up, and calibrate its gyroscope while it lies still"
        yield Finding(level, "gyroscope bias", f"{bias:.2f} deg/s", remedy)

    def _range(self, signal: Signal) -> Finding:
        bad = [c.label for c, v in zip(signal.channels, signal.samples.T, strict=True) if _saturated(v)]
        if not bad:
            return Finding("green", "range", "no channel at the end of its range")
        return Finding("red", "range", f"at the end of their range: {', '.join(bad[:6])}", "choose a wider range")


def _columns(signal: Signal, units: dict[str, float]) -> np.ndarray:
    """Channels in one of these units, scaled; rows with a NaN are left out."""
    chosen = [
        (i, units[c.unit.strip().lower()]) for i, c in enumerate(signal.channels) if c.unit.strip().lower() in units
    ]
    values = signal.samples[:, [i for i, _ in chosen]] * np.array([scale for _, scale in chosen])
    return np.asarray(values[np.isfinite(values).all(axis=1)])


def _saturated(values: np.ndarray) -> bool:
    """Whether it rests at its greatest or least value for some samples, and is elsewhere else."""
    values = values[np.isfinite(values)]
    if len(values) < 10 or np.ptp(values) == 0.0:
        return False
    for rail in (values.max(), values.min()):
        at = values == rail
        runs = np.convolve(at, np.ones(_SATURATED), "valid") >= _SATURATED
        # A rail that is far away from where the signal is, not the last step of a converter that trembles.
        if runs.any() and abs(rail - np.median(values)) > 10.0 * _step(values):
            return True
    return False


def _step(values: np.ndarray) -> float:
    change = np.abs(np.diff(values))
    change = change[change > 0]
    return float(np.median(change)) if len(change) else 0.0


@hookimpl
def groundup_checks() -> Iterable[type[Check]]:
    """Return the check of IMUs."""
    return [ImuCheck]
