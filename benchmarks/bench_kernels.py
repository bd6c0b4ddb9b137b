"""Kernels in nanoseconds a value, Python call included, beside SciPy and NumPy doing the same with carried state."""

import time
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from benchmarks.rows import Row
from groundup_ext import _kernels as kernels

Samples = NDArray[np.float32]
Action = Callable[[], object]

_RATE = 2000.0
_BAND = butter(4, [20.0, 450.0], "bandpass", fs=_RATE, output="sos")
_LOW = butter(2, 6.0, fs=_RATE, output="sos")
_SCIPY = f"scipy {scipy.__version__}"
_NUMPY = f"numpy {np.__version__}"
_ROUNDS = 9
_ROUND_S = 0.03


def run() -> list[Row]:
    """The EMG chain in chunks of three sizes, over numbers of channels, and every other kernel in chunks of 200."""
    return [*_chain(), *_channels(), *_others(), *_paths()]


def _chain() -> list[Row]:
    rows = []
    for size, goal in ((20, 14), (200, 10), (2000, 10)):
        x = _noise(size, 16)
        ours, theirs = _beside(_envelope(x), _sosfilt_chain(x), x.size)
        peer = f"{_SCIPY} sosfilt, abs, sosfilt"
        rows.append(Row(f"emg_chain_{size}", ours, "ns a value", peer, theirs, f"{goal} x faster"))
    return rows


def _channels() -> list[Row]:
    rows = []
    for channels, goal in ((1, 8), (3, 3), (6, 3), (17, 3), (256, 3)):
        x, sixteen = _noise(2000, channels), _noise(2000, 16)
        ours, other = _beside(_envelope(x), _envelope(sixteen), x.size, sixteen.size)
        said = f"at most {goal} x the cost of 16"
        rows.append(Row(f"emg_chain, {channels} channels", ours, "ns a value", "ours with 16 channels", other, said))
    return rows


def _others() -> list[Row]:
    """Chunks of 200 x 16; a peer that keeps no state is given just the chunk, which is less than the same work."""
    x = _noise(200, 16)
    wide = x.astype(np.float64)
    plate, force = np.eye(6), _noise(200, 6) + np.float32([0, 0, 700, 0, 0, 0])
    taps = kernels.Resampler(16, 1, 10)
    phases = kernels.Phase(16, 200).process(_noise(400, 16))[-200:]
    pairs = [[0, i] for i in range(1, 16)]
    cases: list[tuple[str, Action, str, Action, int]] = [
        ("sos, 4 sections", _process(kernels.Sos(_BAND, 16), x), f"{_SCIPY} sosfilt", _sosfilt(_BAND, x), x.size),
        ("rectify", _process(kernels.Rectify(16), x), f"{_NUMPY} abs", lambda: np.abs(x.astype(float)), x.size),
        ("demean", _process(kernels.Demean(16, 2000), x), f"{_SCIPY} lfilter", _lfilter(x), x.size),
        ("moving_rms", _process(kernels.MovingRms(16, 100), x), f"{_NUMPY} cumsum", lambda: _rms(wide), x.size),
        ("tkeo", _process(kernels.Tkeo(16), x), _NUMPY, lambda: wide[1:-1] ** 2 - wide[:-2] * wide[2:], x.size),
        (
            "magnitude",
            _process(kernels.Magnitude(15), x[:, :15].copy()),
            f"{_NUMPY} norm",
            lambda: np.linalg.norm(wide[:, :15].reshape(200, 5, 3), axis=2),
            200 * 15,
        ),
        (
            "resampler, 10 to 1",
            _process(taps, x),
            f"{_SCIPY} resample_poly",
            lambda: resample_poly(wide, 1, 10, axis=0),
            x.size,
        ),
        (
            "resampler, 3 to 2",
            _process(kernels.Resampler(16, 2, 3), x),
            f"{_SCIPY} resample_poly",
            lambda: resample_poly(wide, 2, 3, axis=0),
            x.size,
        ),
        ("phase", _process(kernels.Phase(16, 200), x), f"{_SCIPY} ndimage, {_NUMPY}", lambda: _phase(wide), x.size),
        (
            "relative_phase",
            _process(kernels.RelativePhase(16, pairs), phases),
            _NUMPY,
            lambda: np.angle(np.exp(1j * (phases[:, :1] - phases[:, 1:]))),
            200 * 15,
        ),
        ("threshold", _process(kernels.Threshold(16, 3.0), x), _NUMPY, lambda: _crossings(wide), x.size),
        ("double_threshold", _process(kernels.DoubleThreshold(16, 3.0, 3, 9), x), _NUMPY, lambda: _often(wide), x.size),
        ("contact", _process(kernels.Contact(16), x), _NUMPY, lambda: _crossings(wide), x.size),
        ("plate", _process(kernels.Plate(plate), force), _NUMPY, lambda: _plate(plate, force), force.size),
    ]
    return [Row(name, *_pair(ours, peer, theirs, size)) for name, ours, peer, theirs, size in cases]


def _paths() -> list[Row]:
    """The same chain on each path of vector lanes that this machine can take."""
    x = _noise(2000, 16)
    rows = []
    for path in kernels.paths():
        kernels.take_path(path)
        ours, theirs = _beside(_envelope(x), _sosfilt_chain(x), x.size)
        rows.append(Row(f"emg_chain on the path {path}", ours, "ns a value", f"{_SCIPY} sosfilt", theirs))
    kernels.take_path(None)
    return rows


def _pair(ours: Action, peer: str, theirs: Action, size: int) -> tuple[float, str, str, float]:
    value, other = _beside(ours, theirs, size)
    return value, "ns a value", peer, other


def _noise(rows: int, channels: int) -> Samples:
    return np.random.default_rng(0).standard_normal((rows, channels)).astype(np.float32)


def _process(kernel: kernels.Kernel, x: Samples) -> Action:
    return lambda: kernel.process(x)


def _envelope(x: Samples) -> Action:
    return _process(kernels.Envelope(_BAND, _LOW, x.shape[1]), x)


def _sosfilt(sos: NDArray[np.float64], x: Samples) -> Action:
    state = np.zeros((len(sos), 2, x.shape[1]))

    def step() -> object:
        nonlocal state
        made, state = sosfilt(sos, x, axis=0, zi=state)
        return made

    return step


def _sosfilt_chain(x: Samples) -> Action:
    before, behind = np.zeros((len(_BAND), 2, x.shape[1])), np.zeros((len(_LOW), 2, x.shape[1]))

    def step() -> object:
        nonlocal before, behind
        band, before = sosfilt(_BAND, x, axis=0, zi=before)
        made, behind = sosfilt(_LOW, np.abs(band), axis=0, zi=behind)
        return made

    return step


def _lfilter(x: Samples) -> Action:
    state = np.zeros((1, x.shape[1]))
    share = 1.0 / 2000

    def step() -> object:
        nonlocal state
        made, state = lfilter([1 - share, share - 1], [1, share - 1], x, axis=0, zi=state)
        return made

    return step


def _rms(x: NDArray[np.float64]) -> object:
    sums = np.cumsum(x**2, axis=0)
    return np.sqrt((sums[100:] - sums[:-100]) / 100)


def _phase(x: NDArray[np.float64]) -> object:
    speed, place = (x[2:] - x[:-2]) / 2, x[1:-1]
    low = minimum_filter1d(place, 200, axis=0, origin=99)
    half = (maximum_filter1d(place, 200, axis=0, origin=99) - low) / 2
    fastest = maximum_filter1d(np.abs(speed), 200, axis=0, origin=99)
    return np.arctan2(speed / fastest, (place - low - half) / half)


def _crossings(x: NDArray[np.float64]) -> object:
    return np.argwhere(np.diff(x >= 3.0, axis=0))


def _often(x: NDArray[np.float64]) -> object:
    many = np.cumsum(x >= 3.0, axis=0)
    return np.argwhere(np.diff(many[9:] - many[:-9] >= 3, axis=0))


def _plate(matrix: NDArray[np.float64], raw: Samples) -> object:
    wrench = raw @ matrix.T
    return wrench[:, :3], -wrench[:, 4] / wrench[:, 2], wrench[:, 3] / wrench[:, 2]


def _beside(ours: Action, theirs: Action, size: int, other_size: int = 0) -> tuple[float, float]:
    """Nanoseconds a value of both, each the best of several rounds that take turns."""
    loops = [_loops(ours), _loops(theirs)]
    best = [float("inf"), float("inf")]
    for _ in range(_ROUNDS):
        for i, action in enumerate((ours, theirs)):
            started = time.perf_counter()
            for _ in range(loops[i]):
                action()
            best[i] = min(best[i], (time.perf_counter() - started) / loops[i])
    return best[0] / size * 1e9, best[1] / (other_size or size) * 1e9


def _loops(action: Action) -> int:
    """How often it must run to fill a round."""
    action()
    started = time.perf_counter()
    for _ in range(3):
        action()
    return max(1, int(_ROUND_S * 3 / (time.perf_counter() - started)))
