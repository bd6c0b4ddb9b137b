"""How devices did last, a line for each kind of figure of each stream: sixteen impedances are one range."""

from collections.abc import Iterable
from dataclasses import dataclass

from groundup.model.health import HealthColour, HealthRow, value_words

_ORDER: tuple[HealthColour, ...] = ("", "green", "amber", "red")


@dataclass(frozen=True)
class HealthGroup:
    """Figures of one name, of one stream or device.

    Attributes
    ----------
    device, stream, name, unit : str
    low, high : float
        Least and largest of them.
    colour : str
        The worst.
    channels : list of str
        Which channels have the worst; empty where it is of no channel, or not worse than green.
    """

    device: str
    stream: str
    name: str
    unit: str
    low: float
    high: float
    colour: HealthColour
    channels: list[str]

    @property
    def words(self) -> str:
        """Name, range and channels, for a person."""
        words = value_words(self.name, self.low, self.unit)
        if self.high != self.low:
            words += f" to {value_words('', self.high, self.unit).strip()}"
        return words + (f" ({', '.join(self.channels[:4])})" if self.channels else "")


def health_groups(rows: Iterable[HealthRow]) -> list[HealthGroup]:
    """The last figure of each name and place, grouped by stream and name, in the order of coming."""
    last = {(r.device, r.stream, r.name, r.channel): r for r in sorted(rows, key=lambda r: r.time)}
    groups: dict[tuple[str, str, str], list[HealthRow]] = {}
    for row in last.values():
        groups.setdefault((row.device, row.stream, row.name), []).append(row)
    return [_group(found) for found in groups.values()]


def _group(rows: list[HealthRow]) -> HealthGroup:
    worst = max((row.colour for row in rows), key=_ORDER.index)
    bad = [r.channel for r in rows if r.channel and r.colour == worst] if worst in ("amber", "red") else []
    one, values = rows[0], [row.value for row in rows]
    return HealthGroup(one.device, one.stream, one.name, one.unit, min(values), max(values), worst, bad)
