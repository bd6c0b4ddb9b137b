"""What is the same for every file of a batch, as it is sent to the processes that work on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from groundup.archives.parts import MadeBy
from groundup.archives.sources import engine_fingerprint, fingerprint, source_fingerprint
from groundup.lab.errors import with_options
from groundup.lab.tables import Lab, LabError, parse_lab
from groundup.plugin.chosen import flaws
from groundup.plugin.manager import plugins
from groundup.workflows.batch.pseudonyms import Pseudonyms

_OF_FILES = ("participant", "treadmill", "streams", "process", "imports")
"""Tables of lab.toml that values stand on, beside those of the metrics themselves."""


@dataclass(frozen=True)
class Plan:
    """What is the same for every file of a batch.

    Attributes
    ----------
    archive : str
        Its folder.
    lab_text, lab_where : str
        A lab.toml that was told, and its name; empty: each recording's own.
    options : tuple of str
        ``NAME.KEY=VALUE`` each, over ``[metrics.NAME]``.
    importer : str
        That reads the files that are no recordings; empty: who knows them.
    names : str
        A regular expression whose groups participant, session and condition are found in a path.
    pseudonyms : Pseudonyms, optional
    scratch : str
        A folder for what lives only as long as a file is worked on; empty: the system's.
    """

    archive: str
    lab_text: str = ""
    lab_where: str = ""
    options: tuple[str, ...] = ()
    importer: str = ""
    names: str = ""
    pseudonyms: Pseudonyms | None = field(default=None, repr=False)
    scratch: str = ""

    @property
    def folder(self) -> Path:
        """The folder of the archive."""
        return Path(self.archive)

    @property
    def lab(self) -> Lab | None:
        """The lab.toml that was told."""
        return _lab(self.lab_text, self.lab_where) if self.lab_where else None


@cache
def _lab(text: str, where: str) -> Lab:
    return parse_lab(text, where)


@cache
def made_by(plan: Plan) -> MadeBy:
    """Fingerprints of all that this process computes the values of a plan by.

    Raises
    ------
    LabError
        If the plan tells what no installed plugin knows.
    """
    installed = plugins()
    lab = plan.lab
    told = with_options(lab.metrics if lab is not None else {}, plan.options)
    every = [loaded.item for loaded in installed.metrics.values()]
    for flaw in flaws("metrics", told, every, plan.lab_where or "lab.toml", plan.options):
        raise LabError(flaw)
    parts = [engine_fingerprint(), plan.importer, plan.names, plan.pseudonyms.id if plan.pseudonyms else ""]
    parts += [text_of(getattr(lab, name)) for name in _OF_FILES] if lab is not None else []
    for name, processor in sorted(installed.processors.items()):
        parts += [name, processor.origin.version, source_fingerprint(processor.item)]
    for name, reader in sorted(installed.importers.items()):
        parts += [name, reader.origin.version, source_fingerprint(reader.item)]
    metrics = {}
    for name, measured in installed.metrics.items():
        chosen = [text_of(told.get(name, {})), "told" if lab is not None else "own"]
        code = source_fingerprint(measured.item.function)
        metrics[name] = fingerprint([name, measured.origin.version, code, *chosen])[:12]
    return MadeBy(fingerprint(parts), metrics)


def text_of(value: object) -> str:
    """A value of lab.toml as one text."""
    return msgspec.json.encode(value, order="sorted").decode()
