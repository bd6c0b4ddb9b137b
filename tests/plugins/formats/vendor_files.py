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
             ["TIME_STAMP", "2022-06-03, 10:47:36.627", "94247.45402301"], ["FIRST_SAMPLE", 1],
             ["DATA_INCLUDED", "FORCE"], ["FORCE_PLATE_NAME", "Force-plate 1"]]  # fmt: skip
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


def trc(up: str = "y", unit: str = "mm") -> str:
    """As OpenSim and mocap programs write markers: somebody 1.7 m tall; one marker is missing for a while."""
    heights = {"HEAD": 1700.0, "SACR": 1000.0, "LHEE": 30.0, "RHEE": 35.0}
    lines: list[list[object]] = [
        ["PathFileType", 4, "(X/Y/Z)", "walk.trc"],
        ["DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate", "OrigDataStartFrame",
         "OrigNumFrames"],
        ["100.00", "100.00", ROWS, 4, unit, "100.00", 1, ROWS],
        ["Frame#", "Time", *(cell for name in heights for cell in (name, "", ""))],
        ["", "", *(f"{a}{k}" for k in range(1, 5) for a in "XYZ")],
        [],
    ]  # fmt: skip
    for k in range(ROWS):
        row: list[object] = [k + 1, f"{k / 100:.5f}"]
        for number, height in enumerate(heights.values()):
            x, side = 10.0 * k + number, 50.0 * number
            place: list[object] = [x, height, side] if up == "y" else [x, -side, height]
            row += ["", "", ""] if number == 3 and 5 <= k < 9 else place
        lines.append(row)
    return text_of(lines, "\t")


def mot() -> str:
    """As OpenSim reads ground reaction forces: y up, force, point and torque of two plates, and another column."""
    parts = [f"ground_force_v{a}" for a in "xyz"] + [f"ground_force_p{a}" for a in "xyz"]
    parts += [f"ground_torque_{a}" for a in "xyz"]
    labels = ["time", *parts, *(f"1_{part}" for part in parts), "speed"]
    head = ["walk_grf.mot", "version=1", f"nRows={ROWS}", f"nColumns={len(labels)}", "inDegrees=yes", "endheader"]
    rows = [
        [k / 1000, 1.0, 700.0 + wave(k), 3.0, 0.1, 0.0, 0.2, 0.0, 5.0, 0.0, *(wave(k, c) for c in range(9)), 1.25]
        for k in range(ROWS)
    ]
    return "\n".join(head) + "\n" + text_of([labels, *rows], "\t")


def mvnx(version: int = 4) -> str:
    """As MVN exports, by its manual: three segments, two sensors, one joint, foot contacts."""
    label = [
        '<segment label="Pelvis" id="1"/>',
        '<segment label="RightFoot" id="2"/>',
        '<segment label="LeftFoot" id="3"/>',
    ]
    frames = ['<frame time="0" index="" tc="" ms="" type="identity"><orientation>1 0 0 0</orientation></frame>']
    for k in range(ROWS):
        numbers = {
            "position": [wave(k, c) for c in range(9)],
            "footContacts": [k % 2, 0],
            "sensorFreeAcceleration": [wave(k, c) for c in range(6)],
            "jointAngle": [wave(k, c) for c in range(3)],
            "centerOfMass": [wave(k, c) for c in range(3 if version == 3 else 9)],
        }
        inner = "".join(f"<{name}>{' '.join(map(str, row))}</{name}>" for name, row in numbers.items())
        frames.append(f'<frame time="{round(k * 1000 / 60)}" index="{k}" tc="" ms="" type="normal">{inner}</frame>')
    contacts = (
        '<contactDefinition label="LeftFoot_Heel" index="0"/><contactDefinition label="RightFoot_Heel" index="1"/>'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mvnx version="{version}" xmlns="http://www.xsens.com/mvn/mvnx">'
        '<mvn version="2021.0"/><comment/><subject label="P01" frameRate="60" segmentCount="3" recDate="x">'
        f'<segments>{"".join(label)}</segments><sensors><sensor label="Pelvis"/><sensor label="RightFoot"/></sensors>'
        '<joints><joint label="jRightAnkle"/></joints>'
        f"<footContactDefinition>{contacts}</footContactDefinition>"
        f'<frames segmentCount="3">{"".join(frames)}</frames></subject></mvnx>'
    )


def discover(times: bool = False, rates: bool = True) -> str:
    """As Trigno Discover 1.5 and later export (as the package ``delsys`` reads it): slower columns end earlier."""
    emg_rate, acc_rate, seconds = 2000.0 / 0.9, 2000.0 / 13.5, 0.135
    labels, sensors, modes, hertz = [], [], [], []
    for sensor, signals in (("R Tibialis Ant (81744)", ("EMG 1 (mV)", "ACC X (G)", "ACC Y (G)", "ACC Z (G)")),
                            ("L Soleus (81745)", ("EMG 1 (mV)",))):  # fmt: skip
        for number, signal in enumerate(signals):
            rate = emg_rate if "EMG" in signal else acc_rate
            for label in ([f"{signal.split(' (')[0]} Time Series (s)"] if times else []) + [signal]:
                labels.append(label)
                first = number == 0 and (sensors[-1:] != [sensor])
                sensors.append(sensor if first else "")
                modes.append("sensor mode: 66" if first else "")
                hertz.append("" if "Time" in label else f"{rate:.4f} Hz")
    lines: list[list[object]] = [
        ["Application:", "Trigno Discover (1.6.4)"],
        ["Date/Time:", "2024-01-01 10:00:00"],
        ["Collection Length (seconds):", seconds],
        [*sensors],
        [*modes],
        [*labels],
    ]
    lines += [[*hertz]] if rates else []
    for k in range(round(emg_rate * seconds)):
        row: list[object] = []
        for column, label in enumerate(labels):
            rate = emg_rate if "EMG" in label else acc_rate
            there = k < round(rate * seconds)
            row.append("" if not there else f"{k / rate:.6f}" if "Time" in label else wave(k, column) + 2)
        lines.append(row)
    return text_of(lines)


def vicon(mark: str = ",", decimal: str = ".", first: int = 1) -> str:
    """As Nexus exports (heads of a public file, biomdp, MIT, cut to fewer columns): three sections and events."""
    devices: list[list[object]] = [
        ["Devices"],
        [1000],
        ["", "", "KistlerGrande1 - Force", "", "", "KistlerGrande1 - Moment", "", "", "KistlerGrande1 - CoP", "", "",
         "Ultium EMG - Digital", "Ultium EMG - LTA", "Ultium EMG - Foot Switch1"],
        ["Frame", "Sub Frame", "Fx", "Fy", "Fz", "Mx", "My", "Mz", "Cx", "Cy", "Cz", "Sync", "v", "FS"],
        ["", "", "N", "N", "N", "N.mm", "N.mm", "N.mm", "mm", "mm", "mm", "", "V", "V"],
    ]  # fmt: skip
    devices += [[first + k // 5, k % 5, *(wave(k, c) for c in range(12))] for k in range(5 * ROWS)]
    model: list[list[object]] = [
        ["Model Outputs"], [200], ["", "", "P01:LAnkleAngles", "", ""], ["Frame", "Sub Frame", "X", "Y", "Z"],
        ["", "", "deg", "deg", "deg"],
    ]  # fmt: skip
    model += [[first + k, 0, *(wave(k, c) for c in range(3))] for k in range(ROWS)]
    marks: list[list[object]] = [
        ["Trajectories"], [200], ["", "", "P01:LASI", "", "", "P01:RASI", "", ""],
        ["Frame", "Sub Frame", "X", "Y", "Z", "X", "Y", "Z"], ["", "", *["mm"] * 6],
    ]  # fmt: skip
    for k in range(ROWS):
        row: list[object] = [wave(k, c) for c in range(6)]
        marks.append([first + k, 0, *row[:3], *(["", "", ""] if k < 10 else row[3:])])
    events: list[list[object]] = [
        ["Events"], [200], ["Subject", "Context", "Name", "Time (s)", "Description"],
        ["P01", "Left", "Foot Strike", 0.1, "heel"], ["P01", "Right", "Foot Off", 0.2, ""],
        ["P01", "General", "Clap", 0.15, ""],
    ]  # fmt: skip
    parts = [text_of(part, mark, decimal) for part in (events, devices, model, marks)]
    return "\ufeff" + "\r\n".join(parts)


TEXTS = {
    "amti": ("walk.txt", amti),
    "bertec": ("walk.csv", bertec),
    "bioware": ("walk.txt", bioware),
    "emgworks": ("walk.csv", emgworks),
    "movella_dot": ("walk.csv", movella_dot),
    "mt_manager": ("walk.txt", mt_manager),
    "mvnx": ("walk.mvnx", mvnx),
    "noraxon": ("walk.csv", noraxon),
    "opensim_markers": ("walk.trc", trc),
    "opensim_storage": ("walk.mot", mot),
    "qualisys": ("walk.tsv", qualisys_markers),
    "shimmer": ("walk.csv", shimmer),
    "trigno_discover": ("walk.csv", discover),
    "vicon": ("walk.csv", vicon),
}
"""Name and text of a file for each importer that reads text."""
