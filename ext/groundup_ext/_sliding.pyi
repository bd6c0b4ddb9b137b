from typing import Any

from numpy.typing import NDArray

def minimum_ahead(values: NDArray[Any], window: int, out: NDArray[Any]) -> None: ...
