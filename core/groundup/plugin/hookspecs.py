"""The hooks. Each is cheap, has no side effects, and returns classes or functions; none is called per chunk.

A plugin is a module named by an entry point of the group ``groundup``; it implements one or more of these with
``@hookimpl``.
"""

from collections.abc import Iterable

import pluggy

from groundup.plugin.check import Check
from groundup.plugin.device import Device
from groundup.plugin.formats import Exporter, Importer
from groundup.plugin.metric import Metric
from groundup.plugin.norm import Norm
from groundup.plugin.panel import Panel
from groundup.plugin.processor import Processor

hookspec = pluggy.HookspecMarker("groundup")
hookimpl = pluggy.HookimplMarker("groundup")


@hookspec
def groundup_devices() -> Iterable[type[Device]]:  # type: ignore[empty-body]
    """Return the device drivers of this plugin, as classes."""


@hookspec
def groundup_processors() -> Iterable[type[Processor]]:  # type: ignore[empty-body]
    """Return the processors of this plugin, as classes."""


@hookspec
def groundup_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Return the metrics of this plugin: what the ``@metric`` decorator made."""


@hookspec
def groundup_norms() -> Iterable[Norm]:  # type: ignore[empty-body]
    """Return the norms of this plugin: what named people show of its metrics, or of any other plugin's."""


@hookspec
def groundup_importers() -> Iterable[type[Importer]]:  # type: ignore[empty-body]
    """Return the importers of this plugin, as classes."""


@hookspec
def groundup_exporters() -> Iterable[type[Exporter]]:  # type: ignore[empty-body]
    """Return the exporters of this plugin, as classes."""


@hookspec
def groundup_panels() -> Iterable[Panel]:  # type: ignore[empty-body]
    """Return the panels that this plugin adds to the dashboard."""


@hookspec
def groundup_checks() -> Iterable[type[Check]]:  # type: ignore[empty-body]
    """Return what this plugin looks at in the pre-flight, as classes."""
