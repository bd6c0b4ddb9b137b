"""The person who is recorded, as far as metrics divide by them and norms ask for them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from groundup.model.decimal_numbers import number_of

MOST_YEARS = 130
OF_THE_PERSON = {"mass_kg": 1000, "height_m": 1000, "age_years": MOST_YEARS}
"""What a number of the person is called, and below what it has to lie to be believed."""


@dataclass(frozen=True)
class Treadmill:
    """How fast the belt under a person goes, as lab.toml tells it; a stream of its speed is believed before.

    Attributes
    ----------
    speed_m_s : float
        In m/s; NaN where nobody told it: then each stretch outside of `trials` may be overground.
    trials : mapping of trial name to float
        In m/s, where it is another one; 0 for a trial that is not on the belt.
    """

    speed_m_s: float = math.nan
    trials: Mapping[str, float] = field(default_factory=dict)

    def speed(self, trial: str) -> float:
        """In a trial, m/s; NaN where it is not known."""
        return self.trials.get(trial, self.speed_m_s)


@dataclass(frozen=True)
class Subject:
    """The person, as lab.toml or the imported file knows them, and the belt they walk on; what is unknown is NaN."""

    mass_kg: float = math.nan
    height_m: float = math.nan
    treadmill: Treadmill = field(default_factory=Treadmill)
    age_years: float = math.nan

    @property
    def numbers(self) -> dict[str, float]:
        """What is known of the person, by its name; NaN where it is not."""
        return {key: float(getattr(self, key)) for key in OF_THE_PERSON}

    def over(self, other: "Subject") -> "Subject":
        """What is known here, and what only `other` knows."""
        theirs = other.numbers
        known = {key: theirs[key] if math.isnan(mine) else mine for key, mine in self.numbers.items()}
        belt = self.treadmill if self.treadmill.trials or self.treadmill.speed_m_s >= 0 else other.treadmill
        return Subject(treadmill=belt, **known)

    def xml(self) -> ET.Element | None:
        """Give a ``<subject>`` element for a stream's description, or None when nothing is known."""
        node = ET.Element("subject")
        for key, value in self.numbers.items():
            if not math.isnan(value):
                ET.SubElement(node, key).text = repr(value)
        return node if len(node) else None

    @classmethod
    def from_xml(cls, info: ET.Element) -> "Subject":
        """Read the ``<subject>`` of a stream's ``<info>``; what is absent or no number is unknown."""
        known = {}
        for key, most in OF_THE_PERSON.items():
            value = number_of(info.findtext(f"desc/subject/{key}") or "")
            known[key] = value if value is not None and 0 < value < most else math.nan
        return cls(treadmill=Treadmill(), **known)
