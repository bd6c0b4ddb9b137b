from typing import Any

from numpy.typing import NDArray

def fit(
    step: NDArray[Any],
    value: NDArray[Any],
    weight: NDArray[Any],
    walk: NDArray[Any],
    alike: NDArray[Any],
    slope_sd: float,
    factor: NDArray[Any],
    mean: NDArray[Any],
) -> tuple[float, float]: ...
def solve_upper(factor: NDArray[Any], right: NDArray[Any]) -> None: ...
