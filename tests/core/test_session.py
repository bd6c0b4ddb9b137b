"""What a session waits for, and whose troubles are faults."""

from groundup.lab import parse_lab
from groundup.record.joining import Wanted
from groundup.record.session import wanted

LAB = """
[devices.shoe]
driver = "x"
required = false
[devices.plate]
driver = "x"
[streams.emg]
[streams.video]
required = false
"""


def test_a_stream_that_is_not_required_is_neither_expected_nor_a_fault() -> None:
    streams = {w.id: w for w in wanted(parse_lab(LAB), ())}
    assert [name for name, w in streams.items() if w.expected] == ["emg"]
    assert [name for name, w in streams.items() if w.matters(100.0)] == ["emg", "plate"]
    assert [name for name, w in streams.items() if w.matters(0.0)] == ["emg"]


def test_a_device_is_expected_where_no_stream_is_named() -> None:
    lab = parse_lab('[devices.shoe]\ndriver = "x"\nrequired = false\n[devices.plate]\ndriver = "x"\n')
    assert [(w.id, w.expected, w.matters(100.0)) for w in wanted(lab, ())] == [
        ("shoe", False, False), ("plate", True, True),
    ]  # fmt: skip


def test_a_stream_asked_for_by_its_predicate_counts_as_one_of_lab_toml() -> None:
    (asked,) = wanted(None, ["type='EMG'"])
    assert asked.expected
    assert asked.matters(0.0)


def test_of_all_streams_on_the_network_those_that_should_flow_count() -> None:
    (everything,) = wanted(None, ())
    assert everything == Wanted()
    assert not everything.expected
    assert everything.matters(100.0)
    assert not everything.matters(0.0)
