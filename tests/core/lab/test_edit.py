"""A lab.toml that is changed keeps what a person wrote in it."""

import tomllib

import pytest

from groundup.lab.edit import Change, changed

TEXT = """# Lab 3, since spring
[participant]
id = "p1"   # who

[streams.imu]   # left shank
match = "name='x'"
latency_s = 0.01 # old

[devices.mill]
driver = "tandem"
inline = {a = 1}

[streams.imu.channels]
"acc x" = {site = "shank"}
"""


@pytest.mark.parametrize(
    "table", [("streams", "imu"), ("streams", "emg"), ("devices", "mill"), ("devices", "mill", "streams", "left")]
)
def test_one_key_is_set_and_every_other_line_stays(table: tuple[str, ...]) -> None:
    after = changed(TEXT, [Change(table, "latency_s", 0.0123, "tap")])
    found = tomllib.loads(after)
    for name in table:
        found = found[name]
    assert found["latency_s"] == 0.0123
    assert "latency_s = 0.0123 # tap" in after
    kept = [line for line in TEXT.splitlines() if not line.startswith("latency_s") or table != ("streams", "imu")]
    lines = after.splitlines()
    assert [line for line in lines if line in kept and line] == [line for line in kept if line]


def test_an_empty_file_gets_its_first_table() -> None:
    assert tomllib.loads(changed("", [Change(("streams", "a"), "rate", 100.0)])) == {"streams": {"a": {"rate": 100.0}}}


def test_a_word_where_a_table_has_to_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"streams\.imu is no table"):
        changed('streams = {imu = "x"}', [Change(("streams", "imu"), "rate", 1.0)])


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_ends_of_lines_and_a_byte_order_mark_stay(ends: str, mark: str) -> None:
    after = changed(mark + TEXT.replace("\n", ends), [Change(("streams", "emg"), "latency_s", 0.0123, "tap")])
    assert after.startswith(mark + "# Lab 3")
    assert after.count("\n") == after.count(ends)
    assert tomllib.loads(after.removeprefix(mark))["streams"]["emg"]["latency_s"] == 0.0123


def test_a_table_that_is_written_inline_takes_one_more() -> None:
    after = changed(
        '[devices]\nimu = {driver = "udp"}\n', [Change(("devices", "imu", "streams", "a"), "latency_s", 1.0)]
    )
    assert tomllib.loads(after)["devices"] == {"imu": {"driver": "udp", "streams": {"a": {"latency_s": 1.0}}}}


def test_a_new_table_stands_below_all_so_that_no_comment_gets_another_tables() -> None:
    text = '[streams.a]  # top\nmatch = "x"\n\n# about b\n[streams.b]\nmatch = "y"\n'
    after = changed(text, [Change(("streams", "a", "plate"), "type", 2)])
    assert after == f"{text}\n[streams.a.plate]\ntype = 2\n"


def test_a_value_that_is_set_anew_keeps_its_comment_and_one_of_none_goes() -> None:
    text = '[streams.a.channels]\n"L" = { site = "soleus" }  # Monday\nM = { site = "soleus" }\n'
    table = ("streams", "a", "channels")
    after = changed(text, [Change(table, "L", {"site": "soleus", "side": "L"}), Change(table, "M", None)])
    assert after == '[streams.a.channels]\n"L" = {site = "soleus", side = "L"}  # Monday\n'
