"""A first lab.toml: what is found is written so that it can be read, and nothing is guessed in silence."""

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from groundup.lab.first_draft import lab_text, match_for, stream_ids
from groundup.lab.settings import Settings
from groundup.lab.tables import parse_lab, settings_from
from groundup.lsl.predicate import matches
from groundup.model.streams import Channel, StreamSpec


def emg(*labels: str, name: str = "Amp", source_id: str = "") -> StreamSpec:
    channels = tuple(Channel(label, "uV") for label in labels)
    return StreamSpec(name, "EMG", 2000.0, "float32", channels, source_id)


def header(spec: StreamSpec) -> str:
    return f"<info><name>{spec.name}</name><type>{spec.type}</type><source_id>{spec.source_id}</source_id></info>"


def test_a_label_that_can_mean_one_muscle_is_proposed_and_marked() -> None:
    text = lab_text([emg("RTA", "GM_L", "Ch 3")])
    channels = parse_lab(text).streams["amp"].channels
    assert {label: (c.site, c.side) for label, c in channels.items()} == {"RTA": ("tibialis_anterior", "R")}
    (line,) = [line for line in text.splitlines() if line.startswith('"RTA"')]
    assert line.endswith("# proposed from its label: check")


def test_what_can_mean_several_muscles_or_none_is_left_to_a_person() -> None:
    text = lab_text([emg("RTA", "GM_L", "Ch 3")])
    assert '# "GM_L" = { site = "", side = "L" }' in text
    assert "gluteus_medius or gluteus_maximus? choose" in text
    assert '# "Ch 3"' in text


def test_channels_of_one_label_are_one_line_that_says_so() -> None:
    text = lab_text([emg("RTA", "RTA", "Ch 3")])
    (channel,) = parse_lab(text).streams["amp"].channels.values()
    assert (channel.site, channel.side) == ("tibialis_anterior", "R")
    (line,) = [line for line in text.splitlines() if line.startswith('"RTA"')]
    assert line.endswith("; 2 channels have it")


def test_an_imu_whose_channels_are_axes_gets_its_segment_from_its_name() -> None:
    axes = tuple(Channel(label, "g") for label in ("ax", "ay", "az"))
    lab = parse_lab(lab_text([StreamSpec("Left Shank", "IMU", 100.0, "float32", axes)]))
    assert {(c.site, c.side) for c in lab.streams["left_shank"].channels.values()} == {("shank", "L")}


def test_forces_without_a_geometry_get_a_plate_to_fill_in() -> None:
    forces = tuple(Channel(label, "N") for label in ("Fx", "Fy", "Fz", "Mx", "My", "Mz"))
    text = lab_text([StreamSpec("Kistler 1", "Force", 1000.0, "float32", forces)])
    assert "# [streams.kistler_1.plate]" in text
    assert parse_lab(text).streams["kistler_1"].plate is None


def test_twins_are_told_apart_by_what_differs() -> None:
    streams = [emg("a", source_id="one"), emg("a", source_id="two"), emg("a", name="Other")]
    assert stream_ids(streams) == ["amp", "amp_2", "other"]
    for spec in streams:
        fitting = [other for other in streams if matches(match_for(spec, streams), header(other))]
        assert fitting == [spec]


def test_a_device_that_was_found_is_there_with_its_settings() -> None:
    class Own(Settings, frozen=True):
        port: str
        rate: float = 100.0

    lab = lab_text([], {"brace": ("knee_brace", Own, {})})
    assert parse_lab(lab).devices["brace"].driver == "knee_brace"
    assert "# port =          # needed" in lab
    assert "# rate = 100.0" in lab


@example(name="", source_id="", labels=["RTA", "RTA"])
@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_name_any_device_sends_gives_a_file_that_can_be_read(name: str, source_id: str, labels: list[str]) -> None:
    (stream,) = parse_lab(lab_text([emg(*labels, name=name, source_id=source_id)])).streams.values()
    assert stream.rate == 2000.0


def test_two_devices_that_a_scan_found_are_told_apart_and_their_settings_are_written() -> None:
    class Port(Settings, frozen=True):
        port: str
        baud: int = 9600
        worn: dict[str, str] = msgspec.field(default_factory=dict)

    found = {f"mill_{n}": ("mill", Port, {"port": f"COM{n}", "worn": {'a "b"': "x"}}) for n in (1, 2)}
    lab = parse_lab(lab_text([], found))
    assert {name: device.driver for name, device in lab.devices.items()} == {"mill_1": "mill", "mill_2": "mill"}
    assert [device.settings["port"] for device in lab.devices.values()] == ["COM1", "COM2"]
    assert settings_from(lab.devices["mill_1"].settings, Port, "") == Port("COM1", worn={'a "b"': "x"})
