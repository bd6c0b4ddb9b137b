"""Published choices of method: TOML files that packages bring by the entry-point group ``groundup.choices``."""

from importlib import resources
from importlib.metadata import entry_points
from typing import Any

import msgspec

from groundup.lab.errors import LabError, settings_from
from groundup.lab.settings import Settings
from groundup.lab.toml_file import read_toml

ENTRY_POINTS = "groundup.choices"
"""Group of the entry points of packages that hold them: the TOML files beside what one names."""


class PublishedValue(Settings, frozen=True):
    """``[[choices.values]]``: one choice, and who made it."""

    value: float | str
    source: str


class PublishedChoice(Settings, frozen=True):
    """``[[choices]]``: one thing that laboratories choose differently.

    Attributes
    ----------
    name : str
        In words.
    processor, key : str
        Which key of which processor it is.
    normalisation : bool
        It is what envelopes are given over, in metrics that compare shapes and shares: no processor.
    unit : str
        Of the values.
    """

    name: str
    processor: str = ""
    key: str = ""
    normalisation: bool = False
    unit: str = ""
    values: tuple[PublishedValue, ...] = ()

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        if self.normalisation == bool(self.processor and self.key) or not self.values:
            raise ValueError("a choice has values, and either a processor and a key or normalisation = true")


def installed_choices() -> list[PublishedChoice]:
    """All choices that installed packages bring, in the order of the packages' names.

    Raises
    ------
    LabError
        If a file cannot be read, or tells what no choice can be.
    """
    found: list[PublishedChoice] = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda one: one.name):
        try:
            files = [file for file in resources.files(point.value).iterdir() if file.name.endswith(".toml")]
        except (ImportError, OSError) as error:
            raise LabError(f"the choices of {point.value} cannot be read: {error}") from error
        for file in sorted(files, key=lambda one: one.name):
            for number, table in enumerate(read_toml(file).get("choices", []), 1):
                found.append(_choice(table, f"{file.name} of {point.value}: [[choices]] number {number}"))
    return found


def _choice(table: dict[str, Any], where: str) -> PublishedChoice:
    values = tuple(settings_from(one, PublishedValue, f"{where} values") for one in table.get("values", []))
    known = settings_from({k: v for k, v in table.items() if k != "values"} | {"values": []}, _WithoutValues, where)
    try:
        return PublishedChoice(**{**msgspec.structs.asdict(known), "values": values})
    except ValueError as error:
        raise LabError(f"{where}: {error}") from error


class _WithoutValues(Settings, frozen=True):
    name: str
    processor: str = ""
    key: str = ""
    normalisation: bool = False
    unit: str = ""
    values: tuple[str, ...] = ()
