"""What the person who makes a report chooses: which walks, which language, and what stands at its head."""

from dataclasses import dataclass
from pathlib import Path

from groundup.report.wording import DEFAULT


@dataclass(frozen=True)
class ReportOptions:
    """Choices for a report; the defaults show everything, in English.

    Attributes
    ----------
    conditions, trials : tuple of str
        Only these trials, by condition and by name; none: everything but greatest effort and rest.
    language : str
    words : Path, optional
        A file of a clinic's own words.
    lab : Path, optional
        A lab.toml whose ``[clinic]`` is taken in place of that of the recording.
    person, comment : str
        The person's name and a remark: they stand in the report, and in no recording.
    reliability : Path, optional
        A file of ``groundup reliability``; without it what both recordings hold of it.
    """

    conditions: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    language: str = DEFAULT
    words: Path | None = None
    lab: Path | None = None
    person: str = ""
    comment: str = ""
    reliability: Path | None = None
