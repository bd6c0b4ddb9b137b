"""What the pages say of commands, lab.toml, metrics and formats is what the code says."""

import runpy
from pathlib import Path

import pytest

GENERATED = Path(__file__).resolve().parents[2] / "docs" / "generated.py"
pytest.importorskip("numpydoc", reason="the pages are made with it (make .venv/installed-docs)")
made = runpy.run_path(str(GENERATED))


@pytest.mark.parametrize("page", made["pages"](), ids=lambda page: page.name)
def test_a_page_is_as_fresh_as_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert made["fresh"](text) == text, "python docs/generated.py writes it anew"


def test_every_key_of_lab_toml_has_a_meaning() -> None:
    rows = [line for line in made["PARTS"]["settings"]() if line.startswith("| `")]
    assert rows
    assert not [row for row in rows if not row.strip("| ").split(" | ")[-1].strip() or row.endswith("|  |")]
