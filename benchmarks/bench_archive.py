"""A question to an archive of many values, beside the same by pandas: the median by participant and condition.

GROUNDUP_VALUES says how many values (10 million). Ten times as many are the same files, each named ten times.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

import groundup
from benchmarks.rows import Row
from groundup.archives.manifest import Manifest, write_manifest, write_parquet
from groundup.archives.schema import METRICS, RECORDINGS
from groundup.archives.segments import MOST_ROWS, segment_file

_PEOPLE, _METRICS = 200, 100
_CONDITIONS = ("slow", "usual", "fast", "carrying")
_SQL = "SELECT participant, condition, median(value) AS m FROM metrics {where} GROUP BY ALL ORDER BY ALL"
_ONE = "WHERE metric = 'metric_042'"


def run() -> list[Row]:
    values = int(os.environ.get("GROUNDUP_VALUES", str(10**7)))
    with tempfile.TemporaryDirectory(prefix="groundup-bench-") as made:
        folder = Path(made)
        _make(folder, values)
        archive = groundup.archive(folder)
        archive.query("SELECT 1")  # what is imported is imported
        rows = []
        for what, where in ((f"1 metric of {_METRICS}", _ONE), ("all metrics", "")):
            ours_s, mine = _timed(lambda where=where: archive.query(_SQL.format(where=where)))
            theirs_s, theirs = _timed(lambda where=where: _by_pandas(folder, bool(where)))
            if not np.allclose(mine["m"].to_numpy(), theirs.to_numpy(), rtol=0.0, atol=1e-12):
                raise ValueError("the two answers differ")
            case = f"median by participant and condition, {what}, of {values:.0e} values"
            rows.append(Row(case, ours_s, "s of a core", f"pandas {pd.__version__}", theirs_s))
        names = [segment_file("metrics", number) for number in range(len(range(0, values, MOST_ROWS)))]
        write_manifest(folder, _manifest(10 * names))
        tenfold = groundup.archive(folder)
        for what, where in ((f"1 metric of {_METRICS}", _ONE), ("all metrics", "")):
            ours_s, _ = _timed(lambda where=where: tenfold.query(_SQL.format(where=where)))
            case = f"the same, {what}, of {10 * values:.0e} values"
            rows.append(Row(case, ours_s, "s of a core", "", 0, "4 s of 1e8: 2 s on 2 cores"))
        return rows


def _manifest(names: list[str]) -> Manifest:
    return Manifest(RECORDINGS.empty_table(), {"metrics": names, "events": [], "curves": []})


def _timed(ask):
    begun = time.process_time()  # of all threads: a busy computer does not make it longer
    found = ask()
    return time.process_time() - begun, found


def _by_pandas(folder: Path, one: bool) -> pd.Series:
    columns = ["participant", "condition", "value"]
    chosen = [("metric", "==", "metric_042")] if one else None
    frame = pd.read_parquet(folder / "metrics", columns=columns, filters=chosen)
    found = frame.groupby(["participant", "condition"], observed=True)["value"].median()
    return found.sort_index(key=lambda words: words.astype(str))


def _make(folder: Path, values: int) -> None:
    """Segments of made values, each of some people, as collecting writes them: sorted by metric."""
    chance = np.random.default_rng(1)
    (folder / "metrics").mkdir()
    names = []
    for number, begin in enumerate(range(0, values, MOST_ROWS)):
        count = min(MOST_ROWS, values - begin)
        people = np.sort(chance.integers(0, _PEOPLE, count))
        metric = np.arange(count) * _METRICS // count
        people = np.concatenate([np.sort(people[metric == one]) for one in range(_METRICS)])
        condition = chance.integers(0, len(_CONDITIONS), count)
        words = {
            "participant": (people, [f"P{one:03d}" for one in range(_PEOPLE)]),
            "condition": (condition, list(_CONDITIONS)),
            "metric": (metric, [f"metric_{one:03d}" for one in range(_METRICS)]),
        }
        columns = []
        for field in METRICS:
            if field.name in words:
                codes, known = words[field.name]
                columns.append(pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), known))
            elif pa.types.is_string(field.type):
                columns.append(pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), ["ok"]))
            elif field.name == "stride":
                columns.append(pa.array(np.arange(count)))
            else:
                columns.append(pa.array(chance.normal(size=count) if field.name == "value" else np.zeros(count)))
        names.append(segment_file("metrics", number))
        write_parquet(pa.table(columns, names=METRICS.names), folder / names[-1])
    write_manifest(folder, _manifest(names))
