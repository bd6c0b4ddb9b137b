"""What a pre-flight comes to: findings by stream, and the worst of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from groundup.plugin.check import Finding, Level

_ORDER: dict[Level, int] = {"green": 0, "amber": 1, "red": 2}


@dataclass(frozen=True)
class Judged:
    """A stream and what was found of it."""

    stream: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Verdict:
    """The whole pre-flight."""

    streams: tuple[Judged, ...]

    @property
    def level(self) -> Level:
        """The worst of all; red when there was nothing to judge."""
        return worst(finding for one in self.streams for finding in one.findings)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level among findings; red without any."""
    return max((finding.level for finding in findings), key=_ORDER.__getitem__, default="red")
