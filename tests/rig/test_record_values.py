"""Whatever LSL can carry is recorded as it was sent: every format, every value, any name, any metadata."""

import ctypes
import uuid
from pathlib import Path

import h5py
import numpy as np
import pylsl
from pylsl.lib import lib

import groundup
from groundup import lsl
from groundup.model.streams import DTYPES
from groundup.recording import Recording
from tests.rig.conftest import PATIENCE_S, Process, Rig, recorded

EXTREMES = {
    "int8": [-128, -1, 0, 127],
    "int16": [-(2**15), -1, 0, 2**15 - 1],
    "int32": [-(2**31), -1, 0, 2**31 - 1],
    "int64": [-(2**63), -1, 2**53 + 1, 2**63 - 1],
}
FLOATS = {
    "float32": [0x7FC0BEEF, 0x7F800001, 0xFFC00001, 0x7F800000, 0xFF800000, 0x80000000, 0x00000001, 0x3F800000],
    "double64": [
        0x7FF8DEADBEEF0001, 0x7FF0000000000001, 0xFFF8000000000001, 0x7FF0000000000000, 0xFFF0000000000000,
        0x8000000000000000, 0x0000000000000001, 0x3FF0000000000000,
    ],
}  # fmt: skip
"""Quiet and signalling NaN with payloads, infinities, minus zero, the smallest number, one: as bits."""
TEXTS = [
    b"", b"plain", "Žluťoučký kůň, 走る, \U0001f9b6\u200d\u0301".encode(), b"a\0b", b"\0", b"tail\0\0",
    b"\xff\xfe not utf-8 \xed\xa0\x80", b"<a>&amp;</a>", b"x" * (1 << 20), "\N{RIGHT-TO-LEFT OVERRIDE}".encode(),
]  # fmt: skip


def numbers(fmt: str) -> np.ndarray:
    if fmt in FLOATS:
        width = "<u4" if fmt == "float32" else "<u8"
        return np.array(FLOATS[fmt], width).view(DTYPES[fmt])
    return np.array(EXTREMES[fmt], DTYPES[fmt])


def outlet(name: str, fmt: str, source_id: str = "", channels: int = 1, rate: float = 0.0) -> pylsl.StreamOutlet:
    return pylsl.StreamOutlet(pylsl.StreamInfo(name, "Test", channels, rate, fmt, source_id or name))


def push_bytes(made: pylsl.StreamOutlet, text: bytes, stamp: float) -> None:
    """Push any bytes; pylsl's own push ends at the first NUL."""
    pointers = (ctypes.c_char_p * 1)(text)
    lengths = (ctypes.c_uint32 * 1)(len(text))
    lib.lsl_push_sample_buftp(made.obj, pointers, lengths, ctypes.c_double(stamp), 1)


def start(here: Rig, prefix: str, streams: int) -> Process:
    process = here.start("record", "--stream", f"contains(source_id,'{prefix}')", "-o", "x.h5", "--no-analyze")
    process.wait_for(*(f"s{n:02d}: " for n in range(1, streams + 1)))
    return process


def finish(here: Rig, process: Process, samples: int) -> Recording:
    """Stop when so many samples are recorded in all; the recording."""
    process.wait_until(lambda: sum(s.count for s in recorded(here.cwd / "x.journal.xdf").values()) >= samples)
    process.close_input()
    assert process.wait() in (0, 3), "".join(process.output)
    verified = here.run("verify", "x.h5")
    assert verified.wait() == 0, "".join(verified.output)
    return groundup.open(here.cwd / "x.h5")


def test_every_format_and_every_value_is_recorded_bit_for_bit(here: Rig) -> None:
    """With time stamps that stand still, run backwards and are no numbers at all: kept as sent."""
    prefix = f"values-{uuid.uuid4()}"
    made = {fmt: outlet(f"{prefix}-{fmt}", fmt) for fmt in [*EXTREMES, *FLOATS, "string"]}
    process = start(here, prefix, len(made))
    now = lsl.clock()
    stamps = [now, now, now - 1.0, now - 1.0, now + 3.0, 5.0, now, now + 1e-9, now, now]
    for fmt, one in made.items():
        assert one.wait_for_consumers(PATIENCE_S)
        if fmt == "string":
            for text, stamp in zip(TEXTS, stamps, strict=True):
                push_bytes(one, text, stamp)
        else:
            values = numbers(fmt)
            one.push_chunk(np.ascontiguousarray(values[:, None]), stamps[: len(values)])
    with finish(here, process, len(TEXTS) + sum(len(numbers(fmt)) for fmt in [*EXTREMES, *FLOATS])) as recording:
        streams = {s.spec.name.removeprefix(f"{prefix}-"): s for s in recording.streams.values()}
        for fmt in [*EXTREMES, *FLOATS]:
            assert np.asarray(streams[fmt].samples)[:, 0].tobytes() == numbers(fmt).tobytes(), fmt
            assert streams[fmt].timestamps[:].tolist() == stamps[: len(numbers(fmt))]
        assert streams["string"].timestamps[:].tolist() == stamps
        string = streams["string"].id
    with h5py.File(here.cwd / "x.h5") as file:
        group = file["streams"][string]
        texts = zip(group["samples"][:, 0], group["lengths"][:, 0], strict=True)  # NumPy drops NUL at the end
        assert [bytes(text).ljust(int(length), b"\0") for text, length in texts] == TEXTS


NAMES = {
    "slashes": "../../etc/passwd", "dots": "..", "lines": "one\ntwo\r\n\tthree", "long": "n" * 10_000,
    "xml": "</name><channel_count>9</channel_count><!DOCTYPE x>&amp;&lol;", "quotes": "it's \"it\"",
    "an id": "s01", "twin": "s01", "percent": "%s %n {0} \\x00", "unicode": "\U0001f9b6 Fuß",
}  # fmt: skip


def test_a_name_is_data_whatever_it_says(here: Rig) -> None:
    prefix = f"names-{uuid.uuid4()}"
    made = [outlet(name, "int32", f"{prefix}-{kind}") for kind, name in NAMES.items()]
    process = start(here, prefix, len(made))
    for k, one in enumerate(made):
        assert one.wait_for_consumers(PATIENCE_S)
        one.push_sample([k])
    with finish(here, process, len(made)) as recording:
        found = {s.spec.source_id.removeprefix(f"{prefix}-"): s for s in recording.streams.values()}
        assert set(found) == set(NAMES)
        for k, (kind, name) in enumerate(NAMES.items()):
            kept = name[:4096]  # and the whole of it in the header, as sent
            assert " ".join(found[kind].spec.name.split()) == " ".join(kept.split())
            assert len(found[kind].header) > len(name)
            assert np.asarray(found[kind].samples).tolist() == [[k]]
    info = here.run("info", "x.h5")
    assert info.wait() == 0
    assert max(map(len, info.output)) < 600
    assert [p.name for p in Path(here.cwd).iterdir()] == ["x.h5"]


def test_metadata_built_to_hurt_costs_no_sample(here: Rig) -> None:
    """Ten megabytes of description, elements a thousand deep, and an entity bomb as text."""
    prefix = f"hurt-{uuid.uuid4()}"
    made = []
    for kind in ("big", "deep", "bomb"):
        info = pylsl.StreamInfo(f"{prefix}-{kind}", "Test", 1, 0.0, "int32", f"{prefix}-{kind}")
        desc = info.desc()
        if kind == "big":
            desc.append_child_value("text", "ten bytes!" * 1_000_000)
        elif kind == "deep":
            for _ in range(1000):
                desc = desc.append_child("deeper")
        else:
            desc.append_child_value("bomb", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>&b;&b;')
            channel = desc.append_child("channels").append_child("channel")
            channel.append_child_value("label", "<!ENTITY")
        made.append(pylsl.StreamOutlet(info))
    process = start(here, prefix, len(made))
    for k, one in enumerate(made):
        assert one.wait_for_consumers(PATIENCE_S)
        one.push_sample([k])
    with finish(here, process, len(made)) as recording:
        values = {s.spec.name.removeprefix(f"{prefix}-"): np.asarray(s.samples) for s in recording.streams.values()}
    assert {kind: rows.tolist() for kind, rows in values.items()} == {"big": [[0]], "deep": [[1]], "bomb": [[2]]}
