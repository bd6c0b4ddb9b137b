"""What the metrics of a family take out of the same needs, found once."""

from collections.abc import Callable
from functools import wraps
from operator import is_
from typing import Any, TypeVar

from groundup.plugin import NotComputableError

R = TypeVar("R")


def found_once(function: Callable[..., R]) -> Callable[..., R]:
    """Remember the last answer: metrics that need the same are asked one after the other, and get the same objects.

    Parameters
    ----------
    function : callable
        Of positional arguments, which nobody changes. That it is not computable is an answer, too.
    """
    # The arguments are kept with the answer, so that no other object comes to have their place in memory.
    last_needs: tuple[Any, ...] = ()
    found: R | NotComputableError = NotComputableError("nothing was asked yet")

    @wraps(function)
    def once(*needs: Any) -> R:
        nonlocal last_needs, found
        if len(last_needs) != len(needs) or not all(map(is_, last_needs, needs)):
            try:
                found = function(*needs)
            except NotComputableError as why:
                found = NotComputableError.of(why.reason)
            last_needs = needs
        if isinstance(found, NotComputableError):
            raise NotComputableError.of(found.reason)
        return found

    return once
