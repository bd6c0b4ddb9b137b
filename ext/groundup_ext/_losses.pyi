import numpy as np
from numpy.typing import NDArray

def likeliest(
    rest: NDArray[np.float64],
    step: NDArray[np.float64],
    interval: float,
    density: NDArray[np.float64],
    lowest: float,
    width: float,
    cost: float,
    usual: int,
    usual_cost: float,
    noise: float,
    slope_sd: float,
    walk: float,
    long_one: int,
    beam: float,
) -> tuple[float, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]: ...
def surprises(rest: NDArray[np.float64], gain: float) -> NDArray[np.float64]: ...
