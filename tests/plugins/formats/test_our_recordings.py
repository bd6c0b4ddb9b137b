"""A recording is read back as any other file, to the bit."""

import json
from pathlib import Path

import numpy as np

from groundup.plugin import Channel, Event, Imported, ImportedStream, StreamSpec, Subject, event_json
from groundup.recording.seal import seal
from groundup.sources.from_import import source_from_import
from groundup.sources.importers import import_file


def test_what_was_sealed_is_what_is_imported_again(tmp_path: Path) -> None:
    emg = StreamSpec("EMG", "EMG", 1000.0, "float32", (Channel("a", "V", "soleus", "L"), Channel("b", "V")), "id-1")
    events = StreamSpec("events", "Markers", 0.0, "string", (Channel("event"),))
    values = np.array([[1.5, np.nan], [-np.inf, 3e-40], [0.0, 7.25]], np.float32)
    text = [[event_json(Event(2.0, "IC", "L", "file"))], [""], ["é\x00x"]]
    probes = np.array([[0.5, 10.0, 1e-4]])
    first = Imported(
        (
            ImportedStream("emg", emg, values, np.array([1.0, 1.001, 1.002]), probes),
            ImportedStream("events", events, text, np.array([1.0, 2.0, 3.0])),
        ),
        Subject(70.0),
    )
    path = tmp_path / "x.h5"
    seal(source_from_import(first), path)
    again = import_file(path)
    assert again.subject.mass_kg == 70.0
    (stream, marks) = again.streams
    assert (stream.id, stream.spec.channels, stream.spec.rate) == ("emg", emg.channels, 1000.0)
    np.testing.assert_array_equal(np.asarray(stream.samples).view("u4"), values.view("u4"))
    np.testing.assert_array_equal(stream.timestamps, [1.0, 1.001, 1.002])
    np.testing.assert_array_equal(stream.probes, probes)
    assert [list(row) for row in marks.samples] == text
    assert json.loads(marks.samples[0][0])["kind"] == "IC"
