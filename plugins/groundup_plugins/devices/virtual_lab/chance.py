"""Random numbers that are a function of (seed, what for, index), not of what was drawn before.

So several processes that simulate one walker agree to the bit without talking, and a sample is the same in whatever
packet it is made.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def uniform(seed: int, what: str, index: Indices) -> Floats:
    """Uniform numbers in (0, 1), one for each index.

    SplitMix64 read at positions instead of in sequence (Steele, Lea & Flood 2014).
    """
    start = np.array([(seed << 32) ^ zlib.crc32(what.encode())], dtype=np.int64).view(np.uint64)
    state = _mix(_mix(start) + index.astype(np.uint64) * _GOLDEN)
    numbers: Floats = ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return numbers


def normal(seed: int, what: str, index: Indices) -> Floats:
    """Standard normal numbers, cut off at 2.5 standard deviations, one for each index (Box & Muller 1958)."""
    radius: Floats = np.sqrt(-2.0 * np.log(uniform(seed, what, 2 * index)))
    numbers: Floats = radius * np.cos(2.0 * np.pi * uniform(seed, what, 2 * index + 1))
    return numbers.clip(-2.5, 2.5)


def gamma(seed: int, what: str, index: Indices, mean: float) -> Floats:
    """Gamma-distributed numbers of shape 2 with the given mean, one for each index."""
    product = uniform(seed, what, 2 * index) * uniform(seed, what, 2 * index + 1)
    return -0.5 * mean * np.log(product)


def generator(seed: int, what: str) -> np.random.Generator:
    """A generator of NumPy's own for tables that are made once, at the start."""
    return np.random.default_rng([seed, zlib.crc32(what.encode())])


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))
