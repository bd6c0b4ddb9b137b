"""Pauses between tries: short at first, then longer, up to what the author of a driver states."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundup.plugin.device import Device

FIRST_S = 0.5
LONGEST_REQUIRED_S = 2.0
"""What is required is asked for at least so often: all that it sends meanwhile is lost."""


class Pauses:
    """The pauses of one thing that is tried again and again.

    Parameters
    ----------
    device : Device
        One with a ``longest_pause_s``.
    """

    def __init__(self, device: "Device") -> None:
        longest = float(getattr(device, "longest_pause_s", LONGEST_REQUIRED_S))
        self._longest = min(longest, LONGEST_REQUIRED_S) if device.required else longest
        self._next = min(FIRST_S, self._longest)

    def next(self) -> float:
        """How long to wait now, in s; the next is twice as long."""
        pause, self._next = self._next, min(2.0 * self._next, self._longest)
        return pause

    def begin_anew(self) -> None:
        """It went well: the next pause is a short one."""
        self._next = min(FIRST_S, self._longest)
