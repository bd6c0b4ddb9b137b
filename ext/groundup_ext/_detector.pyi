from collections.abc import Sequence

from groundup_ext._kernels import Kernel

def detector_capsule(
    detect: int, memories: Sequence[bytes], *, kernel: Kernel | None = None, keep: object = None
) -> object: ...
