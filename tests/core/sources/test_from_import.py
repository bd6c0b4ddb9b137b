"""An imported file is sealed by the code that seals our own journals, and nothing of it is lost."""

from pathlib import Path

import numpy as np
import pytest

import groundup
from groundup.headers.stream_header import spec_from_xml
from groundup.lab.tables import LabError, parse_lab
from groundup.model.source import padded_probes
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject
from groundup.plugin.formats import Imported, ImportedStream
from groundup.recording import seal as sealing
from groundup.recording.verify import verify
from groundup.sources.from_import import source_from_import

EMG = ImportedStream(
    "emg",
    StreamSpec("Analog \x01 EMG", "EMG", 1000.0, "double64", (Channel("ch <1>", "V"), Channel("", "V")), "id", "host"),
    np.arange(20_000.0).reshape(10_000, 2),
    np.arange(10_000) / 1000,
    np.array([[0.0, 0.1], [2.0, 0.1]]),
)
EVENTS = ImportedStream(
    "events",
    StreamSpec("events", "Markers", 0.0, "string", (Channel("event"),)),
    [["héllo"], [""]],
    np.array([1.0, 2.0]),
)
FILE = Imported((EMG, EVENTS), Subject(mass_kg=61.0), ("2 channels have no unit",))


def test_an_import_is_sealed_to_the_bit(tmp_path: Path, made_clock: None) -> None:
    events = ImportedStream(EVENTS.id, EVENTS.spec, EVENTS.samples, EVENTS.timestamps, np.array([[1.0, 0.0, 1e-4]]))
    made = source_from_import(Imported((EMG, events), FILE.subject, FILE.notes))
    sealing.seal(made, tmp_path / "x.h5")
    assert verify(tmp_path / "x.h5", made) == []
    with groundup.open(tmp_path / "x.h5") as recording:
        np.testing.assert_array_equal(recording.streams["emg"].samples[...], EMG.samples)
        np.testing.assert_array_equal(recording.streams["emg"].timestamps, EMG.timestamps)
        assert recording.streams["events"].values() == [["héllo".encode()], [b""]]
        assert recording.participant.mass_kg == 61.0
        assert "2 channels have no unit" in recording.ledger["message"].tolist()
        assert recording.started_utc == ""


def test_the_header_reads_back_as_the_spec() -> None:
    stream = source_from_import(FILE).streams[0]
    spec = spec_from_xml(stream.header)
    assert (spec.type, spec.rate, spec.format, spec.source_id, spec.hostname) == (
        "EMG",
        1000.0,
        "double64",
        "id",
        "host",
    )
    assert spec.name == "Analog � EMG"
    assert [c.label for c in spec.channels] == ["ch <1>", "ch2"]
    assert stream.spec.name == "Analog \x01 EMG"


def test_what_a_file_does_not_tell_of_its_probes_is_nan() -> None:
    two = padded_probes(np.array([[1.0, 0.1]]))
    assert two["offset"].tolist() == [0.1]
    assert np.isnan(two["round_trip"]).all()
    three = padded_probes(np.array([[1.0, 0.1, 1e-4]]))
    assert three["round_trip"].tolist() == [1e-4]
    assert np.isnan(three["collected"]).all()
    assert len(padded_probes(np.empty((0, 3)))) == 0


@pytest.mark.parametrize("table", ["[streams.emg", "[streams.delsys]\nmatch = \"type='EMG'\"\n[streams.delsys"])
def test_lab_toml_gives_a_files_channels_their_sites(table: str) -> None:
    lab = parse_lab(f'{table}.channels]\n"ch <1>" = {{site = "soleus", side = "R"}}\n[participant]\nheight_m = 1.7')
    made = source_from_import(FILE, lab)
    assert made.streams[0].id == next(iter(lab.streams))
    assert made.streams[0].spec.channels[0] == Channel("ch <1>", "V", "soleus", "R")
    assert (made.subject.mass_kg, made.subject.height_m) == (61.0, 1.7)
    assert made.lab_toml == lab.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[streams.emg.channels]\nch1 = {side = 'L'}", 'did you mean "ch <1>"'),
        ("[streams.all]\nmatch = 'name'", "matches the streams emg, events"),
        ("[streams.a]\nmatch = \"type='EMG'\"\n[streams.b]\nmatch = \"type='EMG'\"", "as [streams.a] does"),
        ("[streams.a]\nmatch = 'name='", "cannot be used"),
        ("[streams.egm.channels]\nx = {side = 'L'}", "fits no stream of the file; it has emg, events"),
    ],
)
def test_a_lab_that_does_not_fit_the_file_is_a_sentence(text: str, says: str) -> None:
    with pytest.raises(LabError) as caught:
        source_from_import(FILE, parse_lab(text))
    assert says in str(caught.value)
    assert str(caught.value).startswith("lab.toml: [streams.")


def test_a_rate_that_is_not_the_labs_is_a_fault() -> None:
    for rate, faults in ((1000.0, 0), (2000.0, 1)):
        source = source_from_import(FILE, parse_lab(f"[streams.emg]\nrate = {rate}\n"))
        emg = next(stream for stream in source.streams if stream.id == "emg")
        assert [row.kind for row in emg.ledger if row.severity == "fault"] == ["rate"] * faults
    assert "rate is 2000 Hz, but the stream" in emg.ledger[-1].message
    assert "announces 1000 Hz" in emg.ledger[-1].message
