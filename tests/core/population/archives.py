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
