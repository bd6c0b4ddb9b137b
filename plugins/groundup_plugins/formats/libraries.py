"""Libraries that only one format needs: imported when it is asked for, and a sentence where one is not installed."""

from importlib import import_module
from typing import Any


def library(module: str, package: str, extra: str) -> Any:
    """Import a library.

    Parameters
    ----------
    module : str
        What is imported.
    package : str
        Its name on PyPI.
    extra : str
        The extra of groundup that brings it.

    Raises
    ------
    ValueError
        If it is not installed; the message has the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ValueError(
            f'the package {package} is not installed: install it with `pip install "groundup[{extra}]"`'
        ) from error
