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


def libraries() -> dict[str, str]:
    """Version of the C libraries that hear the network and write the file."""
    import h5py

    from groundup import lsl

    number = lsl.library_version()
    return {"liblsl": f"{number // 100}.{number % 100}", "HDF5": str(h5py.version.hdf5_version)}
