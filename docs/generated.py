"""Parts of the pages that come from the code: commands, lab.toml, sites, plates, metrics, formats, what tests survive.

``python docs/generated.py`` writes them anew into the pages, between ``<!-- generated: NAME -->`` and ``<!-- end -->``,
so that they can be read in the repository too; a test holds that they are fresh.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from numpydoc.docscrape import NumpyDocString

from groundup.cli import main as groundup
from groundup.lab.errors import shown, type_words
from groundup.lab.tables import TABLES
from groundup.model.anatomy import MUSCLES, Muscle
from groundup.model.plate_types import PLATE_TYPES, PlateType
from groundup.model.subject import Subject
from groundup.plugin.manager import plugins

DOCS = Path(__file__).parent
_PART = re.compile(r"(<!-- generated: (?P<name>[\w. ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fresh(page: str) -> str:
    """The text of a page with all its generated parts written anew."""
    return _PART.sub(lambda part: f"{part[1]}{_written(part['name'])}{part[3]}", page)


def pages() -> list[Path]:
    """The pages that have generated parts."""
    return [page for page in sorted(DOCS.rglob("*.md")) if _PART.search(page.read_text(encoding="utf-8"))]


def _written(name: str) -> str:
    kind, *words = name.split()
    return "\n".join(["", *PARTS[kind](*words), "", ""])


def _table(header: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield _row(header)
    yield _row(["---"] * len(header))
    yield from map(_row, rows)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|").strip() for cell in cells) + " |"


def _settings() -> Iterator[str]:
    """Every table of lab.toml with its keys, their types and defaults, and what the struct says of them."""
    for title, settings in TABLES.items():
        said = _said(settings)
        rows = [[*_field(f), said.get(f.name, "")] for f in msgspec.structs.fields(settings)]
        about = _plain(_first(settings.__doc__)).partition(": ")[2]
        yield from ("", f"## `{title}`", "", about[:1].upper() + about[1:], "")
        yield from _table(["key", "takes", "default", "meaning"], rows)


def _metrics() -> Iterator[str]:
    """What the plugins in the box measure."""
    found = sorted((loaded.item for loaded in plugins().metrics.values()), key=lambda metric: metric.name)
    box = [one for one in found if one.function.__module__.startswith("groundup_plugins.")]
    rows = [[f"`{m.name}`", "" if m.unit == "1" else m.unit, m.axis, m.definition, m.reference] for m in box]
    return _table(["name", "unit", "axis", "definition", "source"], rows)


def _methods(module_name: str, *, of_all: bool = True) -> Iterator[str]:
    """How the metrics of a module are made: what its docstring says of all, and then each by its own."""
    module = importlib.import_module(module_name)
    if of_all:
        yield from _paragraphs(module.__doc__)
    for m in module.groundup_metrics():
        yield from (f"### `{m.name}`", "", *_paragraphs(m.function.__doc__))
        rows = [["of", ", ".join(scope.__name__.lower() for scope in m.scopes)], ["unit", m.unit]]
        rows += [["source", m.reference], *([name, str(value)] for name, value in m.parameters.items())]
        yield from (*_table(["", ""], rows), "")


def _commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    context = click.Context(groundup, info_name="groundup")
    for name in groundup.list_commands(context):
        command = groundup.get_command(context, name)
        if command is not None:
            yield from _command(command, f"groundup {name}", context)


def _command(command: click.Command, path: str, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=path.split()[-1], parent=parent)
    words = " ".join(command.collect_usage_pieces(context))
    yield from ("", f"## {path}", "", f"    {path} {words}", *_help(command))
    own = [one for one in command.params if isinstance(one, click.Option)]
    options = [record for one in own if (record := one.get_help_record(context))]
    if options:
        yield from ("", *_table(["option", "what"], [[f"`{name}`", _plain(text)] for name, text in options]))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            if part is not None:
                yield from _command(part, f"{path} {name}", context)


def _help(command: click.Command) -> Iterator[str]:
    """The paragraphs of a command's help; those that keep their lines (after ``\\b``) as they are."""
    for paragraph in inspect.cleandoc(command.help or command.short_help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("", *(f"    {line}" for line in paragraph.splitlines()[1:]))
        else:
            yield from ("", _plain(paragraph))


def _sites() -> Iterator[str]:
    """The muscles that a channel can be of, distal to proximal."""
    rows = [
        [f"`{name}`", muscle.segment, _roles(muscle), muscle.labels.replace(" ", ", ")]
        for name, muscle in sorted(MUSCLES.items(), key=lambda item: (item[1].rank, item[0]))
    ]
    return _table(["site", "segment", "role", "labels that are read as it"], rows)


def _plates() -> Iterator[str]:
    """The types of force plate, and their channels in order."""
    rows = [[str(number), ", ".join(one.channels), _wants(one)] for number, one in PLATE_TYPES.items()]
    return _table(["type", "channels", "needs"], rows)


def _roles(muscle: Muscle) -> str:
    roles = {"gluteal": muscle.gluteal, "antigravity": muscle.antigravity}
    return ", ".join(role for role, has in roles.items() if has)


def _wants(one: PlateType) -> str:
    wants = {"origin": one.needs_origin, "calibration": one.needs_calibration}
    return ", ".join(["corners", *(what for what, needed in wants.items() if needed)])


def _survival(part: str) -> Iterator[str]:
    """What the tests marked `survives` promise: each fault, what happens, what is said, what is lost."""
    rows = [row for of, row in _survived() if of == part]
    return _table(["fault", "what happens", "what is said", "what is lost"], rows)


def _format_matrix(*formats: str) -> Iterator[str]:
    """What some formats carry, and how well: the table that tests/plugins/formats/test_format_matrix.py holds."""
    path = DOCS.parent / "tests" / "plugins" / "formats" / "test_format_matrix.py"
    (matrix,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MATRIX"
    )
    return _table(["", *formats], [[what, *(cells[name] for name in formats)] for what, cells in matrix.items()])


def _survived() -> Iterator[tuple[str, list[str]]]:
    """Part and words of each ``@pytest.mark.survives(part, fault=, happens=, said=, lost=)`` of the tests, in order."""
    tests = DOCS.parent / "tests"
    # What is tried over the network and with real kills stands first, as it is what people meet.
    for path in sorted(tests.rglob("test_*.py"), key=lambda path: ("rig" not in path.parts, path)):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for mark in getattr(node, "decorator_list", ()):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.survives":
                    told = {word.arg: ast.literal_eval(word.value) for word in mark.keywords}
                    yield (
                        ast.literal_eval(mark.args[0]),
                        [told[name] for name in ("fault", "happens", "said", "lost")],
                    )


def _field(field: Any) -> list[str]:
    default = "needed" if field.required else "none" if field.default is msgspec.NODEFAULT else shown(field.default)
    return [
        f"`{field.encode_name}`",
        type_words(field.type),
        {"nan": "not known", "None": "none"}.get(default, default),
    ]


def _said(settings: type) -> dict[str, str]:
    """What the docstrings of a struct and of what it is made from say of its attributes."""
    found: dict[str, str] = {}
    for one in (*reversed(settings.__mro__), Subject if settings is TABLES["[participant]"] else settings):
        for told in NumpyDocString(inspect.getdoc(one) or "")["Attributes"]:
            if told.desc:
                found |= {name.strip(): _plain(" ".join(told.desc)) for name in told.name.split(",")}
    return found


def _paragraphs(text: str | None) -> Iterator[str]:
    for part in (text or "").strip().split("\n\n"):
        yield from (_plain(" ".join(part.split())), "")


def _first(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())


def _plain(text: str) -> str:
    """Code in single backticks; what Markdown would take for a tag or a star as it is."""
    text = text.replace("``", "`")
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "".join(parts)


PARTS: dict[str, Callable[..., Iterator[str]]] = {
    "commands": _commands,
    "settings": _settings,
    "metrics": _metrics,
    "methods": _methods,
    "metrics_of": lambda module: _methods(module, of_all=False),
    "sites": _sites,
    "plates": _plates,
    "formats": _format_matrix,
    "survival": _survival,
}


if __name__ == "__main__":
    for page in pages():
        page.write_text(fresh(page.read_text(encoding="utf-8")), encoding="utf-8")
