"""The part of an archive that a file becomes: analysed without a word written to the file or beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from groundup.archives.parts import ENCODED, MadeBy, Part, parts_of, read_part
from groundup.archives.schema import Table
from groundup.journal import is_xdf
from groundup.model.reasons import NOTHING
from groundup.plugin.manager import plugins
from groundup.recording import Recording
from groundup.recording.open_file import is_recording
from groundup.recording.structure import RecordingError
from groundup.recording.verify import damage_of
from groundup.sources.importers import importer_of
from groundup.workflows.analysis_settings import chosen_settings, of_recording
from groundup.workflows.analyze import compute, configured, raw_forms
from groundup.workflows.batch import rows
from groundup.workflows.batch.identity import Identity, identity_of
from groundup.workflows.batch.plan import Plan
from groundup.workflows.importing import import_one, refuse_nothing

_RECORDING, _XDF = "recording", "xdf"


def refuse_damage(file: Path) -> None:
    """Refuse a recording whose bytes are not those that it has the checksums of.

    Raises
    ------
    RecordingError
    """
    if not is_recording(file):
        return
    with Recording(file):
        pass  # what cannot be opened says so best itself
    if damage := damage_of(file):
        raise RecordingError(f"{file}{damage[0].removeprefix(file.name)}")


def part_of(plan: Plan, file: Path, checksum: str, name: str, made: MadeBy, again: bool = False) -> tuple[Part, int]:
    """What is found in a file; of metrics whose values the archive has by the same means, those values.

    Parameters
    ----------
    plan : Plan
    file : Path
    checksum : str
        Of its raw data.
    name : str
        What the part will be called.
    made : MadeBy
        By what it is computed.
    again : bool
        Whether nothing that is there already is believed.

    Returns
    -------
    part : Part
    computed : int
        How many metrics were computed.

    Raises
    ------
    UnnamedError
        If the participant has no pseudonym.
    ValueError, RuntimeError, OSError
        If the file cannot be read; the message says why.
    """
    with (
        tempfile.TemporaryDirectory(prefix="groundup-", dir=plan.scratch or None) as scratch,
        _opened(plan, file, Path(scratch)) as (recording, form),
    ):
        named = _named(plan, recording, file)
        before = None if again else _before(plan, checksum, made)
        known = before.made_by.metrics if before is not None else {}
        stale = {key for key, code in made.metrics.items() if known.get(key) != code}
        row, tables = _analysed(plan, recording, checksum, named, stale, Path(scratch))
        if before is not None:
            row, tables = _with_kept(row, tables, before, made.metrics.keys() - stale)
        row |= {
            "recording": checksum,
            "status": "ok",
            "reason": "",
            "paths": [],
            "files": "{}",
            "format": form,
            "recording_id": recording.id if form == _RECORDING and plan.pseudonyms is None else "",
            "person": named.person,
            "state": made.state,
            "part": name,
            "segment": -1,
        }
        return Part(rows.row_table(row), tables, made), len(stale)


@contextmanager
def _opened(plan: Plan, file: Path, scratch: Path) -> Iterator[tuple[Recording, str]]:
    """The file as a recording, and of what format it is."""
    if is_recording(file):
        refuse_damage(file)
        with Recording(file) as recording:
            yield recording, _RECORDING
        return
    made = scratch / "imported.h5"
    xdf = is_xdf(file) and not plan.importer
    form = _XDF if xdf else importer_of(file, plan.importer).item.name
    import_one(file, made, plan.lab, plan.importer)
    refuse_nothing([file], made)
    with Recording(made) as recording:
        yield recording, form


@dataclass(frozen=True)
class _Named:
    """Who a recording is of, and how that is kept out of its texts."""

    who: Identity
    clean: rows.Clean
    person: str = ""
    texts: bool = True


def _named(plan: Plan, recording: Recording, file: Path) -> _Named:
    who = identity_of(recording, file, plan.names)
    names = plan.pseudonyms
    if names is None:
        return _Named(who, lambda text: text)
    called = names.of(who.participant)
    clean = partial(names.cleaned, participant=who.participant, path=file)
    mine = Identity(called, clean(who.session), clean(who.condition))
    # What somebody wrote beside an event may name anybody.
    return _Named(mine, clean, names.hashed(who.participant), texts=False)


def _before(plan: Plan, checksum: str, made: MadeBy) -> Part | None:
    """An earlier part of the same raw data whose values can be kept, but for those of metrics that have changed."""
    for path in parts_of(plan.folder, checksum):
        try:
            part = read_part(path)
        except (OSError, ValueError):
            continue
        if part.made_by.analysis == made.analysis:
            return part
    return None


def _analysed(
    plan: Plan, recording: Recording, checksum: str, named: _Named, stale: Collection[str], scratch: Path
) -> tuple[dict[str, Any], dict[Table, pa.Table]]:
    """The row and the tables of a recording, with the values of these metrics."""
    installed = plugins()
    settings = chosen_settings(recording, plan.lab, plan.options) or of_recording(recording)
    chosen = [loaded for name, loaded in installed.metrics.items() if name in stale]
    chosen, wrong = configured(installed, chosen, settings)
    result = compute(recording, installed, chosen, settings, scratch=scratch)
    result = replace(result, notes=(*result.notes, *wrong))
    raw = raw_forms(recording)
    tables: dict[Table, pa.Table] = {
        "metrics": rows.metrics_table(checksum, named.who, result, chosen, recording.participant, raw, named.clean),
        "events": rows.events_table(checksum, named.who, result, named.clean, named.texts),
        "curves": rows.curve_rows(checksum, named.who, result),
    }
    row = rows.recording_row(recording, result, named.who, named.clean)
    # How many metrics found nothing to describe depends on how many there were to be computed this time.
    return row | {"notes": [note for note in row["notes"] if NOTHING not in note]}, tables


def _with_kept(
    row: dict[str, Any], tables: dict[Table, pa.Table], before: Part, kept: Collection[str]
) -> tuple[dict[str, Any], dict[Table, pa.Table]]:
    """The same with the values of other metrics from an earlier part."""
    old = before.tables["metrics"]
    mine = pc.is_in(old["metric"].cast(pa.string()), value_set=pa.array(sorted(kept), pa.string()))
    # Who it is of is told anew: the same bytes may lie under a name that tells more.
    whose = {key: row[key] for key in ("participant", "session")}
    rest = old.filter(mine)
    for key, value in whose.items():
        place = rest.schema.get_field_index(key)
        rest = rest.set_column(place, ENCODED["metrics"].field(key), rows.repeated(value, rest.num_rows))
    together = pa.concat_tables([tables["metrics"], rest]).unify_dictionaries()
    order = pc.sort_indices(together["metric"].cast(pa.string()).combine_chunks())
    notes = list(dict.fromkeys([*row["notes"], *before.recording["notes"][0].as_py()]))
    return row | {"notes": notes}, {**tables, "metrics": together.take(order)}
