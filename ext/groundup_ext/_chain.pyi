from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

class Native:
    capsule: object
    max_samples: int
    active: bool
    def __init__(self, capsule: object) -> None: ...
    def activate(self, rate: float, max_samples: int = 0) -> None: ...
    def close(self) -> None: ...
    @property
    def in_channels(self) -> int: ...
    @property
    def out_channels(self) -> int: ...
    @property
    def ratio(self) -> tuple[int, int]: ...
    @property
    def bridges(self) -> bool: ...
    @property
    def latency_s(self) -> float: ...

class Chain:
    channels: int
    def __init__(self, channels: int, rate: float) -> None: ...
    def add(
        self,
        stage: Any,
        parent: int = -1,
        *,
        channels: int = 0,
        rate: float = 0.0,
        latency_s: float = 0.0,
        bridges: bool = False,
        ratio: tuple[int, int] = (1, 1),
        kinds: int = 0,
    ) -> int: ...
    def feed(self, times: NDArray[np.float64], samples: NDArray[np.float64]) -> None: ...
    def made(self, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    def events(self, index: int) -> Sequence[Any]: ...
    @property
    def span(self) -> tuple[float, float]: ...
    def faults(self) -> list[tuple[int, float, str]]: ...
    def reset(self) -> None: ...

def processor_capsule(
    process: int,
    *,
    in_channels: int,
    out_channels: int,
    state: Buffer = b"",
    ratio: tuple[int, int] = (1, 1),
    bridges: bool = False,
    latency_s: float = 0.0,
    keep: object = None,
) -> object: ...
