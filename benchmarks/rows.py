"""A benchmark's result: our figure beside the peer's, measured in the same run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    what : str
        What was measured, with its size.
    unit : str
    ours, theirs : float
    peer : str
        Name and version of the peer.
    goal : str
        What ours must reach, in words; empty when nothing was promised.
    """

    what: str
    unit: str
    ours: float
    theirs: float
    peer: str
    goal: str = ""

    @property
    def ratio(self) -> float:
        """Theirs over ours."""
        return self.theirs / self.ours if self.ours else float("inf")


def table(rows: list[Row]) -> str:
    """Rows as a Markdown table."""
    lines = ["| what | ours | peer | theirs | theirs / ours | goal |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        ours, theirs = f"{row.ours:.3g} {row.unit}", f"{row.theirs:.3g} {row.unit}"
        lines.append(f"| {row.what} | {ours} | {row.peer} | {theirs} | {row.ratio:.2f} | {row.goal} |")
    return "\n".join(lines)
