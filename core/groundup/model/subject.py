"""The person who is recorded, as far as metrics divide by them and norms ask for them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from xml.etree import ElementTree as ET

from groundup.model.decimal_numbers import number_of


@dataclass(frozen=True)
class PersonNumber:
    """A number of the person: what every place needs to know that reads, writes or shows it.

    Attributes
    ----------
    unit : str
        As it is shown.
    most : float
        It lies above 0 and below this, else nobody believes it.
    example : str
        Its line in the first draft of a lab.toml, behind the equals sign.
    since_first : bool
        Whether recordings had it from the first version of the format on.
    """

    unit: str
    most: float
    example: str
    since_first: bool = False


def _number(*known: Any, **more: Any) -> float:
    """A field of `Subject`; NaN where nobody knows it."""
    number: float = field(default=math.nan, metadata={PersonNumber: PersonNumber(*known, **more)})
    return number


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
    """The person, as lab.toml or the imported file knows them, and the belt they walk on; what is unknown is NaN.

    A further number is one field here: lab.toml, journals, files, reports and exporters go by `OF_THE_PERSON`.

    Attributes
    ----------
    mass_kg : float
        Body mass in kg; what is told in body weights needs it.
    height_m : float
        Body height in m.
    treadmill : Treadmill
        How fast the belt goes.
    age_years : float
        Age in years; some norms are by age.
    leg_length_m : float
        From the hip joint to the floor, in m.
    """

    mass_kg: float = _number("kg", 1000, "70.0     # metrics per body weight need it", since_first=True)
    height_m: float = _number("m", 1000, "1.75", since_first=True)
    treadmill: Treadmill = field(default_factory=Treadmill)
    age_years: float = _number("years", 130, "34    # norms of sway and of walking are by age")
    leg_length_m: float = _number("m", 2, "0.89   # hip to floor")

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
        for key, number in OF_THE_PERSON.items():
            value = number_of(info.findtext(f"desc/subject/{key}") or "")
            known[key] = value if value is not None and 0 < value < number.most else math.nan
        return cls(treadmill=Treadmill(), **known)


OF_THE_PERSON: dict[str, PersonNumber] = {
    one.name: one.metadata[PersonNumber] for one in fields(Subject) if PersonNumber in one.metadata
}
"""The numbers of the person, by the names of their fields."""
