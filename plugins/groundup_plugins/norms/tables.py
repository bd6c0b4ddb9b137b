"""Reads a table of people as norms: a column a metric, a row a person, and in the first lines who, whence and how made.

::

    # people: healthy adults walking (Santuz et al. 2020)
    # source: where the data are from
    # muscles: soleus, gluteus_medius
    # condition emg_envelope.envelope_hz: 20
    person,synergy_count
    P1,5
"""

import csv
import json
from importlib.resources import files

from groundup.plugin import Norm

_CONDITION = "condition "


def norms_of(name: str) -> list[Norm]:
    """One norm for each metric of a table in this folder.

    Parameters
    ----------
    name : str
        Name of the CSV file.
    """
    lines = (files("groundup_plugins") / "norms" / name).read_text(encoding="utf-8").splitlines()
    about = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    conditions = {k.removeprefix(_CONDITION): json.loads(v) for k, v in about.items() if k.startswith(_CONDITION)}
    return [
        Norm.of_people(
            metric,
            [float(row[metric]) for row in rows],
            people=about["people"],
            source=about["source"],
            muscles=about["muscles"].split(", ") if "muscles" in about else (),
            conditions=conditions,
        )
        for metric in rows[0]
        if metric != "person"
    ]
