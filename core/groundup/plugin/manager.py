"""Finds the plugins and loads each in its own try: one that is broken never takes another down.

pluggy checks the hooks; the loop over entry points is ours, since pluggy's stops at the first that fails.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Generic, TypeVar

import pluggy

from groundup.plugin import hookspecs
from groundup.plugin.check import Check
from groundup.plugin.device import Device
from groundup.plugin.formats import Exporter, Importer
from groundup.plugin.metric import Metric
from groundup.plugin.norm import Norm
from groundup.plugin.panel import Panel
from groundup.plugin.processor import Processor

GROUP = "groundup"

T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    """Where a plugin comes from."""

    entry_point: str
    module: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.entry_point} ({self.module}, {self.distribution} {self.version})"


@dataclass(frozen=True)
class Failure:
    """A plugin that could not be loaded, or a hook of it that failed.

    Attributes
    ----------
    origin : Origin
    what : str
        ``import``, or the name of the hook.
    reason : str
        One sentence.
    where : str
        File and line.
    """

    origin: Origin
    what: str
    reason: str
    where: str


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """Something a plugin offers, and where it is from."""

    item: T
    origin: Origin


@dataclass
class Plugins:
    """What is installed.

    Attributes
    ----------
    devices, processors, metrics, importers, exporters, panels, checks : dict
        Name to `Loaded`.
    origins : list of Origin
        Every plugin that was loaded.
    failures : list of Failure
    """

    devices: dict[str, Loaded[type[Device]]] = field(default_factory=dict)
    processors: dict[str, Loaded[type[Processor]]] = field(default_factory=dict)
    metrics: dict[str, Loaded[Metric]] = field(default_factory=dict)
    norms: dict[str, Loaded[Norm]] = field(default_factory=dict)
    importers: dict[str, Loaded[type[Importer]]] = field(default_factory=dict)
    exporters: dict[str, Loaded[type[Exporter]]] = field(default_factory=dict)
    panels: dict[str, Loaded[Panel]] = field(default_factory=dict)
    checks: dict[str, Loaded[type[Check]]] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


@cache
def plugins() -> Plugins:
    """Load what is installed, once a process."""
    return load(entry_points(group=GROUP))


def plugins_with_driver(name: str) -> Plugins:
    """What is installed, as far as a driver's process needs it: every driver that starts would load all the science.

    Only the plugin whose entry point is called as the driver, if that offers it; else all.
    """
    found = load(entry_points(group=GROUP, name=name))
    return found if name in found.devices else plugins()


def load(points: Iterable[EntryPoint]) -> Plugins:
    """Load these entry points, each by itself."""
    manager = pluggy.PluginManager("groundup")
    manager.add_hookspecs(hookspecs)
    found = Plugins()
    hooks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("groundup_devices", found.devices),
        ("groundup_processors", found.processors),
        ("groundup_metrics", found.metrics),
        ("groundup_norms", found.norms),
        ("groundup_importers", found.importers),
        ("groundup_exporters", found.exporters),
        ("groundup_panels", found.panels),
        ("groundup_checks", found.checks),
    )
    disabled = {name.strip() for name in os.environ.get("GROUNDUP_DISABLE_PLUGINS", "").split(",")}
    for point in sorted(points, key=lambda p: p.name):
        origin = _origin(point)
        if point.name in disabled:
            continue
        module = _attempt(found, origin, "import", partial(_register, manager, point))
        if module is None:
            continue
        found.origins.append(origin)
        others = [plugin for plugin in manager.get_plugins() if plugin is not module]
        for hook, registry in hooks:
            caller = manager.subset_hook_caller(hook, others)
            answers = _attempt(found, origin, hook, partial(_ask, caller))
            for item in (item for items in answers or [] for item in items):
                _add(found, registry, item, origin, hook)
    return found


def _register(manager: pluggy.PluginManager, point: EntryPoint) -> ModuleType:
    module: ModuleType = point.load()
    manager.register(module, name=point.name)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError:
        # Left in, an unknown hook of this plugin would be held against every plugin after it.
        manager.unregister(module)
        raise
    return module


def _ask(hook: Callable[[], list[Iterable[Any]]]) -> list[list[Any]]:
    return [list(items) for items in hook()]


def _attempt(found: Plugins, origin: Origin, what: str, action: Callable[[], T]) -> T | None:
    """Do it; what it raises is kept as a `Failure`. A plugin may even try to exit."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(sys.exc_info()[2])
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        found.failures.append(Failure(origin, what, f"{type(error).__name__}: {error}", where))
        return None


def _add(found: Plugins, registry: dict[str, Loaded[Any]], item: Any, origin: Origin, hook: str) -> None:
    name = getattr(item, "name", None)
    if not isinstance(name, str) or not name:
        found.failures.append(Failure(origin, hook, f"{item!r} has no name", ""))
    elif name in registry:
        reason = f"the name {name!r} is taken already, by {registry[name].origin}"
        found.failures.append(Failure(origin, hook, reason, ""))
    else:
        registry[name] = Loaded(item, origin)


def _origin(point: EntryPoint) -> Origin:
    dist = point.dist
    return Origin(point.name, point.value, dist.name if dist else "?", dist.version if dist else "?")
