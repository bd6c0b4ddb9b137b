"""Fingerprints of what computes: a module by its source and that of the modules of its package that it imports.

A version says that a release differs; only the source says that somebody changed a metric since.
"""

from __future__ import annotations

import ast
import importlib.util
import platform
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xxhash import xxh3_128_hexdigest

_LIBRARIES = ("h5py", "numpy", "scipy", "vqf", "scikit-learn")
"""Another version of them may round differently."""
_ROOMS = ("analysis", "clock", "headers", "journal", "lab", "model", "plugin", "recording", "sources", "workflows")
"""Of groundup: what a value stands on, and who calls whom with what. The rest shows, sends and records."""


def fingerprint(parts: Iterable[str]) -> str:
    """One short text that is another one as soon as any of the parts is."""
    return xxh3_128_hexdigest("\0".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass"))


@cache
def engine_fingerprint() -> str:
    """Of groundup itself, as far as values stand on it, and of the libraries that it computes with."""
    import groundup_ext

    root = Path(__file__).parents[1]
    files = sorted(file for room in _ROOMS for file in (root / room).rglob("*.py"))
    folders = map(Path, groundup_ext.__path__)
    compiled = sorted(file for one in folders for file in one.iterdir() if file.suffix in (".so", ".pyd"))
    parts = [f"{file.name}:{_of_file(file)}" for file in (*files, *compiled)]
    return fingerprint([platform.python_version(), platform.machine(), *map(_library, _LIBRARIES), *parts])


def _library(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except ImportError:
        return f"no {name}"


def source_fingerprint(item: type | Callable[..., Any]) -> str:
    """Of a class or a function of a plugin: its module, and what that imports of its own package."""
    return fingerprint(f"{name}:{_of_module(name)}" for name in sorted(_closure(item.__module__)))


@cache
def _closure(module: str) -> frozenset[str]:
    """A module and the modules of the same package that it imports, directly or through others."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imported(name)
    return frozenset(found)


@cache
def _imported(module: str) -> tuple[str, ...]:
    """Modules of its own package that a module imports."""
    spec = _spec(module)
    if spec is None or not (spec.origin or "").endswith(".py"):
        return ()
    package = module if spec.submodule_search_locations is not None else module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(ast.parse(Path(str(spec.origin)).read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    own = module.partition(".")[0]
    mine = {name for name in names if name.partition(".")[0] == own}
    # A package is its own __init__, too, on the way to each of its modules.
    mine |= {name.rpartition(".")[0] for name in mine if "." in name}
    return tuple(sorted(name for name in mine if _spec(name) is not None))


def _base(node: ast.ImportFrom, package: str) -> str:
    """The module that names are imported from."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


@cache
def _spec(module: str) -> Any:
    try:
        return importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):  # a name in a module, that is none itself
        return None


@cache
def _of_module(module: str) -> str:
    spec = _spec(module)
    path = Path(spec.origin) if spec is not None and spec.origin else None
    return _of_file(path) if path is not None and path.is_file() else ""


def _of_file(path: Path) -> str:
    return xxh3_128_hexdigest(path.read_bytes())
