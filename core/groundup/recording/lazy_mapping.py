"""A mapping that makes a value when it is asked for, and keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what only some ask for, nobody waits for: sealing imports this module, too
    pass


class LazyMapping(Mapping[str, Any]):
    """A mapping that makes a value when it is asked for, and keeps it."""

    def __init__(self, names: list[str], make: Any) -> None:
        self._names = names
        self._make = make
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(f"{name!r} is not in this recording; there is {', '.join(self._names) or 'none'}")
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{', '.join(self._names) or 'none'}>"
