"""A benchmark's result: our figure beside the peer's, measured in the same run."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    case : str
        What was measured, with its size.
    value, peer_value : float
        Ours and theirs.
    unit : str
    peer : str
        Name and version of the peer.
    goal : str
        What ours must reach, in words; empty when nothing was promised.
    """

    case: str
    value: float
    unit: str
    peer: str
    peer_value: float
    goal: str = ""

    @property
    def ratio(self) -> float:
        """Theirs over ours."""
        return self.peer_value / self.value if self.value else float("inf")

    def facts(self) -> dict[str, str | float | None]:
        """For JSON, which has no word for what is infinite: None."""
        facts: dict[str, str | float] = {
            "case": self.case,
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": self.peer_value,
            "ratio": self.ratio,
            "goal": self.goal,
        }
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in facts.items()}


def table(rows: list[Row]) -> str:
    """Rows as a Markdown table."""
    lines = ["| what | ours | peer | theirs | theirs / ours | goal |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        ours, theirs = f"{row.value:.3g} {row.unit}", f"{row.peer_value:.3g} {row.unit}"
        lines.append(f"| {row.case} | {ours} | {row.peer} | {theirs} | {row.ratio:.2f} | {row.goal} |")
    return "\n".join(lines)
