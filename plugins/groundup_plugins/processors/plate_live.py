"""A force plate while it is recorded: its offset, its sign and the unit of its moments, as its samples show them.

What `plate_zero` and `wrench` find in a whole recording is found here from the past alone, over 10 ms at a time that
are counted from the first sample, so that no chunk can be seen in it. Nothing is forgotten at a gap: the plate is the
same one after it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from groundup.plugin import PLATE_TYPES, Floats, Made, NotComputableError, Signal, SignalForm, Stage
from groundup.plugin.kernels import Plate
from groundup_plugins.processors.plate_units import length_unit, moment_unit
from groundup_plugins.processors.plate_wrench import Frame, forget_centre, inside, wrench
from groundup_plugins.processors.plate_zero_live import FLAT_MEANS, MEAN_S, LiveZero, ZeroRules

# No plate's offset is so great, and hardly anybody so light: this says which way the load points.
_SURELY_LOADED_N = 150.0


class PlateStage(Stage):
    """Causal form of `ForcePlate`.

    Until the load has said which way it points, the plate is taken to give the action, as most do. Should the first
    load say otherwise, one sample is NaN where the sign turns: no contact is read out of that step.
    """

    gap = "bridge"

    def __init__(self, taken: SignalForm, made: SignalForm, frame: Frame, rules: ZeroRules, threshold_n: float) -> None:
        self.form = made
        self._reading = _reading(taken, frame)
        self._frame, self._rules, self._threshold_n = frame, rules, threshold_n
        self._step = max(1, round(MEAN_S * taken.rate))
        self.reset()

    def reset(self) -> None:
        """Know nothing of the plate."""
        width = self._reading.width
        self._part = np.empty((self._step, width))
        self._filled = 0
        self._means: deque[Floats] = deque(maxlen=FLAT_MEANS)
        self._means_since_look = 0
        self._zero = LiveZero(self._rules, self._load)
        self._offset = np.zeros(width)
        self._sign, self._sure = -1.0, False
        self._turned = False
        self._choose(0)

    def _choose(self, choice: int) -> None:
        """Read the plate by one of its matrices, and by the sign."""
        self._matrix = self._reading.matrices[choice]
        self._vertical = self._frame.axes[2] @ self._matrix[:3]
        self._kernel = Plate(
            self._matrix, self._frame.axes, self._frame.middle_m, (0.0, 0.0, 0.0), self._sign, self._threshold_n
        )

    def process(self, time: Floats, samples: Floats) -> Made:
        """Ground reaction force and centre of pressure."""
        rows = self._reading.rows(samples)
        made = []
        begin = 0
        while begin < len(rows):
            end = min(begin + self._step - self._filled, len(rows))
            part = rows[begin:end]
            made.append(self._result(part))
            self._part[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            if self._filled == self._step:
                self._filled = 0
                self._look(_column_means(self._part))
            begin = end
        return Made(np.concatenate(made))

    def _result(self, rows: Floats) -> Floats:
        result: Floats = self._kernel.process(rows - self._offset)
        forget_centre(result, self._frame)
        if not self._sure and len(self._reading.matrices) > 1:
            result[:, 3:] = np.nan  # N·m or N·mm: the first load will say
        if self._turned and len(result):
            result[0] = np.nan
            self._turned = False
        return result

    def _look(self, mean: Floats) -> None:
        """Take in the mean of the last 10 ms."""
        self._means.append(mean)
        if not self._sure:
            self._find_sign()
        if self._rules.zero and self._zero.look(self._load(mean), self._sure):
            self._offset = np.zeros(len(mean))
            self._turned = True
        self._means_since_look += 1
        if self._means_since_look >= FLAT_MEANS:
            self._means_since_look = 0
            self._find_zero()

    def _load(self, mean: Floats) -> float:
        """Vertical load of a mean (N), its offset still in it."""
        value = float(self._vertical @ mean) * self._sign
        return value if np.isfinite(value) else 0.0

    def _find_sign(self) -> None:
        lasting = [self._load(mean) for mean in list(self._means)[-2:]]
        if len(lasting) < 2 or min(map(abs, lasting)) < _SURELY_LOADED_N or lasting[0] * lasting[1] < 0:
            return
        self._sure = True
        if lasting[1] < 0:
            self._sign, self._turned = -self._sign, True
        loaded = self._matrix @ (self._means[-1] - self._offset)
        self._choose(0 if len(self._reading.matrices) == 1 or inside(loaded[None], self._frame) else 1)

    def _find_zero(self) -> None:
        """Let the last 50 ms tell of the offset."""
        means = np.array(self._means)
        if not self._rules.zero or not np.isfinite(means).all():
            return
        self._zero.flat(_column_means(means), [self._load(mean) for mean in self._means], self._sure)
        level = self._zero.level
        if level is not None:
            force = self._matrix[:3] @ level
            self._offset = level if float(np.linalg.norm(force)) >= self._rules.least_n else np.zeros(len(level))


@dataclass(frozen=True)
class _Reading:
    """How to read a plate's channels.

    Attributes
    ----------
    rows : callable
        Samples, shape (n, C), to rows that are linear in force and moment, shape (n, width).
    matrices : list of ndarray, shape (6, width)
        A row to force and moment about the middle of the top (plate axes, N and N·m); two where the channels do not
        say whether moments are in N·m or N·mm.
    """

    rows: Callable[[Floats], Floats]
    width: int
    matrices: list[Floats]


def _reading(form: SignalForm, frame: Frame) -> _Reading:
    """How to read this plate; what cannot be read says why, as `wrench` does."""
    first = _probe(form, frame)
    plate = form.plate
    units = [channel.unit for channel in form.channels]
    kind = PLATE_TYPES[plate.type] if plate is not None else None
    if kind is not None and kind.centre:
        if None in map(length_unit, units[3:5]):
            raise NotComputableError(f"{form.id} does not say the unit of its centre of pressure: give it in lab.toml")
        return _Reading(lambda samples: _type_1_rows(samples, form, frame), 6, [np.eye(6)])
    width = len(kind.channels) if kind is not None else 0
    matrices = [first]
    if kind is not None and kind.moments and None in map(moment_unit, units[3:6]):
        matrices = [_probe(_with_moments(form, unit), frame) for unit in ("Nm", "Nmm")]
    return _Reading(lambda samples: samples[:, :width], width, [m[:width].T for m in matrices])


def _probe(form: SignalForm, frame: Frame) -> Floats:
    """What each channel alone reads as: the matrix of a linear plate, shape (channels, 6)."""
    count = len(form.channels)
    return wrench(form.signal(np.zeros(count), np.eye(count)), frame)


def _with_moments(form: SignalForm, unit: str) -> SignalForm:
    channels = tuple(replace(c, unit=unit) if 3 <= i < 6 else c for i, c in enumerate(form.channels))
    return replace(form, channels=channels)


def _type_1_rows(samples: Floats, form: SignalForm, frame: Frame) -> Floats:
    plate = form.plate
    if plate is not None and plate.calibration is not None:
        samples = _linear(samples, np.array(plate.calibration, float).T)
        plate = replace(plate, calibration=None)
    return wrench(Signal(form.id, form.kind, np.zeros(len(samples)), samples, form.channels, form.rate, plate), frame)


def _linear(rows: Floats, matrix: Floats) -> Floats:
    """``rows @ matrix``, with the same bits for a row whatever rows are beside it (BLAS gives no such promise)."""
    result: Floats = rows[:, :1] * matrix[0]
    for column in range(1, rows.shape[1]):
        result = result + rows[:, column : column + 1] * matrix[column]
    return result


def _column_means(rows: Floats) -> Floats:
    means: Floats = np.add.reduce(rows, axis=0) / len(rows)
    return means
