"""Finds the plugins and loads each in its own try: one that is broken never takes another down.

pluggy checks the hooks; the loop over entry points is ours, since pluggy's stops at the first that fails.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Generic, TypeVar

import pluggy

from groundup.plugin import hookspecs
from groundup.plugin.api import refusal
from groundup.plugin.check import Check
from groundup.plugin.device import Device
from groundup.plugin.failure import ApiVersionError, Failure, NameTakenError, Origin, PluginError, failure_of
from groundup.plugin.formats import Exporter, Importer
from groundup.plugin.metric import Metric
from groundup.plugin.norm import Norm
from groundup.plugin.panel import Panel
from groundup.plugin.processor import Processor

__all__ = ["Failure", "Loaded", "Origin", "PluginError", "Plugins", "installed", "load", "plugins"]

GROUP = "groundup"
STRICT = "GROUNDUP_STRICT_PLUGINS"

T = TypeVar("T")


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
    import_s : dict
        Entry point to the seconds that its import took; what another plugin imported before costs nothing again.
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
    import_s: dict[str, float] = field(default_factory=dict)

    @property
    def registries(self) -> dict[str, dict[str, Loaded[Any]]]:
        """What is offered, by kind."""
        kinds = ("devices", "processors", "metrics", "norms", "importers", "exporters", "panels", "checks")
        return {kind: getattr(self, kind) for kind in kinds}


@cache
def installed() -> Plugins:
    """Load what is installed, once a process."""
    return load(entry_points(group=GROUP))


def plugins() -> Plugins:
    """What is installed.

    Raises
    ------
    PluginError
        If a plugin failed, and the environment variable ``GROUNDUP_STRICT_PLUGINS`` is set.
    """
    return _strictly(installed())


def strict() -> bool:
    """Whether a plugin that fails is an error."""
    return os.environ.get(STRICT, "") not in ("", "0")


def _strictly(found: Plugins) -> Plugins:
    if found.failures and strict():
        raise PluginError(f"{STRICT} is set, and " + "; ".join(str(failure) for failure in found.failures))
    return found


def plugins_with_drivers(names: Collection[str]) -> Plugins:
    """What is installed, as far as these drivers need it: every driver that starts would load all the science.

    Only the plugins whose entry points are called as the drivers, if those offer them; else all.
    """
    found = load(point for point in entry_points(group=GROUP) if point.name in names)
    return _strictly(found) if found.devices.keys() >= set(names) else plugins()


def load(points: Iterable[EntryPoint]) -> Plugins:
    """Load these entry points, each by itself."""
    manager = pluggy.PluginManager("groundup")
    manager.add_hookspecs(hookspecs)
    found = Plugins()
    disabled = {name.strip() for name in os.environ.get("GROUNDUP_DISABLE_PLUGINS", "").split(",")}
    for point in sorted(points, key=lambda p: p.name):
        origin = _origin(point)
        if point.name in disabled:
            continue
        begun = time.perf_counter()
        module = _attempt(found, origin, "import", partial(_register, manager, point))
        found.import_s[point.name] = time.perf_counter() - begun
        if module is None:
            continue
        found.origins.append(origin)
        others = [plugin for plugin in manager.get_plugins() if plugin is not module]
        for kind, registry in found.registries.items():
            hook = f"groundup_{kind}"
            caller = manager.subset_hook_caller(hook, others)
            answers = _attempt(found, origin, hook, partial(_ask, caller))
            for item in (item for items in answers or [] for item in items):
                _attempt(found, origin, hook, partial(_add, registry, item, origin))
    return found


def _register(manager: pluggy.PluginManager, point: EntryPoint) -> ModuleType:
    module: ModuleType = point.load()
    if reason := refusal(module):
        raise ApiVersionError(reason)
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
        found.failures.append(failure_of(origin, what, error))
        return None


def _add(registry: dict[str, Loaded[Any]], item: Any, origin: Origin) -> None:
    name = getattr(item, "name", None)
    if not isinstance(name, str) or not name:
        raise TypeError(f"{item!r} has no name")
    if name in registry:
        raise NameTakenError(f"the name {name!r} is taken already, by {registry[name].origin}")
    registry[name] = Loaded(item, origin)


def _origin(point: EntryPoint) -> Origin:
    dist = point.dist
    return Origin(point.name, point.value, dist.name if dist else "?", dist.version if dist else "?")
