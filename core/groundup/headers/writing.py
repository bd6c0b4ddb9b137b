"""Headers that we write: the XML that LSL would have sent."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from groundup.model.streams import StreamSpec, desc_xml


def header_xml(spec: StreamSpec) -> str:
    """A header as LSL would have sent it, so that the stream is described the same wherever it came from."""
    shown = replace(
        spec,
        channels=tuple(replace(c, label=_xml(c.label), unit=_xml(c.unit), site=_xml(c.site)) for c in spec.channels),
        type=_xml(spec.type),
        extra={key: _xml(value) for key, value in spec.extra.items()},
    )
    info = ET.Element("info")
    for key, value in (
        ("name", spec.name),
        ("type", spec.type),
        ("channel_count", str(len(spec.channels))),
        ("nominal_srate", repr(float(spec.rate))),
        ("channel_format", spec.format),
        ("source_id", spec.source_id),
        ("hostname", spec.hostname),
    ):
        ET.SubElement(info, key).text = _xml(value)
    info.append(ET.fromstring(desc_xml(shown)))
    return ET.tostring(info, encoding="unicode", xml_declaration=False)


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    allowed = (c if c >= " " or c in "\t\n\r" else "�" for c in text)
    return "".join("�" if c in "\ufffe\uffff" or "\ud800" <= c <= "\udfff" else c for c in allowed)
