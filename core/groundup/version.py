"""Which versions made a file."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("groundup", "numpy", "scipy", "h5py", "pylsl")


def software() -> dict[str, str]:
    """Name to version of what records, seals and analyses here."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
