"""Devices on the dashboard: what they can be told, and telling them; never by the loop that shows the streams."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from groundup.inlets.workers import Workers
from groundup.plugin.option import CommandError

LOOK_S = 2.0
_MOST_AT_ONCE = 8  # questions that wait for their answers
_LONGEST = 200  # characters of a name
_MOST_ARGUMENTS = 50

Find = Callable[[], list[dict[str, Any]]]
"""Says which devices there are, as the browser is told: ``name``, ``lab``, ``commands``, ``options``."""
Tell = Callable[[str, str, str, Sequence[str]], str]
"""Tells a device (name, lab, command, arguments ``key=value``), and gives its answer."""


class DeviceDesk:
    """Finds devices now and then, and tells them what viewers ask for, each question in a thread.

    Parameters
    ----------
    find : Find
    tell : Tell
    """

    def __init__(self, find: Find, tell: Tell) -> None:
        self._find, self._tell = find, tell
        self._workers = Workers(_MOST_AT_ONCE, "groundup-devices")  # which do not keep the program from ending
        self._waiting = 0
        self.found: list[dict[str, Any]] = []

    async def look(self) -> bool:
        """Find them; whether anything has changed."""
        before = self.found
        try:
            self.found = await asyncio.wrap_future(self._workers.submit(self._find))
        except Exception:  # whatever lies where programs say that they run
            self.found = []
        return self.found != before

    async def tell(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a viewer asks for, and say what came of it.

        Parameters
        ----------
        message : dict
            JSON of a browser, with ``device``, ``lab``, ``command`` and ``arguments``, a list of ``key=value``.
        """
        device, lab, command = (str(message.get(key, ""))[:_LONGEST] for key in ("device", "lab", "command"))
        given = message.get("arguments")
        arguments = [str(one) for one in given[:_MOST_ARGUMENTS]] if isinstance(given, list) else []
        told = {"type": "told", "device": device, "lab": lab, "command": command}
        if self._waiting >= _MOST_AT_ONCE:
            return {**told, "ok": False, "answer": "other commands are still being done: wait for them"}
        self._waiting += 1
        try:
            answer = await asyncio.wrap_future(self._workers.submit(self._tell, device, lab, command, arguments))
        except (CommandError, ValueError, OSError) as error:
            return {**told, "ok": False, "answer": str(error)}
        finally:
            self._waiting -= 1
        return {**told, "ok": True, "answer": answer}

    def close(self) -> None:
        """Tell nothing more."""
        self._workers.shutdown()
