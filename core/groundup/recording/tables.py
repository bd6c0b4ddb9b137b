"""The tables of a recording: compound datasets whose text columns are fixed-length UTF-8, sized to their content.

That is the one kind of table that h5py, MATLAB and `pandas.read_hdf` all read, and that HDF5 can checksum.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from groundup.model.anatomy import rank
from groundup.model.events import SINCE, Event, Trial
from groundup.model.health import DeviceRow, HealthRow
from groundup.model.ledger import LedgerRow
from groundup.model.option_changes import OptionRow
from groundup.model.reasons import Reason
from groundup.model.streams import Channel
from groundup.recording.columns import Columns, from_quality

if TYPE_CHECKING:
    import pandas as pd

    from groundup.analysis.metrics.curves import MeanCurve
    from groundup.analysis.sync_events.sync_event import SyncLag
    from groundup.clock.joint import Joint

CHANNELS = Columns({"label": "text", "unit": "text", "site": "text", "side": "text"})
PROBES = Columns({"time": "<f8", "offset": "<f8", "round_trip": "<f8", "collected": "<f8"})
ARRIVALS = Columns({"sample": "<i8", "after": "<f8", "by": "<f8"})
LEDGER = Columns(
    {
        "time": "<f8",
        "stream": "text",
        "kind": "text",
        "severity": "text",
        "count": "<i8",
        "message": "text",
    }
)
_SINCE = {column.name: column.metadata.get(SINCE, 1) for column in fields(Event)}
EVENTS = Columns(
    {column.name: "<f8" if column.type is float else "text" for column in fields(Event)},
    version=max(_SINCE.values()),
    added={name: version for name, version in _SINCE.items() if version > 1},
)
DEVICES = Columns(
    {"time": "<f8", "device": "text", "model": "text", "serial": "text", "firmware": "text", "more": "text"}
)
HEALTH = Columns(
    {
        "time": "<f8",
        "device": "text",
        "stream": "text",
        "channel": "text",
        "name": "text",
        "value": "<f8",
        "unit": "text",
        "colour": "text",
    }
)
OPTIONS = Columns(
    {
        "time": "<f8",
        "device": "text",
        "stream": "text",
        "option": "text",
        "value": "text",
        "before": "text",
        "unit": "text",
        "sample": "<i8",
        "alters": "text",
    }
)
JOINED = Columns(
    {
        "file": "text",
        "reference": "text",
        "method": "text",
        "stands_on": "text",
        "pivot_s": "<f8",
        "offset_s": "<f8",
        "offset_low_s": "<f8",
        "offset_high_s": "<f8",
        "drift_ppm": "<f8",
        "drift_low_ppm": "<f8",
        "drift_high_ppm": "<f8",
        "coincidences": "<i8",
        "first_s": "<f8",
        "last_s": "<f8",
        "evidence": "<f8",
        "second_best": "<f8",
        "streams": "text",
    }
)
TRIALS = Columns({"t0": "<f8", "t1": "<f8", "name": "text", "condition": "text"})
SYNC_EVENTS = Columns(
    {
        "stream": "text",
        "reference": "text",
        "lag_s": "<f8",
        "low_s": "<f8",
        "high_s": "<f8",
        "count": "<i8",
        "status": "text",
        "reason": "text",
    },
    version=2,
    added={"status": 2, "reason": 2},
    gone={"quality": ("text", 1)},
    upgrade=from_quality,
)
CURVES = Columns(
    {
        "what": "text",
        "name": "text",
        "side": "text",
        "of": "text",
        "unit": "text",
        "count": "<i8",
        "percent": "<f8",
        "mean": "<f8",
        "sd": "<f8",
    }
)
METRICS = Columns(
    {
        "t0": "<f8",
        "t1": "<f8",
        "trial": "text",
        "stride": "<i8",
        "side": "text",
        "value": "<f8",
        "unit": "text",
        "status": "text",
        "reason": "text",
        "reason_t0": "<f8",
        "reason_t1": "<f8",
        "uncertainty": "<f8",
    },
    version=3,
    added={"status": 2, "reason": 2, "reason_t0": 2, "reason_t1": 2, "uncertainty": 3},
    gone={"quality": ("text", 1)},
    upgrade=from_quality,
)
BODY_MAP = Columns({"stream": "text", "channel": "text", "site": "text", "side": "text", "rank": "<i8"})
CHECKSUMS = Columns({"path": "text", "attribute": "text", "begin": "<i8", "rows": "<i8", "sum": "text"})
ALIGNED = Columns({"stream": "text", "label": "text", "unit": "text", "site": "text", "side": "text"})


def utf8(text: str) -> bytes:
    """Text as every reader can take it: valid UTF-8 without NUL; what cannot be shown becomes U+FFFD."""
    clean = text.replace("\0", "�")
    try:
        return clean.encode()
    except UnicodeEncodeError:  # a lone surrogate, as JSON and undecodable file names may carry
        return clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


_COLUMN_BYTES = 1 << 26
"""Of a text column, which is as wide as its longest value: else one label of a million would make every one as long."""
_MESSAGE = 4000


def make_table(
    columns: Mapping[str, str], rows: Iterable[Sequence[Any]], *, most_bytes: int = _COLUMN_BYTES
) -> NDArray[np.void]:
    """Rows as a structured array, its text columns as wide as their longest value.

    Parameters
    ----------
    columns : dict
    rows : iterable of sequence
        Values in the order of `columns`.
    most_bytes : int
        Of a text column; where it would have more, long values are cut, and end in an ellipsis.

    Returns
    -------
    structured ndarray, shape (number of rows,)
    """
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    encoded = [
        _encoded(column, most_bytes) if kind == "text" else column
        for column, kind in zip(values, columns.values(), strict=True)
    ]
    dtype = np.dtype(
        [
            (name, _text_dtype(column) if kind == "text" else np.dtype(kind))
            for (name, kind), column in zip(columns.items(), encoded, strict=True)
        ]
    )
    table = np.zeros(len(encoded[0]), dtype)
    for name, column in zip(columns, encoded, strict=True):
        if len(column):
            table[name] = column
    return table


def _encoded(column: Sequence[Any], most_bytes: int) -> list[bytes]:
    raw = [utf8(str(v)) for v in column]
    most = max(most_bytes // max(len(raw), 1), 32)
    return [v if len(v) <= most else v[: most - 3].decode(errors="ignore").encode() + "…".encode() for v in raw]


def _text_dtype(column: Sequence[bytes]) -> np.dtype[Any]:
    dtype: np.dtype[Any] = h5py.string_dtype("utf-8", max((len(v) for v in column), default=1) or 1)
    return dtype


def channels_table(channels: Iterable[Channel]) -> NDArray[np.void]:
    """Channels as the table ``channels``."""
    return make_table(CHANNELS, [(c.label, c.unit, c.site, c.side) for c in channels])


def ledger_table(rows: Iterable[LedgerRow]) -> NDArray[np.void]:
    """Ledger rows as a table, in the order of time."""
    ordered = sorted(rows, key=lambda r: r.time)
    # Cut by a rule of its own: the same line must be the same in a table of more lines.
    return make_table(
        LEDGER,
        [(r.time, r.stream, r.kind, r.severity, r.count, _short(r.message)) for r in ordered],
        most_bytes=1 << 40,
    )


def _short(message: str) -> str:
    return message if len(message) <= _MESSAGE else f"{message[: _MESSAGE - 1]}…"


def events_table(events: Iterable[Event]) -> NDArray[np.void]:
    """Events as the table ``/events``, in the order of time."""
    ordered = sorted(events, key=lambda e: e.time)
    return make_table(EVENTS, [tuple(getattr(event, column) for column in EVENTS) for event in ordered])


def devices_table(rows: Iterable[DeviceRow]) -> NDArray[np.void]:
    """Devices as the table ``/devices``; what has no column of its own is JSON."""
    cells = ((r.time, r.device, r.model, r.serial, r.firmware, json.dumps(dict(r.more), sort_keys=True)) for r in rows)
    return make_table(DEVICES, cells)


def health_table(rows: Iterable[HealthRow]) -> NDArray[np.void]:
    """How devices did, as the table ``/health``."""
    return make_table(HEALTH, [tuple(getattr(row, column) for column in HEALTH) for row in rows])


def options_table(rows: Iterable[OptionRow]) -> NDArray[np.void]:
    """Values of options as the table ``/options``."""
    return make_table(OPTIONS, [tuple(getattr(row, column) for column in OPTIONS) for row in rows])


def joined_table(joints: Iterable[tuple[Joint, Sequence[str]]]) -> NDArray[np.void]:
    """How files were joined, each with the ids of its streams, as the table ``/joined``."""
    return make_table(JOINED, [(*joint.row(), json.dumps(list(ids), ensure_ascii=False)) for joint, ids in joints])


def trials_table(trials: Iterable[Trial]) -> NDArray[np.void]:
    """Trials as the table ``/trials``."""
    return make_table(TRIALS, [(t.t0, t.t1, t.name, t.condition) for t in trials])


def curves_table(curves: Iterable[MeanCurve]) -> NDArray[np.void]:
    """Mean curves, point by point, as the table ``/curves``."""
    points = np.linspace(0.0, 100.0, 101)
    return make_table(
        CURVES,
        [
            (c.what, c.name, c.side, c.of, c.unit, c.count, percent, mean, sd)
            for c in curves
            for percent, mean, sd in zip(points, c.mean, c.sd, strict=True)
        ],
    )


def sync_events_table(lags: Iterable[SyncLag]) -> NDArray[np.void]:
    """Lags that a sync event shows, as the table ``/sync_events``."""
    rows = [(s.stream, s.reference, s.lag_s, s.low_s, s.high_s, len(s.times), s.status, s.reason) for s in lags]
    return make_table(SYNC_EVENTS, rows)


def body_map_table(streams: Iterable[tuple[str, Sequence[Channel]]]) -> NDArray[np.void]:
    """Which channel sits where: stream, channel, site, side and rank (-1: none) of each channel with a site."""
    rows = []
    for stream, channels in streams:
        for c in channels:
            if c.site:
                place = rank(c.site)
                rows.append((stream, c.label, c.site, c.side, -1 if place is None else place))
    return make_table(BODY_MAP, rows)


def text_of(value: bytes | str) -> str:
    """Text of one cell; bytes that are no UTF-8 become U+FFFD."""
    return value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")


def frame(table: NDArray[np.void]) -> pd.DataFrame:
    """A structured array as a DataFrame, its text decoded.

    Parameters
    ----------
    table : structured ndarray

    Returns
    -------
    DataFrame
    """
    import pandas as pd  # not for those who only write tables

    names = table.dtype.names or ()
    return pd.DataFrame(
        {
            name: pd.Series([text_of(v) for v in table[name]], dtype="str" if pd.__version__ >= "3" else "object")
            if table.dtype[name].kind == "S"
            else table[name]
            for name in names
        }
    )


def rows_of(table: NDArray[np.void]) -> list[tuple[Any, ...]]:
    """Rows of a table as plain Python values, text decoded."""
    return [tuple(text_of(v) if isinstance(v, bytes) else v for v in row) for row in table.tolist()]


def reasons_of(table: pd.DataFrame) -> list[Reason]:
    """Reasons of the rows of a metric's table."""
    return [Reason(*row) for row in zip(table["reason"], table["reason_t0"], table["reason_t1"], strict=True)]
