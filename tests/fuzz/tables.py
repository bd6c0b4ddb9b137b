"""Text files of numbers as programs of many countries write them: read right, or refused, or with a note."""

from pathlib import Path

import numpy as np

from groundup_plugins.formats.csv.plugin import CsvImporter
from groundup_plugins.formats.csv.settings import CsvSettings
from tests.fuzz.mutations import Rng, mutated, pick, refused

_ROWS = 30


def try_csv(rng: Rng, folder: Path) -> str:
    """What is read without a word is what was written; what is damaged is read or refused, and never an accident."""
    time, force = np.arange(_ROWS) / 100.0, np.round(rng.normal(700, 2000, _ROWS), 3)
    data = _table(rng, time, force)
    damaged = rng.random() < 0.4
    path = folder / f"x{pick(rng, '.csv', '.txt', '.tsv')}"
    path.write_bytes(mutated(rng, data) if damaged else data)
    settings = CsvSettings() if rng.random() < 0.7 else CsvSettings(rate=100.0, decimal=str(pick(rng, ".", ",")))
    try:
        imported = CsvImporter(settings).read(path)
    except ValueError as error:
        return refused(error)
    for stream in imported.streams:
        assert len(stream.timestamps) == len(stream.samples)
    if damaged or imported.notes:
        return "read"
    for stream in imported.streams:
        for index, channel in enumerate(stream.spec.channels):
            if channel.label == "Fz":
                read = np.asarray([row[index] for row in stream.samples], float)
                assert np.array_equal(read, force), f"{path} says {force[:3]} and is read as {read[:3]}"
                moments = np.asarray(stream.timestamps)
                assert np.allclose(moments - moments[0], time, atol=1e-6), f"{path} is read at {moments[:3]}"
    return "equal"


def _table(rng: Rng, time: np.ndarray, force: np.ndarray) -> bytes:
    decimal = str(pick(rng, ".", ".", ","))
    mark = str(pick(rng, ",", ";", "\t", "|", " ", " , ", ";" if decimal == "," else ","))
    label, scale = (("time", 1.0), ("Time [ms]", 1e3), ("t (s)", 1.0), ("Zeit [s]", 1.0), ("Time", 1.0))[
        int(rng.integers(5))
    ]
    grouped = rng.random() < 0.15
    quote = '"' if rng.random() < 0.15 else ""

    def cell(value: float, digits: int) -> str:
        text = f"{value:,.{digits}f}" if grouped else f"{value:.{digits}f}"
        if decimal == ",":
            text = text.replace(",", "'").replace(".", ",").replace("'", ".")
        return f"{quote}{text}{quote}"

    end = str(pick(rng, "\n", "\r\n"))
    lines = [mark.join((label, "Fx", str(pick(rng, "Fz", "Fz", "Fz [N]"))))]
    if rng.random() < 0.15:
        lines.append(mark.join(("s" if scale == 1.0 else "ms", "N", "N")))
    if rng.random() < 0.15:
        lines[:0] = ["# Trigno Data File", f"# Rate{mark}100"]
    lines += [mark.join((cell(t * scale, 3), cell(f / 2, 4), cell(f, 3))) for t, f in zip(time, force, strict=True)]
    if rng.random() < 0.1:
        lines += ["", ""]
    if rng.random() < 0.1:
        lines = [line + mark for line in lines]
    text = end.join(lines) + (end if rng.random() < 0.9 else "")
    return text.encode(str(pick(rng, "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")))
