"""What other people's readers find in each format, in the terms of `test_format_matrix`: numbers in the lab's units."""

import contextlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.plugins.formats import made_lab

from groundup.plugin import Floats

Found = dict[str, Any]
START = made_lab.START
_SAMPLES = {"EMG": "emg", "plates: samples": "plate_left", "markers": "mocap", "outputs of a model": "model"}
_EVENT = ("kind", "side", "text")


def csv(out: Path) -> Found:
    def table(name: str) -> pd.DataFrame:
        return _frame(out / f"{name}.csv", ",")

    def signal(name: str) -> Floats:
        return table(name).to_numpy(np.float64)

    streams, person, channels = table("streams").set_index("id"), table("participant").iloc[0], table("channels")
    found: Found = {row: signal(f"streams/{key}")[:, 2:] for row, key in _SAMPLES.items()}
    return found | {
        "time": signal("streams/emg")[:, 0] - START, "time stamps of the device": signal("streams/emg")[:, 1],
        "plates: type and place": _plate(json.loads(streams.loc["plate_left", "plate"])),
        "unit, site, side": _places(channels[channels["stream"] == "emg"]),
        "words": table("streams/said")["event"].tolist(),
        "events": _events(table("events")), "trials": _trials(table("trials")),
        "mass and height": [float(person["mass_kg"]), float(person["height_m"])],
        "certificates": streams.loc["emg", "in_sync"], "ledger": table("ledger")["message"].tolist(),
        "metrics": table("metrics/stance_time")["value"].tolist(),
        "ground reaction forces": signal("processed/plate_left.grf")[:, 1:],
        "other processed signals": signal("processed/emg.envelope")[:, 1:],
    }  # fmt: skip


def xdf(out: Path) -> Found:
    pyxdf = pytest.importorskip("pyxdf")
    streams = {
        s["info"]["name"][0]: s
        for s in pyxdf.load_xdf(str(out), synchronize_clocks=False, dejitter_timestamps=False)[0]
    }
    names = {"emg": "EMG", "plate_left": "Plate", "mocap": "Markers", "model": "Model"}
    found: Found = {row: streams[names[key]]["time_series"] for row, key in _SAMPLES.items()}
    plate = streams["Plate"]["info"]["desc"][0]["plate"][0]
    channels = streams["EMG"]["info"]["desc"][0]["channels"][0]["channel"]
    return found | {
        "time stamps of the device": streams["EMG"]["time_stamps"],
        "plates: type and place": [int(plate["type"][0]), _numbers(plate["corners_m"][0]["corner"]),
                                   _numbers(plate["origin_m"])[0]],
        "unit, site, side": [[one.get(key, [""])[0] for key in ("unit", "site", "side")] for one in channels],
        "words": [row[0] for row in streams["Events"]["time_series"]],
    }  # fmt: skip


def parquet(out: Path) -> Found:
    pq = pytest.importorskip("pyarrow.parquet")
    table = {path.stem: pd.read_parquet(path) for path in out.glob("*.parquet")}
    emg = pq.read_table(out / "streams" / "emg.parquet")
    streams, person = table["streams"].set_index("id"), table["participant"].iloc[0]
    found: Found = {row: pd.read_parquet(out / "streams" / f"{key}.parquet").to_numpy()[:, 2:]
                    for row, key in _SAMPLES.items()}  # fmt: skip
    fields = [emg.schema.field(name).metadata for name in emg.column_names[2:]]
    return found | {
        "time": emg["time"].to_numpy() - START, "time stamps of the device": emg["timestamp"].to_numpy(),
        "plates: type and place": _plate(json.loads(streams.loc["plate_left", "plate"])),
        "unit, site, side": [[one.get(key, b"").decode() for key in (b"unit", b"site", b"side")] for one in fields],
        "words": pd.read_parquet(out / "streams" / "said.parquet")["event"].tolist(),
        "events": _events(table["events"]), "trials": _trials(table["trials"]),
        "mass and height": [person["mass_kg"], person["height_m"]],
        "certificates": streams.loc["emg", "reason"], "ledger": table["ledger"]["message"].tolist(),
        "metrics": table["metrics"]["value"].tolist(),
    }  # fmt: skip


def mat(out: Path) -> Found:
    whole = pytest.importorskip("mat73").loadmat(str(out))
    streams = whole["streams"]
    emg, plate = streams["emg"], streams["plate_left"]["plate"]
    found: Found = {row: streams[key]["samples"] for row, key in _SAMPLES.items()}
    trials = {key: np.ravel(value).tolist() for key, value in whole["trials"].items()}
    return found | {
        "time": np.ravel(emg["time"]) - START, "time stamps of the device": np.ravel(emg["timestamps"]),
        "plates: type and place": [int(plate["type"]), plate["corners_m"], np.ravel(plate["origin_m"])],
        "unit, site, side": np.column_stack([_texts(emg[key]) for key in ("units", "sites", "sides")]).tolist(),
        "words": _texts(streams["said"]["samples"]),
        "events": _events(pd.DataFrame({key: _texts(whole["events"][key]) if key != "time"
                                        else np.ravel(whole["events"][key]) for key in ("time", *_EVENT)})),
        "trials": _trials(pd.DataFrame(trials)),
        "mass and height": [float(whole["recording"]["mass_kg"]), float(whole["recording"]["height_m"])],
        "certificates": emg["sync"]["reason"], "ledger": _texts(whole["ledger"]["message"]),
        "metrics": np.ravel(whole["metrics"]["stance_time"]["value"]).tolist(),
    }  # fmt: skip


def edf(out: Path) -> Found:
    edfio = pytest.importorskip("edfio")
    file = edfio.read_bdf(out) if out.suffix == ".bdf" else edfio.read_edf(out)
    columns: dict[str, list[Any]] = {}
    for signal in file.signals:
        columns.setdefault(signal.transducer_type.split()[0], []).append(signal)
    found: Found = {row: np.column_stack([one.data for one in columns[key]]) for row, key in _SAMPLES.items()}
    places = [[*one.transducer_type.split()[1:], "", ""] for one in columns["emg"]]
    notes = [note for note in file.annotations if not note.text.startswith("BAD_")]
    events = [note for note in notes if not note.text.startswith("trial ")]
    trials = [note for note in notes if note.text.startswith("trial ")]
    return found | {
        "time": np.arange(len(found["EMG"])) / columns["emg"][0].sampling_frequency,
        "unit, site, side": [[one.physical_dimension, *place[:2]]
                             for one, place in zip(columns["emg"], places, strict=True)],
        "events": [[note.onset, *(note.text.split() if note.text[:2] in ("IC", "FO") else ("marker", "")),
                    *([note.text] if note.text[:2] not in ("IC", "FO") else [""])] for note in events],
        "trials": [[note.onset, note.onset + (note.duration or math.nan),
                    *note.text.removeprefix("trial ").removesuffix(")").split(" (")] for note in trials],
    }  # fmt: skip


def c3d(out: Path) -> Found:
    file = pytest.importorskip("ezc3d").c3d(str(out))
    parameters, points = file["parameters"], file["data"]["points"][:3]
    labels, analog = parameters["POINT"]["LABELS"]["value"], file["data"]["analogs"][0].T
    about = [text.split() for text in parameters["ANALOG"]["DESCRIPTIONS"]["value"]]
    of = {key: [i for i, words in enumerate(about) if words[1] == key] for key in ("emg", "plate_left")}
    plate, event = parameters["FORCE_PLATFORM"], parameters["EVENT"]
    model = [[labels.index(f"LAnkle{name}"), scale] for name, scale in (("Angles", math.pi / 180), ("Power", 1.0))]
    kinds = {"Foot Strike": "IC", "Foot Off": "FO"}
    own = {name: json.loads("".join(parameters["GROUNDUP"][name]["value"])) for name in ("CERTIFICATES", "LEDGER")}
    units = parameters["ANALOG"]["UNITS"]["value"]
    return {
        "EMG": analog[:, of["emg"]],
        "plates: samples": analog[:, of["plate_left"]] / [1, 1, 1, 1000, 1000, 1000],
        "plates: type and place": [int(plate["TYPE"]["value"][0]), plate["CORNERS"]["value"][:, :, 0].T / 1000,
                                   plate["ORIGIN"]["value"][:, 0] / 1000],
        "markers": np.hstack([points[:, labels.index(name)].T for name in ("LHEE", "RHEE")]),
        "outputs of a model": np.hstack([points[:, place].T * scale for place, scale in model]),
        "time": np.arange(len(analog)) / parameters["ANALOG"]["RATE"]["value"][0],
        "unit, site, side": [[units[i], *([*about[i][2:], "", ""])[:2]] for i in of["emg"]],
        "events": [[60 * minute + second, kinds.get(name, "marker"), {"Left": "L", "Right": "R"}.get(side, ""),
                    "" if name in kinds else name]
                   for minute, second, name, side in zip(*event["TIMES"]["value"], event["LABELS"]["value"],
                                                         event["CONTEXTS"]["value"], strict=True)],
        "mass and height": [parameters["PROCESSING"]["BODYMASS"]["value"][0],
                            parameters["PROCESSING"]["HEIGHT"]["value"][0] / 1000],
        "certificates": next(one["reason"] for one in own["CERTIFICATES"] if one["stream"] == "emg"),
        "ledger": [row["message"] for row in own["LEDGER"]],
    }  # fmt: skip


def nwb(out: Path) -> Found:
    pynwb = pytest.importorskip("pynwb")
    pytest.importorskip("ndx_pose")
    with pynwb.NWBHDF5IO(out, "r") as io:
        file = io.read()
        pose, about = file.processing["behavior"]["mocap"], file.processing["groundup"]
        plate, channels = about["plates"].to_dataframe().iloc[0], about["channels"].to_dataframe()
        events = file.events["events"].to_dataframe().rename(columns={"timestamp": "time"})
        trials = file.trials.to_dataframe()
        person = json.loads(file.subject.description)
        streams = about["streams"].to_dataframe().set_index("stream")
        return {
            "EMG": file.acquisition["emg"].data[:], "plates: samples": file.acquisition["plate_left"].data[:],
            "plates: type and place": [int(plate["type"]), plate["corners_m"], plate["origin_m"]],
            "markers": np.hstack([pose[name].data[:] for name in ("LHEE", "RHEE")]),
            "outputs of a model": file.acquisition["model"].data[:],
            "time": file.acquisition["emg"].timestamps[:],
            "unit, site, side": _places(channels[channels["stream"] == "emg"]),
            "words": file.events["said"].to_dataframe()["annotation"].tolist(),
            "events": events[["time", *_EVENT]].to_numpy().tolist(),
            "trials": trials[["start_time", "stop_time", "label", "condition"]].to_numpy().tolist(),
            "mass and height": [person["mass_kg"], person["height_m"]],
            "certificates": streams.loc["emg", "reason"],
            "ledger": about["ledger"].to_dataframe()["message"].tolist(),
            "metrics": file.processing["metrics"]["stance_time"].to_dataframe()["value"].tolist(),
            "ground reaction forces": file.processing["processed"]["plate_left.grf"].data[:],
            "other processed signals": file.processing["processed"]["emg.envelope"].data[:],
        }  # fmt: skip


def bids(out: Path) -> Found:
    edfio = pytest.importorskip("edfio")
    stem = "sub-unknown_task-unspecified_"
    emg, motion = out / "sub-unknown" / "emg", out / "sub-unknown" / "motion"

    def numbers(path: Path) -> Floats:
        return pd.read_csv(path, sep="\t", header=None, dtype=str, na_values="n/a").to_numpy().astype(np.float64)

    def table(path: Path) -> pd.DataFrame:
        return _frame(path, "\t")

    muscles = edfio.read_bdf(emg / f"{stem}emg.bdf")
    plate = json.loads((emg / f"{stem}recording-plateLeft_physio.json").read_text())["ForcePlate"]
    sidecar, person = json.loads((emg / f"{stem}emg.json").read_text()), table(out / "participants.tsv").iloc[0]
    events = table(emg / f"{stem}events.tsv")
    trials = events[events["trial_type"] == "trial"]
    marks = events[events["trial_type"] != "trial"]
    channels, electrodes = table(emg / f"{stem}channels.tsv"), table(emg / "sub-unknown_electrodes.tsv")
    return {
        "EMG": np.column_stack([one.data for one in muscles.signals]),
        "plates: samples": numbers(emg / f"{stem}recording-plateLeft_physio.tsv.gz"),
        "plates: type and place": _plate(plate),
        "markers": numbers(motion / f"{stem}tracksys-mocap_motion.tsv")[:, 1:],
        "outputs of a model": numbers(motion / f"{stem}tracksys-model_motion.tsv")[:, 1:],
        "time": np.arange(len(muscles.signals[0].data)) / sidecar["SamplingFrequency"],
        "unit, site, side": np.column_stack([channels["units"], electrodes["site"], electrodes["side"]]).tolist(),
        "events": marks[["onset", "trial_type", "side", "value"]].to_numpy().tolist(),
        "trials": [[row["onset"], row["onset"] + row["duration"], row["value"], row["condition"]]
                   for row in trials.to_dict("records")],
        "mass and height": [float(person["weight"]), float(person["height"])],
        "certificates": sidecar["SyncCertificate"]["reason"],
        "ledger": [row["message"] for row in sidecar["Ledger"]],
    }  # fmt: skip


def opensim(out: Path) -> Found:
    markers = np.loadtxt(out / "markers_mocap.trc", skiprows=6, delimiter="\t")
    forces = np.loadtxt(out / "forces.mot", skiprows=7, delimiter="\t")[:, 1:]
    back = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # y up becomes z up
    turned = [forces[:, 3 * k : 3 * k + 3] @ back.T for k in range(3)]
    return {
        "markers": np.hstack([markers[:, 2 + 3 * k : 5 + 3 * k] @ back.T for k in range(2)]) * 1000,
        "ground reaction forces": np.column_stack([turned[0], turned[1][:, :2], turned[2][:, 2]]),
    }


def _plate(plate: dict[str, Any]) -> list[Any]:
    return [int(plate["type"]), np.asarray(plate["corners_m"]), np.asarray(plate["origin_m"])]


def _places(table: pd.DataFrame) -> list[list[str]]:
    return table[["unit", "site", "side"]].to_numpy().tolist()


def _events(table: pd.DataFrame) -> list[list[Any]]:
    return table.assign(time=table["time"] - START)[["time", *_EVENT]].to_numpy().tolist()


def _trials(table: pd.DataFrame) -> list[list[Any]]:
    return [[row["t0"] - START, row["t1"] - START, row["name"], row["condition"]] for row in table.to_dict("records")]


def _numbers(rows: list[str]) -> Floats:
    return np.array([[float(word) for word in row.split()] for row in rows])


def _texts(value: Any) -> list[str]:
    return ["" if one is None else str(one) for one in np.ravel(np.asarray(value, object)).tolist()]


def _frame(path: Path, separator: str) -> pd.DataFrame:
    """A table of text: a column of numbers is one to the last bit, which pandas' own reading is not."""
    table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False).replace("n/a", "")
    for name in table:
        with contextlib.suppress(ValueError):
            table[name] = table[name].to_numpy().astype(np.float64)
    return table
