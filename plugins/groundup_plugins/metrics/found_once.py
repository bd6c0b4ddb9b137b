"""What the metrics of a family take out of the same needs, found once."""

from collections.abc import Callable
from functools import wraps
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
    last: tuple[tuple[Any, ...], R | None, str] | None = None

    @wraps(function)
    def once(*needs: Any) -> R:
        nonlocal last
        known = last
        if (
            known is None
            or len(known[0]) != len(needs)
            or any(a is not b for a, b in zip(known[0], needs, strict=True))
        ):
            try:
                known = (needs, function(*needs), "")
            except NotComputableError as reason:
                known = (needs, None, str(reason))
            last = known
        _, found, why = known
        if why:
            raise NotComputableError(why)
        return found  # type: ignore[return-value]

    return once
