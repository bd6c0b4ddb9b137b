"""Writes a new plugin: a package of few lines whose tests pass already.

The templates lie beside this file, one folder a kind; ``$name``, ``$module``, ``$Class``, and of the
entry point ``$group`` and ``$entry``, are filled in.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

KINDS = ("driver", "processor", "detector", "metric", "importer", "exporter", "check", "panel", "norm", "command")
NORM_FILE = "norm_file"
"""A plugin of norms in a TOML file, which the caller writes beside it: ``groundup norms build`` makes it."""


class PluginNameError(ValueError):
    """A name that no package can have."""


@dataclass(frozen=True)
class NewPlugin:
    """What was written.

    Attributes
    ----------
    folder : Path
    module : str
        Name of the Python module, and of what it offers.
    files : tuple of Path
    """

    folder: Path
    module: str
    files: tuple[Path, ...]


def new_plugin(name: str, kind: str, folder: Path | None = None) -> NewPlugin:
    """Write a plugin.

    Parameters
    ----------
    name : str
        Of the distribution: ``my-plate``.
    kind : str
        One of `KINDS`, or `NORM_FILE`.
    folder : Path, optional
        By default a folder of that name, here.

    Raises
    ------
    PluginNameError
        If no package can be called that.
    FileExistsError
        If the folder is there already.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*", name):
        raise PluginNameError(
            f'"{name}" is no name for a package: letters, digits and -, a letter first, such as my-plate'
        )
    module = name.lower().replace("-", "_")
    words = {
        "name": name,
        "module": module,
        "Class": "".join(word.capitalize() for word in re.split("[-_]", name)),
        "files": f'"{module}.py"' + (f', "{module}.toml"' if kind == NORM_FILE else ""),
        "group": '"groundup.commands"' if kind == "command" else "groundup",
        "entry": f'{name} = "{module}:{module}"' if kind == "command" else f'{module} = "{module}"',
    }
    folder = Path(name) if folder is None else folder
    if folder.exists():
        raise FileExistsError(17, "it is there already", str(folder))
    source, files = Path(__file__).parent, []
    templates = [source / "pyproject.toml.in", *sorted((source / kind).glob("*.in"))]
    folder.mkdir(parents=True)
    for template in templates:
        path = folder / Template(template.name.removesuffix(".in")).substitute(words)
        path.write_text(Template(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
        files.append(path)
    return NewPlugin(folder, module, tuple(files))
