"""What a stream says of itself survives the network, and what strangers say cannot hurt."""

from xml.etree import ElementTree as ET

import pytest

from groundup.streams import Channel, Plate, StreamSpec, desc_xml, spec_from_xml

PLATE = Plate(4, ((0.0, 0.1, 0.0),) * 4, (0.0, 0.0, -0.04), ((1.0, 0.5), (0.25, 1e-17)))
SPEC = StreamSpec(
    "name <&> \n 'quoted'", "Force", 1000.0, "float32",
    (Channel("Fz é", "N", "plate:1", "L"), Channel("Mx", "Nm")), "id/1", plate=PLATE, latency_s=0.0125, role="live",
    inputs=("uid-1", "uid-2"),
)  # fmt: skip


def info(spec: StreamSpec, desc: str) -> str:
    root = ET.Element("info")
    for key, value in (("name", spec.name), ("type", spec.type), ("channel_count", str(len(spec.channels))),
                       ("nominal_srate", repr(spec.rate)), ("channel_format", spec.format),
                       ("source_id", spec.source_id)):  # fmt: skip
        ET.SubElement(root, key).text = value
    root.append(ET.fromstring(desc))
    return ET.tostring(root, encoding="unicode")


def test_a_stream_reads_back_as_it_was_described() -> None:
    assert spec_from_xml(info(SPEC, desc_xml(SPEC))) == SPEC


def test_channels_without_description_are_numbered() -> None:
    spec = StreamSpec("x", "EMG", 1.0, "int8", (Channel("ch1"), Channel("ch2")))
    assert spec_from_xml(info(spec, "<desc/>")).channels == spec.channels


@pytest.mark.parametrize(
    "header",
    [
        "<!DOCTYPE a [<!ENTITY b 'c'>]><info/>",
        "not xml",
        "<info><channel_count>1</channel_count></info>",
        "<info><channel_count>-1</channel_count><channel_format>int8</channel_format></info>",
        "<info><channel_count>1</channel_count><channel_format>float128</channel_format></info>",
    ],
)
def test_a_header_that_cannot_be_read_is_a_sentence(header: str) -> None:
    with pytest.raises(ValueError, match="the stream header"):
        spec_from_xml(header)


def test_deep_nesting_does_not_hide_what_a_stream_is() -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    spec = spec_from_xml(info(SPEC, f"<desc>{'<a/>' * 10}</desc>").replace("<a />" * 10, deep))
    assert spec.name == SPEC.name.strip()


@pytest.mark.parametrize(
    ("kind", "site", "expected"),
    [("", "soleus", "emg"), ("Misc", "pelvis", "imu"), ("EMG", "", "emg"), ("", "", "other")],
)
def test_where_a_sensor_is_worn_says_what_it_is_when_its_type_does_not(kind: str, site: str, expected: str) -> None:
    assert StreamSpec("x", kind, 1000.0, "float32", (Channel("a"), Channel("b", site=site))).kind == expected
