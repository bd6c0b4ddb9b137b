"""Files as programs of vendors write them: headers as in public files or descriptions, values made here."""

import csv
import io
from collections.abc import Sequence

import numpy as np

ROWS = 60


def wave(k: int, column: int = 0) -> float:
    """A value of six decimals, another for each row and column."""
    return float(np.round(np.sin(0.1 * k + column) * (column + 1), 6))


def waves(rows: int, columns: int) -> np.ndarray:
    """What `wave` says, shape (rows, columns)."""
    return np.array([[wave(k, c) for c in range(columns)] for k in range(rows)])


def text_of(lines: Sequence[Sequence[object]], mark: str = ",", decimal: str = ".", quotes: bool = False) -> str:
    """Lines of cells as text."""
    out = io.StringIO()
    style = csv.QUOTE_ALL if quotes else csv.QUOTE_MINIMAL
    table = csv.writer(out, delimiter=mark, lineterminator="\r\n", quoting=style)
    for line in lines:
        table.writerow([f"{cell:.6f}".replace(".", decimal) if isinstance(cell, float) else cell for cell in line])
    return out.getvalue()


def bioware(plates: int = 1, rows: int = ROWS) -> str:
    """The head of a public file (biomdp, MIT; BioWare 5.6.1.0), cut to 8 columns a plate."""
    labels = ["Fx", "Fy", "Fz", "Mx", "My", "Mz", "Ax", "Ay"]
    units = ["N", "N", "N", "N m", "N m", "N m", "m", "m"]
    count = 8 * plates
    lines: list[list[object]] = [
        ["BioWare Version 5.6.1.0 Export"],
        ["Device:", *(f"Kistler Grande{1 + i // 8} 9287CA" for i in range(count))],
        ["Samples (#):", *[rows] * count],
        ["Rate (Hz):", *[1000.0] * count],
        ["First sample time (s):", *[0.0] * count],
        ["Normalized length (m):", *[1.0] * count],
        ["File Information"],
        ["Date", "May 13, 2025  09:47:52"],
        ["Name", ""],
        ["abs time", *labels * plates],
        ["s", *units * plates],
    ]
    lines += [[k / 1000, *(wave(k, c) for c in range(count))] for k in range(rows)]
    return text_of(lines, "\t")


def emgworks(mark: str = ",", decimal: str = ".") -> str:
    """As EMGworks exports: a column of time before each signal, each with its own rate, empty where it has ended."""
    labels = ["X[s]", "R Tibialis Anterior: EMG 1 (IM) [Volts]", "X[s]", "R Tibialis Anterior: ACC.X 1 (IM) [g]",
              "X[s]", "R Tibialis Anterior: ACC.Y 1 (IM) [g]", "X[s]", "R Tibialis Anterior: ACC.Z 1 (IM) [g]",
              "X[s]", "Trigno IM sensor 2: EMG 2 (IM) [Volts]"]  # fmt: skip
    lines: list[list[object]] = [list(labels)]
    for k in range(4 * ROWS):
        row: list[object] = []
        for column in range(5):
            rate, count = (2000, 4 * ROWS) if column in (0, 4) else (500, ROWS)
            row += [k / rate, wave(k, column)] if k < count else ["", ""]
        lines.append(row)
    return text_of(lines, mark, decimal, quotes=True)


def noraxon(unit: str = " (uV)") -> str:
    """As MR 4 exports (header and labels as in a public description of its CSV), units behind the labels."""
    head: list[list[object]] = [
        ["type", "begin_time", "frequency", "count", "created with version", "exported with version",
         "measurement_date", "record_name"],
        ["record", "0.00000", 2000, 3, "Noraxon MR 4.0.22", "4.0.22", "2025-08-26T17:29:12.325+07:00", "WALK"],
        [],
        ["time", "Activity", "Marker", f"LT BICEPS FEM.{unit}", f"RT BICEPS FEM.{unit}",
         "Ultium EMG.Internal Accel 1 Ax (mG)", "Ultium EMG.Internal Accel 1 Ay (mG)",
         "Ultium EMG.Internal Accel 1 Az (mG)"],
    ]  # fmt: skip
    rows = [
        [
            f"{k / 2000:.5f}",
            "REST" if k == 0 else "",
            "M1" if k in (10, 11, 30) else "",
            *(wave(k, c) for c in range(5)),
        ]
        for k in range(ROWS)
    ]
    return text_of([*head, *rows])


def movella_dot(synced: bool = True, wrap: bool = False, rate: int = 60) -> str:
    """As the DOT app exports, after Movella's user manual."""
    start = 2**32 - 100_000 if wrap else 1_000_000
    head: list[list[object]] = [
        ["DeviceTag:", "Left shank"],
        ["FirmwareVersion:", "2.4.1"],
        ["AppVersion:", "v2023.6"],
        ["SyncStatus:", "Synced" if synced else "Unsynced"],
        ["OutputRate:", f"{rate}Hz"],
        ["FilterProfile:", "General"],
        ["Measurement Mode:", "Custom Mode 5"],
        [],
        ["PacketCounter", "SampleTimeFine", "Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z", "FreeAcc_X",
         "FreeAcc_Y", "FreeAcc_Z", "Quat_W", "Status"],
    ]  # fmt: skip
    rows = [[k + 1, (start + round(k * 1e6 / rate)) % 2**32, *(wave(k, c) for c in range(10)), 0] for k in range(ROWS)]
    return text_of([*head, *rows])


def mt_manager(lost: bool = False) -> str:
    """As MT Manager exports: lines of comments, tabs, a counter of 16 bits, radians."""
    head = [
        "// General information:",
        "//  MT Manager version: 2020.0",
        "// Update Rate: 100.0Hz",
        "// Filter Profile: human",
    ]
    labels = ["PacketCounter", "SampleTimeFine", "Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z", "Roll"]
    rows = [
        [(65500 + k) % 65536, "", *(wave(k, c) for c in range(7))] for k in range(ROWS) if not (lost and 20 <= k < 30)
    ]
    return "\r\n".join(head) + "\r\n" + text_of([labels, *rows], "\t")


def shimmer(mark: str = "\t", clock: str = "TimestampSync_Unix") -> str:
    """As Consensys exports: ``sep=``, labels, units, a mark at the end of each line (heads as in public files)."""
    name = "S_Shank"
    labels = [
        f"{name}_{clock}_CAL",
        *(f"{name}_Accel_WR_{a}_CAL" for a in "XYZ"),
        *(f"{name}_Gyro_{a}_CAL" for a in "XYZ"),
        "",
    ]
    units = ["ms", *["m/(s^2)"] * 3, *["deg/s"] * 3, ""]
    rows = [[f"{1.5e12 + k * 1000 / 128:.6f}", *(wave(k, c) for c in range(6)), ""] for k in range(ROWS)]
    return f'"sep={mark}"\r\n' + text_of([labels, units, *rows], mark)


def bertec() -> str:
    """A table of two plates under the name of Bertec's program: no file and no description of it was at hand."""
    labels = ["Time (s)", *(f"FP{n}_{c} ({u})" for n in (1, 2) for c, u in zip(
        ("Fx", "Fy", "Fz", "Mx", "My", "Mz"), ("N", "N", "N", "Nm", "Nm", "Nm"), strict=True))]  # fmt: skip
    rows = [[k / 1000, *(wave(k, c) for c in range(12))] for k in range(ROWS)]
    return "Bertec Digital Acquire\r\n" + text_of([labels, *rows])


def amti(plates: int = 2) -> str:
    """As NetForce exports: rows of Fx, Fy, Fz, Mx, My, Mz and nothing else."""
    return text_of([[wave(k, c) for c in range(6 * plates)] for k in range(ROWS)])


def qualisys_markers(times: bool = True, tail: str = "") -> str:
    """As QTM exports markers (head as in public files): a marker that was not seen stands as zeros, or as nothing."""
    names = ["LHEE", "LTOE", "RHEE"]
    head = [
        ["NO_OF_FRAMES", ROWS],
        ["NO_OF_CAMERAS", 8],
        ["NO_OF_MARKERS", 3],
        ["FREQUENCY", 200],
        ["NO_OF_ANALOG", 0],
        ["ANALOG_FREQUENCY", 0],
        ["DESCRIPTION", "--"],
        ["TIME_STAMP", "2022-06-03, 10:47:36.627", "94247.45402301"],
        ["DATA_INCLUDED", "3D"],
        ["EVENT", "Go", 21, "0.10000"],
        ["MARKER_NAMES", *names],
        ["TRAJECTORY_TYPES", *["Measured"] * 3],
    ]
    lines: list[list[object]] = [*head]
    if times:
        lines.append(["Frame", "Time", *(f"{n} {a}" for n in names for a in "XYZ")])
    for k in range(ROWS):
        row: list[object] = [wave(k, c) + 1000 for c in range(9)]
        row[3:6] = [0.0, 0.0, 0.0] if 10 <= k < 20 else row[3:6]
        row[6:9] = ["", "", ""] if 30 <= k < 35 else row[6:9]
        lines.append([*([k + 1, f"{k / 200:.5f}"] if times else []), *row])
    return text_of(lines, "\t").replace("\r\n", f"{tail}\r\n")


def qualisys_force(in_lab: bool = False) -> str:
    """As QTM exports a plate, by its manual: moments about the middle of the surface, centre of pressure in mm."""
    corners = {"POSX_POSY": (400, 600), "NEGX_POSY": (0, 600), "NEGX_NEGY": (0, 0), "POSX_NEGY": (400, 0)}
    lines: list[list[object]] = [["NO_OF_SAMPLES", ROWS], ["FREQUENCY", 1000],
             ["TIME_STAMP", "2022-06-03, 10:47:36.627", "94247.45402301"], ["FIRST_SAMPLE", 1], ["DESCRIPTION", "--"],
             ["DATA_INCLUDED", "FORCE"], ["FORCE_PLATE_TYPE", "AMTI"], ["FORCE_PLATE_NAME", "Force-plate 1"]]  # fmt: skip
    for corner, (x, y) in corners.items():
        lines += [[f"FORCE_PLATE_CORNER_{corner}_{a}", float(v)] for a, v in zip("XYZ", (x, y, 0), strict=True)]
    lines += [["FORCE_PLATE_LENGTH", 600.0], ["FORCE_PLATE_WIDTH", 400.0]]
    lines.append([f"{what}_{a}" for what in ("Force", "Moment", "COP") for a in "XYZ"])
    for k in range(ROWS):
        x, y, fz = 0.05 * wave(k), 0.1 * wave(k, 1), 700.0 + wave(k, 2)
        if in_lab:  # moments about the corner of the lab, as no plate has them
            lines.append([1.0, 2.0, fz, (y + 0.3) * fz, -(x + 0.2) * fz, 0.5, 1000 * x, 1000 * y, 0.0])
        else:
            lines.append([1.0, 2.0, fz, y * fz, -x * fz, 0.5, 1000 * x, 1000 * y, 0.0])
    return text_of(lines, "\t")


def qualisys_analog() -> str:
    """As QTM exports analog channels, by its manual."""
    lines: list[list[object]] = [["NO_OF_SAMPLES", ROWS], ["TOT_NO_OF_CHAN", 2], ["FREQUENCY", 1000],
             ["TIME_STAMP", "2022-06-03, 10:47:36.627", "94247.45402301"], ["DATA_INCLUDED", "ANALOG"],
             ["CHANNEL_NAMES", "EMG 1", "Trigger"]]  # fmt: skip
    lines += [[wave(k), wave(k, 1)] for k in range(ROWS)]
    return text_of(lines, "\t")
