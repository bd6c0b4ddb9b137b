"""Numbers as the three kinds of computer stored them on which C3D files were written: PC, DEC and SGI."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.plugin import Floats

INTEL, DEC, MIPS = 84, 85, 86
"""The processor byte of the parameter section: 83 + 1, 2 or 3."""


@dataclass(frozen=True)
class Numbers:
    """How one file stores its numbers.

    Attributes
    ----------
    processor : int
        84 (PC: little-endian, IEEE), 85 (DEC: little-endian, VAX F) or 86 (SGI: big-endian, IEEE).
    """

    processor: int

    @property
    def order(self) -> str:
        """Byte order, as numpy writes it."""
        return ">" if self.processor == MIPS else "<"

    def words(self, data: bytes) -> NDArray[np.int64]:
        """16-bit words, 0 to 65535."""
        return np.frombuffer(data, f"{self.order}u2").astype(np.int64)

    def integers(self, data: bytes) -> NDArray[np.int64]:
        """16-bit words, -32768 to 32767."""
        return np.frombuffer(data, f"{self.order}i2").astype(np.int64)

    def floats(self, data: bytes) -> Floats:
        """32-bit real numbers."""
        if self.processor == DEC:
            return vax_floats(np.frombuffer(data, "<u2"))
        with np.errstate(invalid="ignore"):  # NaN of another sort is NaN
            return np.frombuffer(data, f"{self.order}f4").astype(np.float64)


def vax_floats(words: NDArray[np.uint16]) -> Floats:
    """VAX F numbers, two words each: a sign, 8 bits of exponent (excess 128), a fraction of 0.1... of 24 bits.

    Source: VAX Architecture Reference Manual, F_floating. Exponent 0 is zero, or with a sign no number (NaN).
    """
    high, low = words[0::2].astype(np.int64), words[1::2].astype(np.int64)
    sign, exponent = high >> 15, (high >> 7) & 0xFF
    fraction = ((high & 0x7F) | 0x80) << 16 | low
    values = np.ldexp(fraction.astype(np.float64), (exponent - 128 - 24).astype(np.int32))
    values[sign == 1] *= -1.0
    values[exponent == 0] = np.where(sign[exponent == 0] == 1, np.nan, 0.0)
    found: Floats = values
    return found
