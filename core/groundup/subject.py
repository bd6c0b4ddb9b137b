"""The person who is recorded, as far as metrics divide by them."""

import math
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from groundup.header import number_of


@dataclass(frozen=True)
class Subject:
    """The person, as lab.toml or the imported file knows them; what is unknown is NaN."""

    mass_kg: float = math.nan
    height_m: float = math.nan

    def over(self, other: "Subject") -> "Subject":
        """What is known here, and what only `other` knows."""
        return Subject(
            other.mass_kg if math.isnan(self.mass_kg) else self.mass_kg,
            other.height_m if math.isnan(self.height_m) else self.height_m,
        )

    def xml(self) -> ET.Element | None:
        """Give a ``<subject>`` element for a stream's description, or None when nothing is known."""
        node = ET.Element("subject")
        for key, value in (("mass_kg", self.mass_kg), ("height_m", self.height_m)):
            if not math.isnan(value):
                ET.SubElement(node, key).text = repr(value)
        return node if len(node) else None

    @classmethod
    def from_xml(cls, info: ET.Element) -> "Subject":
        """Read the ``<subject>`` of a stream's ``<info>``; what is absent or no number is unknown."""
        values = []
        for key in ("mass_kg", "height_m"):
            value = number_of(info.findtext(f"desc/subject/{key}") or "")
            values.append(value if value is not None and 0 < value < 1000 else math.nan)
        return cls(*values)
