"""Something a metric needs of the stretch of time it describes."""

from dataclasses import dataclass
from typing import Literal

from groundup.model.events import Stance, Stride
from groundup.plugin.need_kinds import NEED_KINDS

Normalisation = Literal["", "peak", "mvic", "reference", "rest"]
"""What EMG envelopes are given over; see `emg`."""


What = Literal[
    "emg",
    "raw_emg",
    "grf",
    "legs",
    "load",
    "cop",
    "acc",
    "gyr",
    "joint",
    "distance",
    "rises",
    "step",
    "subject",
    "marker",
    "signal",
    "events",
    "stream",
]
"""The kinds of what a metric can need; `groundup.plugin.need_kinds` describes each."""


@dataclass(frozen=True)
class Need:
    """Something a metric needs of the stretch of time it describes.

    Attributes
    ----------
    what : str
        One of `What`.
    sites : frozenset of str
        Which sites will do; empty: all that are recorded.
    component : str
        For ``grf``: ``"ap"`` (forward positive), ``"ml"`` (to the person's left positive) or ``"v"`` (up positive).
        For ``cop``: ``"own"``, the person's own axes. For ``joint``: ``"angle"``, ``"excursion"``, ``"moment"`` or
        ``"power"``.
    many : bool
        Whether the function gets a dict of site to trace instead of one trace.
    before_s, after_s : float
        How much more time than the stretch itself is given, at each end.
    first_s : float
        Only so much of the stretch, from its beginning on; 0: all of it. What is not asked for may have gaps.
    normalise_by : str
        For ``emg``: what each muscle is normalised by; see `emg`.
    each : type, optional
        `Stride` or `Stance`: a list of pairs (stretch, what of it) for those of them in the trial that have it.
    both : bool
        A dict of side to what is needed of that side.
    whole_only : bool
        Of many sites those that are whole there, and not none at all where one is not.
    eyes : {"", "open"}
        For ``cop``, of a trial with the eyes closed: of the trials that are the same but for that; see `cop`.
    name : str
        For ``signal`` its kind or id, for ``events`` their kind, for ``stream`` its type, for ``marker`` a point.
    key : str
        For ``stream`` its id in the recording: ``mill.belts``.
    labels : tuple of str
        For ``marker`` the names in the marker set.
    other : bool
        Of the other side than the value's.
    """

    what: What
    sites: frozenset[str] = frozenset()
    component: str = ""
    many: bool = False
    before_s: float = 0.0
    after_s: float = 0.0
    normalise_by: Normalisation = ""
    first_s: float = 0.0
    each: type[Stance] | type[Stride] | None = None
    both: bool = False
    whole_only: bool = False
    eyes: Literal["", "open"] = ""
    name: str = ""
    key: str = ""
    labels: tuple[str, ...] = ()
    other: bool = False

    def __str__(self) -> str:
        """In words, as the file tells what a metric stands on: ``EMG envelope of soleus, of each stride``."""
        kind = NEED_KINDS[self.what].words
        of = f" of {' or '.join(sorted(self.sites))}" if self.sites else ""
        parts = [
            f"{kind} {self.name or self.key or ', '.join(self.labels)}".strip() + of,
            self.component,
            f"normalised by {self.normalise_by}" if self.normalise_by else "",
            f"from {self.before_s:g} s before" if self.before_s else "",
            f"until {self.after_s:g} s after" if self.after_s else "",
            f"its first {self.first_s:g} s" if self.first_s else "",
            f"with the eyes {self.eyes}" if self.eyes else "",
            "of the other side" if self.other else "",
            "of both sides" if self.both else "",
            f"of each {self.each.__name__.lower()}" if self.each else "",
        ]
        return ", ".join(part for part in parts if part)
