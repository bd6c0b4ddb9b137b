"""The tables of an archive: their columns, and the version of them.

Numbers that are not known are NaN, texts empty; a row is of one recording, which ``recording`` names: the checksum of
its raw data, so that a copy under another name is the same recording.
"""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

from groundup.model.subject import OF_THE_PERSON

VERSION = 2
"""Of the tables; an archive of any other one is refused in a sentence. 2: conditions and uncertainty of values."""

Table = Literal["metrics", "events", "curves"]
TABLES: tuple[Table, ...] = ("metrics", "events", "curves")
"""The tables that have many rows of each recording."""

_WHOSE = [
    ("recording", pa.string()),
    ("participant", pa.string()),
    ("session", pa.string()),
]

RECORDINGS = pa.schema(
    [
        *_WHOSE,
        ("status", pa.string()),  # ok, or why there is nothing of it: failed, unfinished, unreachable, set_aside
        ("reason", pa.string()),
        ("paths", pa.list_(pa.string())),  # every name that it was found under
        ("recording_id", pa.string()),
        ("format", pa.string()),  # recording, or the importer that read it
        ("started_utc", pa.string()),
        ("clock_origin", pa.float64()),  # the lab clock then, s
        ("duration_s", pa.float64()),
        ("sex", pa.string()),
        *((number, pa.float64()) for number in sorted(OF_THE_PERSON)),
        ("devices", pa.list_(pa.string())),
        ("streams", pa.list_(pa.string())),
        ("sync_bounds_ms", pa.list_(pa.float64())),  # of each stream; NaN: not known
        ("sync_bound_ms", pa.float64()),  # the worst of them; NaN where one is not known
        ("ledger_infos", pa.int64()),
        ("ledger_warnings", pa.int64()),
        ("ledger_faults", pa.int64()),
        ("notes", pa.list_(pa.string())),
        ("software", pa.string()),  # JSON
        ("state", pa.string()),  # fingerprint of all that it was made with
        ("files", pa.string()),  # JSON: path to size and time of change
        ("person", pa.string()),  # where participants have pseudonyms: the keyed hash of who it is
        ("part", pa.string()),  # the file of `parts` with its rows
        ("segment", pa.int64()),  # the number of the files with its rows; -1: none
    ]
)
"""One row a recording; also of a file that could not be read."""

METRICS = pa.schema(
    [
        *_WHOSE,
        ("condition", pa.string()),
        ("trial", pa.string()),
        ("side", pa.string()),
        ("stride", pa.int64()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("uncertainty", pa.float64()),
        ("unit", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("method", pa.string()),
        ("parameters", pa.string()),  # JSON
        ("conditions", pa.string()),  # JSON: also filters, normalisation, muscles of each leg
        ("plugin", pa.string()),
        ("version", pa.string()),
        ("t0", pa.float64()),
        ("t1", pa.float64()),
        ("reason_t0", pa.float64()),
        ("reason_t1", pa.float64()),
    ]
)
"""One row a value: of a stance, a stride, a rise or a trial. Times are seconds on the lab clock."""

EVENTS = pa.schema(
    [
        *_WHOSE,
        ("condition", pa.string()),
        ("trial", pa.string()),
        ("time", pa.float64()),
        ("kind", pa.string()),
        ("side", pa.string()),
        ("source", pa.string()),
        ("confidence", pa.float64()),
        ("evidence", pa.string()),
        ("text", pa.string()),
        ("channel", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
    ]
)
"""One row an event, as in ``/events`` of a recording."""

CURVES = pa.schema(
    [
        *_WHOSE,
        ("what", pa.string()),
        ("name", pa.string()),
        ("side", pa.string()),
        ("of", pa.string()),
        ("unit", pa.string()),
        ("count", pa.int64()),
        ("percent", pa.float64()),
        ("mean", pa.float64()),
        ("sd", pa.float64()),
    ]
)
"""One row a point of a mean curve, as in ``/curves`` of a recording: 101 points from 0 to 100 %."""

SCHEMAS: dict[Table, pa.Schema] = {"metrics": METRICS, "events": EVENTS, "curves": CURVES}
