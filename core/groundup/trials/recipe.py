"""A trial recipe as a TOML file tells it: one metric, and the blocks in which the person walks."""

import math
import tomllib
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from groundup.lab.errors import LabError, nearest, settings_from
from groundup.lab.settings import Settings
from groundup.model.anatomy import Side

Kind = Literal["baseline", "feedback", "recall"]
"""The person walks as usual; sees the target and each step; is to walk so without seeing anything."""
ENTRY_POINTS = "groundup.recipes"
"""Group of the entry points of packages that hold recipes."""
BAND_PERCENT = 5.0
_LONGEST_S = 4 * 3600.0
_NOTHING_LEFT = -100.0
_MOST_PERCENT = 400.0  # five times the baseline: more is a slip of the pen
_SUFFIX = ".toml"


class Block(Settings, frozen=True):
    """``[[blocks]]``: one stretch of walking, recorded as a trial.

    Attributes
    ----------
    name : str
        Of its trial.
    kind : str
        ``baseline``, ``feedback`` or ``recall``.
    seconds : float
        How long it lasts.
    target_percent : float, optional
        Of ``feedback``, which needs it: how far the target is from the person's own baseline: 20 is a fifth more, -20
        a fifth less.
    band_percent : float, optional
        Of ``feedback``: half the width of the band round the target, in percent of the baseline; `BAND_PERCENT`
        where nobody says.
    """

    name: str
    kind: Kind
    seconds: float
    target_percent: float | None = None
    band_percent: float | None = None


class Recipe(Settings, frozen=True):
    """A recipe.

    Attributes
    ----------
    metric : str
        What the person is shown: a metric that live measures of every step or stride.
    blocks : list of Block
    title : str
    side : str
        ``L`` or ``R``: of that side alone; empty: each side has a target of its own.
    least_values : int
        So many values of a side must the baseline have, or there is no target.
    source : str
        Where the protocol is from.
    """

    metric: str
    blocks: list[Block]
    title: str = ""
    side: Side = ""
    least_values: int = 10
    source: str = ""


def installed_recipes() -> dict[str, str]:
    """Name to text of the recipes that installed packages bring: the TOML files beside what an entry point names."""
    found: dict[str, str] = {}
    for point in entry_points(group=ENTRY_POINTS):
        try:
            files = [file for file in resources.files(point.value).iterdir() if file.name.endswith(_SUFFIX)]
            found |= {file.name.removesuffix(_SUFFIX): file.read_text("utf-8") for file in files}
        except (ImportError, OSError, ValueError) as error:
            raise LabError(f"the recipes of {point.value} cannot be read: {error}") from error
    return dict(sorted(found.items()))


def read_recipe(name: str) -> Recipe:
    """Read a recipe: a file, or one of `installed_recipes`.

    Raises
    ------
    LabError
        If there is none, or it is not as a recipe must be; a sentence.
    """
    installed = installed_recipes()
    if name in installed:
        return parse_recipe(installed[name], name)
    try:
        text = Path(name).read_text("utf-8")
    except FileNotFoundError as error:
        known = f"{nearest(name, installed)}; installed are {', '.join(installed) or 'none'}"
        raise LabError(f"there is no recipe {name!r}, as a file or by that name{known}") from error
    except (OSError, ValueError) as error:
        raise LabError(f"{name} cannot be read as a recipe: {error}") from error
    return parse_recipe(text, name)


def parse_recipe(text: str, where: str) -> Recipe:
    """The recipe that a text is; errors begin with `where`.

    Raises
    ------
    LabError
        If it is not as a recipe must be.
    """
    try:
        tables = tomllib.loads(text)
        for number, block in enumerate(_listed(tables.get("blocks")), 1):
            settings_from(block, Block, f"{where}: block {number}")  # which says better what is wrong in it
        recipe = settings_from(tables, Recipe, where)
        _check(recipe)
    except LabError:
        raise
    except ValueError as error:
        raise LabError(f"{where}: {error}") from error
    return recipe


def _listed(blocks: object) -> list[object]:
    if not isinstance(blocks, list):
        raise ValueError("a recipe has blocks: [[blocks]], each with name, kind and seconds")
    return blocks


def _check(recipe: Recipe) -> None:
    if not recipe.metric or not recipe.blocks:
        raise ValueError("a recipe has a metric and at least one of [[blocks]]")
    if recipe.least_values < 1:
        raise ValueError("least_values is 1 or more")
    names = [block.name for block in recipe.blocks]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two blocks are called {min(twice)!r}")
    before: set[Kind] = set()
    for block in recipe.blocks:
        where = f"block {block.name!r}"
        if not block.name.strip():
            raise ValueError("every block has a name, which is that of its trial")
        if not 0 < block.seconds <= _LONGEST_S:
            raise ValueError(f"{where} lasts {block.seconds:g} s: more than 0, and at most {_LONGEST_S:g}, are meant")
        if block.kind == "feedback" and "baseline" not in before:
            raise ValueError(f"{where} has a target of a baseline, and no baseline comes before it")
        if block.kind == "recall" and "feedback" not in before:
            raise ValueError(f"{where} recalls a target, and no block of feedback that shows one comes before it")
        _check_target(block, where)
        before.add(block.kind)


def _check_target(block: Block, where: str) -> None:
    """Refuse a target that no block of this kind has, or that nobody can walk to."""
    target, band = block.target_percent, BAND_PERCENT if block.band_percent is None else block.band_percent
    if block.kind != "feedback":
        if target is not None or block.band_percent is not None:
            raise ValueError(f"{where} is of {block.kind}, and only feedback has target_percent and band_percent")
        return
    if target is None:
        raise ValueError(
            f"{where} has no target_percent: 20 is a fifth more than the baseline, -20 a fifth less, 0 the baseline"
        )
    if not (math.isfinite(target) and 0 < band < math.inf):
        raise ValueError(f"{where}: target_percent is a number, and band_percent one above 0")
    if target - band <= _NOTHING_LEFT:
        raise ValueError(
            f"{where}: the band of target_percent {target:g} and band_percent {band:g} goes down to nothing and below "
            "(100 percent less than the baseline is nothing)"
        )
    if target + band > _MOST_PERCENT:
        raise ValueError(
            f"{where}: target_percent {target:g} and band_percent {band:g} go beyond {_MOST_PERCENT:g} percent more "
            "than the baseline, which nobody walks: is it a percentage?"
        )
