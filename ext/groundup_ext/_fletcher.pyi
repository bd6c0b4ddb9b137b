from typing import Any

from numpy.typing import NDArray
from typing_extensions import Buffer

def fletcher32(data: Buffer | NDArray[Any]) -> int: ...
def equal(a: Buffer | NDArray[Any], b: Buffer | NDArray[Any]) -> bool: ...
