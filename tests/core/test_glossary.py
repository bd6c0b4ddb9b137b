"""docs/glossary.md says each public name once, and docs/architecture.md each room."""

import re
from pathlib import Path

import pytest

import groundup
from groundup import commands, files, one_grid, plugin, testing

DOCS = Path(__file__).resolve().parents[2] / "docs"
CORE = Path(groundup.__file__).parent
PUBLIC = sorted(
    {*groundup.__all__, *plugin.__all__, *testing.__all__, *commands.__all__, *files.__all__, *one_grid.__all__}
    | {"Recording", "Stream"}
)


def in_backticks(page: str) -> list[str]:
    return [name.split(".")[-1] for name in re.findall(r"`([\w.]+)`", (DOCS / page).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_in_the_glossary(name: str) -> None:
    assert name in in_backticks("glossary.md")


def test_the_glossary_names_nothing_twice_in_one_row() -> None:
    for row in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines():
        names = re.findall(r"`([\w.]+)`", row)
        assert len(names) == len(set(names)), row


@pytest.mark.parametrize("room", sorted(p.parent.name for p in CORE.glob("*/__init__.py")))
def test_a_room_is_on_the_map(room: str) -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert re.search(rf"`{room}[`/]", text)
