"""A recording replayed over LSL into live: how far its times are from the file's, and that nothing else differs."""

import importlib

import numpy as np

from benchmarks.recorders import own_session
from benchmarks.rows import Row

_GOAL = "at most 0.1 ms"


def run() -> list[Row]:
    """One walk of 5.5 s: two plates, EMG and three IMUs, each with a clock of its own that live must find."""
    with own_session() as folder:
        rig = importlib.import_module("tests.rig.test_live_lsl_run")
        heard = rig.hear(folder)
    rows = []
    for name in rig.SIGNALS:
        expected = next(s for s in heard.expected.signals if s.id == name)
        ours = heard.signals[name][1]
        differ = int((~((ours == expected.samples) | (np.isnan(ours) & np.isnan(expected.samples)))).sum())
        rows.append(Row(f"{name}: values that differ, of {expected.samples.size}", differ, "", "", 0, "none"))
        error = 1e3 * float(np.abs(heard.clock_error(name)).max())
        rows.append(Row(f"{name}: largest error of a time", error, "ms", "", 0, _GOAL))
    expected_events = [e for e in heard.expected.events if e.kind != "marker"]
    off = []
    for one in heard.events:
        same = [e.time for e in expected_events if (e.kind, e.side, e.source) == (one.kind, one.side, one.source)]
        off.append(min(abs(one.time - heard.shift - t) for t in same))
    rows.append(Row(f"events heard, of {len(expected_events)}", len(heard.events), "", "", 0, "all"))
    rows.append(Row("largest error of an event", 1e3 * max(off), "ms", "", 0, _GOAL))
    return rows
