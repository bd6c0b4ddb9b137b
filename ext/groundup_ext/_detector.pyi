from collections.abc import Sequence

from groundup_ext._kernels import Kernel

def check_filter(kernel: Kernel, channels: int) -> None: ...
def detector_capsule(
    detect: int, memories: Sequence[bytes], *, kernel: Kernel | None = None, keep: object = None
) -> object: ...
