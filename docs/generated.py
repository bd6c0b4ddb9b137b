"""Pages that come from the code: tables of lab.toml, sites, plates, metrics, formats, faults that tests survive."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from numpydoc.docscrape import NumpyDocString
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from groundup.lab.errors import shown, type_words
from groundup.lab.tables import TABLES
from groundup.model.anatomy import MUSCLES, Muscle
from groundup.model.plate_types import PLATE_TYPES, PlateType
from groundup.plugin.manager import plugins


def _paragraph(text: str) -> nodes.paragraph:
    """A paragraph in which what stands between backticks is code."""
    paragraph = nodes.paragraph()
    for place, part in enumerate(text.split("`")):
        paragraph += nodes.literal(text=part) if place % 2 else nodes.Text(part)
    return paragraph


def _paragraphs(text: str | None) -> list[nodes.Node]:
    return [_paragraph(" ".join(part.split()).replace("``", "`")) for part in (text or "").strip().split("\n\n")]


def _table(header: list[str], rows: list[list[str]]) -> nodes.table:
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    head, body = nodes.thead(), nodes.tbody()
    for target, lines in ((head, [header]), (body, rows)):
        for line in lines:
            row = nodes.row()
            row += [nodes.entry("", _paragraph(cell)) for cell in line]
            target += row
    group += [head, body]
    table = nodes.table()
    table += group
    return table


class SettingsTables(SphinxDirective):
    """Every table of lab.toml with its keys, their types and defaults, and what the struct says of them."""

    def run(self) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for title, settings in TABLES.items():
            section = nodes.section(ids=[nodes.make_id(title)])
            section += nodes.title(text=title)
            section += _paragraph(_first(settings.__doc__))
            said = _said(settings)
            rows = [[*_field(f), said.get(f.name, "")] for f in msgspec.structs.fields(settings)]
            section += _table(["key", "takes", "default", "meaning"], rows)
            found.append(section)
        return found


class MetricsTable(Directive):
    """What the installed plugins measure."""

    def run(self) -> list[nodes.Node]:
        rows = [
            [m.name, m.unit if m.unit != "1" else "", m.axis, m.definition, m.reference]
            for m in sorted((loaded.item for loaded in plugins().metrics.values()), key=lambda m: m.name)
        ]
        return [_table(["name", "unit", "axis", "definition", "source"], rows)]


class MetricMethods(SphinxDirective):
    """How the metrics of a module are made: what its docstring says of all, and then each by its own."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = importlib.import_module(self.arguments[0])
        found: list[nodes.Node] = list(_paragraphs(module.__doc__)) if "of_all" in self.options else []
        for m in module.groundup_metrics():
            section = nodes.section(ids=[nodes.make_id(f"method {m.name}")])
            section += nodes.title(text=m.name)
            section += _paragraphs(m.function.__doc__)
            rows = [["of", ", ".join(scope.__name__.lower() for scope in m.scopes)], ["unit", m.unit]]
            rows += [["source", m.reference], *([name, str(value)] for name, value in m.parameters.items())]
            section += _table(["", ""], rows)
            found.append(section)
        return found

    option_spec: ClassVar[dict[str, Any]] = {"of_all": directives.flag}


class SitesTable(Directive):
    """The muscles that a channel can be of, distal to proximal."""

    def run(self) -> list[nodes.Node]:
        rows = [
            [f"`{name}`", muscle.segment, _roles(muscle), muscle.labels.replace(" ", ", ")]
            for name, muscle in sorted(MUSCLES.items(), key=lambda item: (item[1].rank, item[0]))
        ]
        return [_table(["site", "segment", "role", "labels that are read as it"], rows)]


class PlatesTable(Directive):
    """The types of force plate, and their channels in order."""

    def run(self) -> list[nodes.Node]:
        rows = [[str(number), ", ".join(one.channels), _wants(one)] for number, one in PLATE_TYPES.items()]
        return [_table(["type", "channels", "needs"], rows)]


def _roles(muscle: Muscle) -> str:
    roles = {"gluteal": muscle.gluteal, "antigravity": muscle.antigravity}
    return ", ".join(role for role, has in roles.items() if has)


def _wants(one: PlateType) -> str:
    wants = {"origin": one.needs_origin, "calibration": one.needs_calibration}
    return ", ".join(["corners", *(what for what, needed in wants.items() if needed)])


class SurvivalTable(Directive):
    """What the tests marked `survives` promise: each fault, what happens, what is said, what is lost."""

    has_content = False
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        rows = [row for part, row in _survived() if part == self.arguments[0]]
        if not rows:
            raise self.error(f"no test is marked as surviving a fault of {self.arguments[0]!r}")
        table = _table(["fault", "what happens", "what is said", "what is lost"], rows)
        table["classes"].append("faults")
        return [table]


class FormatMatrix(SphinxDirective):
    """What some formats carry, and how well: the table that tests/plugins/formats/test_format_matrix.py holds."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        path = Path(__file__).parents[1] / "tests" / "plugins" / "formats" / "test_format_matrix.py"
        self.env.note_dependency(str(path))
        (matrix,) = (
            ast.literal_eval(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MATRIX"
        )
        formats = self.arguments[0].split()
        rows = [[what, *(cells[name] for name in formats)] for what, cells in matrix.items()]
        return [_table(["", *formats], rows)]


def _survived() -> Iterator[tuple[str, list[str]]]:
    """Part and words of each ``@pytest.mark.survives(part, fault=, happens=, said=, lost=)`` of the tests, in order."""
    tests = Path(__file__).parents[1] / "tests"
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
    return [field.encode_name, type_words(field.type), {"nan": "not known", "None": "none"}.get(default, default)]


def _said(settings: type) -> dict[str, str]:
    """What the struct's docstring says of its attributes."""
    found = NumpyDocString(inspect.getdoc(settings) or "")["Attributes"]
    return {
        name.strip(): " ".join(one.desc).replace("``", "") for one in found for name in one.name.split(",") if one.desc
    }


def _first(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split()).replace("``", "")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("settings-tables", SettingsTables)
    app.add_directive("metrics-table", MetricsTable)
    app.add_directive("metric-methods", MetricMethods)
    app.add_directive("sites-table", SitesTable)
    app.add_directive("plates-table", PlatesTable)
    app.add_directive("format-matrix", FormatMatrix)
    app.add_directive("survival-table", SurvivalTable)
    return {"parallel_read_safe": True}
