"""What no trying again can mend: the package of a vendor is not installed, a firmware is too old."""


class UnusableDeviceError(OSError):
    """A device that cannot be used until a person has done something; the message says what.

    Its driver ends at once, and is not started again.
    """


def missing(sdk: str, extra: str = "") -> UnusableDeviceError:
    """The error of a driver whose vendor's package is not installed.

    Parameters
    ----------
    sdk : str
        Name of the package on PyPI.
    extra : str
        The extra of groundup that brings it, if one does.
    """
    what = f'"groundup[{extra}]"' if extra else sdk
    return UnusableDeviceError(f"the package {sdk} is not installed: install it with `pip install {what}`")
