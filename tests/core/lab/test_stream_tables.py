import pytest

from groundup.inlets.stream_request import stream_requests
from groundup.lab.stream_tables import table_of
from groundup.lab.tables import LabError, parse_lab
from groundup.lsl.stream_names import source_prefix

MILL = '[devices.mill]\ndriver = "mill"\n'


def test_both_forms_mean_the_same() -> None:
    inside = parse_lab(MILL + "[devices.mill.streams.left]\nrate = 1000\nlatency_s = 0.01\n")
    outside = parse_lab(MILL + '[streams."mill.left"]\nrate = 1000\nlatency_s = 0.01\n')
    assert inside.streams == outside.streams
    assert inside.devices == outside.devices
    assert stream_requests(inside, ()) == stream_requests(outside, ())


def test_both_at_once_is_an_error_that_says_so() -> None:
    with pytest.raises(LabError, match=r'mill.streams.left\] and \[streams."mill.left"\] are both about'):
        parse_lab(MILL + '[devices.mill.streams.left]\n[streams."mill.left"]\n')


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[devices.mill.streams.left]\nraet = 3", r'\[devices.mill.streams.left\] has an unknown key "raet"; did you'),
        ('[devices.mill.streams."left plate"]', "is no key of a stream"),
        (f"{MILL}streams = 3", "streams is 3; a table is expected"),
        ('[devices.mill.streams.left.channels]\n"a" = { site = "plevis" }', 'unknown site "plevis".*mean "pelvis"'),
        ('[streams."a.b.c"]', "cannot be used as a name"),
        ('[devices."a.b"]\ndriver = "x"', "cannot be used as a name"),
    ],
)
def test_what_is_wrong_is_told_as_for_every_stream(table: str, said: str) -> None:
    with pytest.raises(LabError, match=said):
        parse_lab(table if table.startswith("[devices.mill]\n") else MILL + table)


def test_a_stream_is_as_required_as_its_device_unless_it_says_so() -> None:
    lab = parse_lab(
        f"{MILL}required = false\n[devices.mill.streams.left]\n[devices.mill.streams.right]\nrequired = true\n"
    )
    assert not lab.requires("mill")
    assert not lab.requires("mill", "mill.left")
    assert lab.requires("mill", "mill.right")
    assert not lab.requires("mill", "mill.belts")


def test_a_table_is_for_the_own_device_or_for_whoever_is_called_so() -> None:
    lab = parse_lab(
        MILL + '[devices.mill.streams.left]\n[streams."imus.foot_L"]\n[streams.emg]\nmatch = "type=\'EMG\'"\n'
    )
    wants = {request.id: request.predicate for request in stream_requests(lab, ())}
    assert wants["mill.left"] == f"source_id='{source_prefix('mill')}left'"
    assert "'imus/foot_L'" in wants["imus.foot_L"]
    assert wants["emg"] == "type='EMG'"
    assert table_of("mill.left", "plate") == '[streams."mill.left".plate]'
