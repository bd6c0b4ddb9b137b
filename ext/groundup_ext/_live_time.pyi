from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

class LiveClock:
    steps: int
    def probe(self, time: float, offset: float, round_trip: float) -> None: ...
    def lab(self, stamps: Floats, out: Floats) -> None: ...

class LiveDejitter:
    lost: int
    def __init__(self, rate: float) -> None: ...
    def feed(self, stamps: Floats, out: Floats) -> None: ...

class LiveTime:
    steps: int
    lost: int
    known: dict[str, Any]
    def __init__(self, rate: float, latency_s: float = 0.0, placed: bool = False) -> None: ...
    def probe(self, time: float, offset: float, round_trip: float = ..., collected: float = ...) -> None: ...
    def feed(self, stamps: Floats, out: Floats, now: float = ...) -> None: ...
