"""Whether an error is the disk's."""

import errno

_DISK = {errno.ENOSPC, errno.EIO, errno.EROFS, errno.EFBIG, errno.ENXIO, errno.ENODEV, getattr(errno, "EDQUOT", -1)}


def is_disk(error: OSError) -> bool:
    """Whether it is the disk that is full, failing or closed to writing: what a person mends there, not here."""
    return error.errno in _DISK
