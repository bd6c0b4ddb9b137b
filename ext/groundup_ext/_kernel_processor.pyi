from collections.abc import Sequence

from groundup_ext._kernels import Kernel

def kernel_capsule(
    kernel: Kernel,
    *,
    gains: Sequence[float] | None = None,
    least: float = ...,
    settling: int = 0,
    bridges: bool = False,
) -> object: ...
