import numpy as np
from numpy.typing import ArrayLike, NDArray

from groundup_ext.zero import Zero

class Kernel:
    @property
    def channels(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def delay(self) -> float: ...
    state: NDArray[np.float64]
    def reset(self) -> None: ...
    def process(
        self, x: ArrayLike, out: NDArray[np.float64] | NDArray[np.float32] | None = None
    ) -> NDArray[np.float64]: ...

class Sos(Kernel):
    def __init__(self, sos: ArrayLike, channels: int, steady: bool = False) -> None: ...

class Envelope(Kernel):
    def __init__(self, band: ArrayLike, low: ArrayLike, channels: int, steady: bool = False) -> None: ...

class Rectify(Kernel):
    def __init__(self, channels: int) -> None: ...

class Demean(Kernel):
    def __init__(self, channels: int, window: int) -> None: ...

class MovingRms(Kernel):
    def __init__(self, channels: int, window: int) -> None: ...

class Tkeo(Kernel):
    def __init__(self, channels: int) -> None: ...

class Magnitude(Kernel):
    def __init__(self, channels: int, axes: int = 3) -> None: ...

class Phase(Kernel):
    def __init__(self, channels: int, window: int) -> None: ...

class RelativePhase(Kernel):
    def __init__(self, channels: int, pairs: ArrayLike) -> None: ...

class Resampler(Kernel):
    def __init__(
        self, channels: int, up: int, down: int, taps: ArrayLike | None = None, steady: bool = False
    ) -> None: ...
    @property
    def up(self) -> int: ...
    @property
    def down(self) -> int: ...

class Threshold(Kernel):
    def __init__(self, channels: int, on: ArrayLike, off: ArrayLike | None = None, refractory: int = 0) -> None: ...

class DoubleThreshold(Kernel):
    def __init__(self, channels: int, level: ArrayLike, least: int, window: int) -> None: ...

class Contact(Kernel):
    def __init__(
        self,
        channels: int,
        threshold: float = 20.0,
        sure: float = 50.0,
        least: int = 0,
        refractory: int = 0,
        sign: float = 1.0,
        zero: Zero | None = None,
    ) -> None: ...

class Plate(Kernel):
    def __init__(
        self,
        matrix: ArrayLike,
        axes: ArrayLike | None = None,
        middle: ArrayLike = ...,
        origin: ArrayLike = ...,
        sign: float = 1.0,
        threshold: float = 20.0,
        zero: Zero | None = None,
    ) -> None: ...

def paths() -> list[str]: ...
def path() -> str: ...
def take_path(name: str | None) -> None: ...
