"""Tables as an archive has them, of people whose truth is known."""

import numpy as np
import pandas as pd


def rows(metric, people, *, unit="m", side="", condition="walk", strides=1, scatter=0.0, seed=0, **more):
    """A table of values: `people` is participant -> session -> value; each with so many strides about it."""
    random = np.random.default_rng(seed)
    found = []
    for participant, sessions in people.items():
        for session, value in sessions.items():
            recording = f"{participant}-{session}"
            for stride in range(strides):
                found.append(
                    {
                        "recording": recording, "participant": participant, "session": session,
                        "condition": condition, "trial": "walk 1", "side": side, "stride": stride,
                        "metric": metric, "value": value + scatter * random.standard_normal(), "unit": unit,
                        "status": "ok", "reason": "", "method": "", "parameters": "", "plugin": "made", "version": "1",
                    } | more
                )  # fmt: skip
    return pd.DataFrame(found)


def tabled(table, names=None):
    """A table of participants by sessions as `rows` takes it."""
    return {
        f"P{i:02d}": {(names[k] if names else f"s{k + 1}"): float(v) for k, v in enumerate(row)}
        for i, row in enumerate(table)
    }


def write(folder, metrics, people=None, curves=None):
    """An archive of such a table, as ``groundup batch`` would leave it.

    `people` is participant -> {age_years, sex, mass_kg}.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from groundup.archives import schema
    from groundup.archives.manifest import Manifest, write_manifest

    folder.mkdir()
    whose = metrics[["recording", "participant", "session"]].drop_duplicates().to_dict("records")
    recordings = [_row(schema.RECORDINGS, one | (people or {}).get(one["participant"], {})) for one in whose]
    files = {table: [] for table in schema.TABLES}
    for table, frame in (("metrics", metrics), ("curves", curves)):
        if frame is not None:
            rows_ = [_row(schema.SCHEMAS[table], one) for one in frame.to_dict("records")]
            pq.write_table(pa.Table.from_pylist(rows_, schema.SCHEMAS[table]), folder / f"{table}.parquet")
            files[table] = [f"{table}.parquet"]
    write_manifest(folder, Manifest(pa.Table.from_pylist(recordings, schema.RECORDINGS), files, 1))
    return folder


def _row(schema, known):
    """A row with everything that is not known left empty."""
    import pyarrow as pa

    empty = {pa.string(): "", pa.float64(): float("nan"), pa.int64(): -1}
    return {field.name: known.get(field.name, empty.get(field.type, [])) for field in schema}
