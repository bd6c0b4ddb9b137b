import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.lsl.stream_names import id_of_source, source_prefix
from groundup.model.stream_keys import alike, as_key, is_key, number_of
from groundup.model.streams import Channel, StreamSpec
from groundup.plugin.streams import StreamsError, is_new, keyed, unknown_key

SPEC = StreamSpec("Plate", "Force", 100.0, "float32", (Channel("Fz", "N"),))


@given(text=st.text(max_size=60), others=st.lists(st.text(max_size=10), max_size=4))
def test_any_name_becomes_a_key_that_differs_from_the_others(text: str, others: list[str]) -> None:
    taken: list[str] = []
    for other in others:
        taken.append(as_key(other, taken))
    key = as_key(text, taken)
    assert is_key(key)
    assert alike([*taken, key]) is None
    assert key not in taken


@pytest.mark.parametrize(
    ("source", "id"),
    [
        ("groundup/far away/mill/left", "mill.left"),
        ("groundup/pc/plate_left/", "plate_left"),
        ("groundup/pc/trigno/trigno:imu:3", ""),  # of a groundup before keys
        ("groundup/pc/mill/groundup.ticks", ""),
        ("groundup/pc/live.analysis/groundup.events", ""),
        ("mill/left", ""),
        ("", ""),
    ],
)
def test_an_id_is_read_from_a_drivers_source_id_alone(source: str, id: str) -> None:
    assert id_of_source(source) == id
    assert id_of_source(source_prefix("mill") + "belts") == "mill.belts"


@pytest.mark.parametrize("key", ["", "1st", "left plate", "ä", "x" * 33, "a.b", "a/b", 3, None])
def test_what_is_no_key_is_refused_in_words(key: object) -> None:
    with pytest.raises(StreamsError, match="cannot be the key of a stream"):
        keyed({key: SPEC})


def test_keys_that_are_taken_for_each_other_are_refused() -> None:
    with pytest.raises(StreamsError, match='"Left" and "left" would be taken for each other'):
        keyed({"Left": SPEC, "left": SPEC})
    assert number_of("") == 0
    assert len({number_of(key) for key in ("left", "right", "belts", "events")}) == 4


@pytest.mark.parametrize("streams", [None, [SPEC], (SPEC,), {"left": "plate"}, "left"])
def test_what_is_no_stream_is_refused_in_words(streams: object) -> None:
    with pytest.raises(StreamsError, match="is no StreamSpec, and no mapping"):
        keyed(streams)


def test_a_stream_is_added_once_and_never_as_another() -> None:
    known = {"left": SPEC}
    assert is_new("right", SPEC, known)
    assert not is_new("left", SPEC, known)
    other = StreamSpec("Plate", "Force", 200.0, "float32", SPEC.channels)
    with pytest.raises(StreamsError, match="another rate"):
        is_new("left", other, known)
    with pytest.raises(StreamsError, match="cannot be added"):
        is_new("right", SPEC, {"": SPEC})


def test_an_unknown_key_is_told_with_those_that_are() -> None:
    assert unknown_key("lefft", ["left", "right"]) == ('it names the stream "lefft", and has announced "left", "right"')
    assert "one stream, without a key" in unknown_key("left", [""])
    assert "names no stream" in unknown_key("", ["left"])
    assert "samples come first" in unknown_key(0, ["left"])
