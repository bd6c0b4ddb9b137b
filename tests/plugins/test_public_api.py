"""The plugins in the box stand on nothing but what strangers may stand on."""

import ast
from pathlib import Path

import pytest

import groundup_plugins
from groundup import plugin

ROOT = Path(groundup_plugins.__file__).parent
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "plugin-api.md"
# As docs/reference/plugin-api.md says.
PUBLIC = {
    "groundup",
    "groundup.commands",
    "groundup.files",
    "groundup.one_grid",
    "groundup.plugin",
    "groundup.plugin.kernels",
    "groundup.recording",
    "groundup.testing",
}
OF_RECORDING = {"Recording", "Stream"}


def imports(path: Path) -> list[tuple[int, str, set[str]]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, set()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}"
            found.append((node.lineno, node.module or "", {alias.name for alias in node.names}))
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_it_imports_the_public_api_only(path: Path) -> None:
    for line, module, names in imports(path):
        if module.split(".")[0] in ("groundup", "groundup_ext"):
            where = f"{path.name}:{line}"
            assert module in PUBLIC, f"{where} imports {module}: take it from groundup.plugin, or put it there"
            assert module != "groundup.recording" or names <= OF_RECORDING, where
            assert module != "groundup.plugin" or names <= set(plugin.__all__) | {"kernels"}, f"{where}: {names}"


def test_what_is_public_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for module in (PUBLIC - {"groundup", "groundup.plugin.kernels"}) | {"kernels", "groundup.open"}:
        assert f"`{module}`" in page
    assert set(plugin.__all__) <= set(dir(plugin))
