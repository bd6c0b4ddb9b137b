"""What a stream says of itself survives the network, and what strangers say cannot hurt."""

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.headers.stream_header import number_of, read_header, spec_from_xml
from groundup.headers.writing import header_xml
from groundup.model.streams import Channel, Plate, StreamSpec, desc_xml
from groundup.model.subject import Subject

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


def header(
    name: str = "Kraftmeßplatte", count: str = "1", rate: str = "100", form: str = "float32", desc: str = "",
    declared: str = "", label: str = "L TA", unit: str = "µV",
) -> str:  # fmt: skip
    desc = desc or f"<channels><channel><label>{label}</label><unit>{unit}</unit></channel></channels>"
    return (
        f'<?xml version="1.0"{declared}?><info><name>{name}</name><type>EMG</type>'
        f"<channel_count>{count}</channel_count><nominal_srate>{rate}</nominal_srate><channel_format>{form}</channel_format><desc>{desc}</desc></info>"
    )


ORIGIN = "<origin_m>0 0 0</origin_m>"
LATIN = ' encoding="ISO-8859-1"'


@pytest.mark.survives(
    "files",
    fault="An XDF header is in another encoding than it says, or has NULs, bytes behind its end, HTML entities.",
    happens="It is read as it was meant.",
    said="“the stream header is repaired: …”",
    lost="Nothing.",
)
@pytest.mark.parametrize(
    ("data", "doubts"),
    [
        (header().encode(), 0),
        (header().encode("utf-8-sig"), 0),
        (header(declared=LATIN).encode("latin-1"), 0),
        (header(declared=' encoding="UTF-16"').encode("utf-16"), 0),
        (header().encode("utf-16-be"), 0),
        (header().encode("latin-1"), 1),
        (header().encode("cp1252").replace(b"\xb5", "µ".encode()), 1),
        (header(declared=LATIN).encode(), 1),
        (header(declared=' encoding="UTF-16"').encode(), 1),
        (header(declared=' encoding="klingon"').encode(), 1),
        (header().encode() + b"\0", 1),
        (header().encode() + b"\n\xcd\xfd\xfd\xfd", 2),
        (header().encode() + header("another").encode(), 1),
        (header(label="L TA\0\0").encode(), 1),
        (header(unit="&micro;V").encode(), 1),
        (b"<info>" + header().encode().partition(b"?>")[2] + b"</info>", 1),
    ],
)
def test_letters_are_those_of_the_sender_and_what_was_repaired_is_said(data: bytes, doubts: int) -> None:
    found = read_header(data)
    assert found.spec == StreamSpec("Kraftmeßplatte", "EMG", 100.0, "float32", (Channel("L TA", "µV"),))
    assert (len(found.repaired), found.refused) == (doubts, ())


@pytest.mark.survives(
    "files",
    fault="Labels hold &, <, or control characters.",
    happens="They are read as text; a control character becomes �.",
    said="“the stream header is repaired: …”",
    lost="Control characters, which are in the header's bytes.",
)
@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("Force & EMG", "Force & EMG"),
        ("<5 Hz & b < c", "<5 Hz & b < c"),
        ("a <b> c", "a <b> c"),
        ("a &#27;b\x1bc", "a \ufffdb\ufffdc"),
        ("&#xD800;&#0;&#xFFFE;", "\ufffd\ufffd\ufffd"),
        ("&unknown; &amp;", "&unknown; &"),
        ("<![CDATA[<x> & ]]>&", "<x> & &"),
    ],
)
def test_what_is_no_markup_is_text(label: str, read: str) -> None:
    found = read_header(header(label=label))
    assert [c.label for c in found.spec.channels] == [read]
    assert found.repaired
    assert not found.refused


@pytest.mark.survives(
    "files",
    fault="A nominal rate is “100,000000”, “1,000”, NaN, 1e300 or a word.",
    happens=(
        "One that can only mean one thing is read; any other is not believed, and the stream is read as irregular."
    ),
    said="“the stream header cannot be read in full: its nominal_srate … is no number that can be meant: …”",
    lost="The nominal rate.",
)
@pytest.mark.parametrize(
    ("rate", "read", "repaired", "refused"),
    [
        ("100,000000", 100.0, True, False),
        ("1.000,500000", 0.0, False, True),
        ("1,000", 0.0, False, True),  # 1 or 1000: no one can tell
        *((rate, 0.0, False, True) for rate in ("nan", "inf", "1e300", "1e9", "1e-310", "-5", "", "abc", "1_000", "٣")),
        (" 1e2 ", 100.0, False, False),
        ("0", 0.0, False, False),
    ],
)
def test_a_rate_is_one_that_is_meant_or_none(rate: str, read: float, repaired: bool, refused: bool) -> None:
    found = read_header(header(rate=rate))
    assert (found.spec.rate, bool(found.repaired), bool(found.refused)) == (read, repaired, refused)
    assert all("nominal_srate" in note for note in found.repaired + found.refused[:1])


@pytest.mark.parametrize("count", ["1.0", " 1 ", "+1", "1e0", "1,0"])
def test_a_whole_number_of_channels_is_read_however_it_is_written(count: str) -> None:
    found = read_header(header(count=count))
    assert len(found.spec.channels) == 1
    assert bool(found.repaired) == (count != " 1 ")


@pytest.mark.parametrize("count", ["1.5", "x", "-1", "1000000", "1e300", "1,000", "²"])
def test_what_is_no_number_of_channels_is_named(count: str) -> None:
    with pytest.raises(ValueError, match="channel"):
        read_header(header(count=count))


@pytest.mark.parametrize(
    ("form", "read"),
    [("Float32", "float32"), ("float", "float32"), ("DOUBLE", "double64"), ("cf_int16", "int16")],
)
def test_a_format_by_another_name_is_read_and_said(form: str, read: str) -> None:
    found = read_header(header(form=form))
    assert found.spec.format == read
    assert len(found.repaired) == 1


@pytest.mark.parametrize("many", [1, 3])
def test_labels_that_are_too_few_or_too_many_are_said(many: int) -> None:
    desc = "<channels>" + "".join(f"<channel><label>c{i}</label></channel>" for i in range(many)) + "</channels>"
    found = read_header(header(count="2", desc=desc))
    assert [c.label for c in found.spec.channels] == ["c0", "ch2" if many == 1 else "c1"]
    assert f"describes {many} channels and has 2" in found.repaired[0]


def test_two_lists_of_channels_are_never_put_together() -> None:
    lists = "".join(
        "<channels>" + "".join(f"<channel><label>{name}{i}</label></channel>" for i in range(n)) + "</channels>"
        for name, n in (("a", 1), ("b", 2))
    )
    found = read_header(header(count="2", desc=lists))
    assert [c.label for c in found.spec.channels] == ["b0", "b1"]
    assert len(found.repaired) == 1


@pytest.mark.parametrize(
    ("desc", "says"),
    [
        ("<latency_s>soon</latency_s>", "latency_s"),
        ("<latency_s>1e30</latency_s>", "latency_s"),
        ("<latency_s>0.1</latency_s><latency_s>0.2</latency_s>", "latency_s more than once"),
        ("<plate><type>2</type>" + ORIGIN + "<corners_m><corner>0 x 0</corner></corners_m></plate>", "corners"),
        ("<plate><type>2</type>" + ORIGIN + "<corners_m><corner>0 1e20 0</corner></corners_m></plate>", "size"),
        ("<plate><type>4</type>" + ORIGIN + "<calibration><row>1 ?</row></calibration></plate>", "calibration"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_read_is_not_used_and_is_a_fault(desc: str, says: str) -> None:
    found = read_header(header(desc=desc))
    assert (found.spec.latency_s, found.spec.plate) == (0.0, None)
    assert says in found.refused[0]


def test_decimal_commas_of_a_latency_and_a_plate_are_read_and_said() -> None:
    corners = "".join(f"<corner>{c}</corner>" for c in ("0,0 0,5 0,0", "0.4 0.5 0", "0,4 0 0", "0 0 0"))
    plate = f"<plate><type>2</type><corners_m>{corners}</corners_m><origin_m>0 0 -0,04</origin_m></plate>"
    found = read_header(header(desc=f"<latency_s>0,0125</latency_s>{plate}"))
    assert found.spec.latency_s == 0.0125
    assert found.spec.plate == Plate(
        2, ((0.0, 0.5, 0.0), (0.4, 0.5, 0.0), (0.4, 0.0, 0.0), (0.0, 0.0, 0.0)), (0.0, 0.0, -0.04)
    )
    assert found.repaired
    assert not found.refused


def test_the_person_in_a_header_weighs_what_it_says_or_is_unknown() -> None:
    def mass(text: str) -> float:
        root = ET.fromstring(f"<info><desc><subject><mass_kg>{text}</mass_kg></subject></desc></info>")
        return Subject.from_xml(root).mass_kg

    assert (mass("70,5"), mass("70.5")) == (70.5, 70.5)
    assert all(math.isnan(mass(text)) for text in ("", "heavy", "70,500", "1e9", "nan", "-70"))


def test_half_a_number_of_a_header_that_breaks_off_is_no_number() -> None:
    whole = header(rate="1000").replace("<channel_format>float32</channel_format>", "")
    whole = whole.replace("<info>", "<info><channel_format>float32</channel_format>")
    found = read_header(whole[: whole.index("1000") + 2])
    assert found.spec.rate == 0.0
    assert any("breaks off" in note for note in found.refused)


@pytest.mark.survives(
    "files",
    fault="A header declares entities that grow a billionfold, or that name a file.",
    happens="Nothing is expanded and no file is read; a fault.",
    said="“the stream header cannot be read in full: … document type …”",
    lost="Nothing.",
)
def test_no_entity_is_ever_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE info [<!ENTITY l0 "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    found = read_header(bomb + header("&l9;&f;").partition("?>")[2])
    assert found.spec.name == "&l9;&f;"
    assert "document type" in found.refused[0]


@pytest.mark.rig
@pytest.mark.survives(
    "files",
    fault="A header is many megabytes of brackets, or nested without end.",
    happens="The stream's name, rate and channels are read.",
    said="“it is … bytes long, and no clean XML or of very many elements: only the first … are read”",
    lost="What stands behind.",
)
@pytest.mark.parametrize("piece", ["<a>", "<a/>", "</a>", "&", "<", "<!--", "<![CDATA[", "<a ", "x", "&#27;"])
def test_a_header_of_many_megabytes_says_what_the_stream_is(piece: str) -> None:
    found = read_header(header(desc=piece * ((9 << 20) // len(piece) if len(piece) < 3 else 400_000)))
    assert (found.spec.name, found.spec.rate, len(found.spec.channels)) == ("Kraftmeßplatte", 100.0, 1)
    assert found.refused or found.repaired


def test_a_long_header_that_is_clean_is_read_to_its_end() -> None:
    blob = "<blob>" + "A" * (9 << 20) + "</blob><channels><channel><label>L TA</label></channel></channels>"
    found = read_header(header(desc=blob).encode())
    assert [c.label for c in found.spec.channels] == ["L TA"]
    assert (found.repaired, found.refused) == ((), ())


@pytest.mark.rig
@given(st.text() | st.binary() | st.text("<>/&;ai#!-[] \0'\"="), st.integers(0, 250))
def test_whatever_a_header_holds_it_is_read_or_a_sentence(junk: str | bytes, at: int) -> None:
    whole: str | bytes = header() if isinstance(junk, str) else header().encode()
    try:
        spec = read_header(whole[:at] + junk + whole[at:]).spec  # type: ignore[operator]
    except ValueError as error:
        assert "the stream header" in str(error)  # noqa: PT017
    else:
        assert 0 <= spec.rate <= 1e6
        assert header_xml(spec)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,5", 1.5), ("0,125", 0.125), ("1.234", 1.234), ("2000,000", 2000.0), ("1,234", None), ("12,345,678", None),
     ("1,2,3", None), ("", None), (".", None), ("-1,5e3", -1500.0)],
)  # fmt: skip
def test_a_comma_is_a_decimal_mark_only_where_it_can_be_nothing_else(text: str, value: float | None) -> None:
    assert number_of(text) == value


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
