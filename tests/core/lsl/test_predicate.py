"""LSL predicates mean for a file's streams what they mean on the network."""

import uuid

import pytest

from groundup.lsl.library import Info, resolve
from groundup.lsl.outlet import Outlet
from groundup.lsl.predicate import PredicateError, check_predicate, matches
from groundup.model.streams import Channel, StreamSpec

HEADER = """<info><name>EMG left</name><type>EMG</type><channel_count>16</channel_count>
<nominal_srate>2000</nominal_srate><source_id/>
<desc><channels><channel><label>a</label></channel><channel><label>b</label></channel></channels></desc></info>"""


@pytest.mark.parametrize(
    "predicate",
    [
        "name='EMG left'",
        'type="EMG"',
        "name = 'EMG left' and type != 'IMU'",
        "starts-with(name,'EMG')",
        "contains(name, 'left') and (type='IMU' or channel_count=16)",
        "not(starts-with(name,'IMU'))",
        "nominal_srate>=1000 and channel_count < 17",
        "desc/channels/channel/label='b'",
        "count(desc/channels/channel)=2",
        "desc",
        "string-length(name) > 3",
        "type='x' or type='EMG' and name='EMG left'",
        "'EMG'=type",
        "source_id=''",
    ],
)
def test_these_fit(predicate: str) -> None:
    assert matches(predicate, HEADER)


@pytest.mark.parametrize(
    "predicate",
    ["name='EMG'", "hostname='x'", "hostname!='x'", "type='EMG' and nominal_srate=100", "not(type='EMG')", "nothing"],
)
def test_these_do_not(predicate: str) -> None:
    assert not matches(predicate, HEADER)


AS_LIBLSL = [
    "type='EMG'", "type!='EMG'", "type='IMU' or nominal_srate=2000", "nominal_srate=2000", "nominal_srate='2000'",
    "nominal_srate>=1000 and channel_count < 17", "2 = channel_count", "channel_count!=2", "-1<0", "channel_count>'1'",
    "hostname", "nothing", "nothing=''", "nothing!='x'", "not(nothing)", "count(nothing)=0", "count(*)>5", "desc",
    "string-length(type)=3", "starts-with(name,'predicate')", "starts-with(nothing,'')", "contains(name,'-')",
    "contains(channel_count,2)", "type='EMG'=true()", "name=type=source_id", "name=type!=nothing", "(type)", "1", "0",
    "''", "'a'", "type>1", "type<1", "nominal_srate=name", "not(type='IMU') and (name=source_id)", "3>2>1",
]  # fmt: skip


@pytest.fixture(scope="module")
def announced() -> Info:
    name = f"predicate-{uuid.uuid4()}"
    outlet = Outlet(StreamSpec(name, "EMG", 2000.0, "float32", (Channel("a"), Channel("b"))), name)
    (info,) = resolve(f"source_id='{outlet.source_id}'", 60.0)
    return info


@pytest.mark.parametrize("predicate", AS_LIBLSL)
def test_an_announcement_fits_where_liblsl_says_so(announced: Info, predicate: str) -> None:
    """Or it is no predicate to us."""
    try:
        ours = matches(predicate, announced.xml().decode())
    except ValueError:
        assert predicate == "-1<0"
        return
    assert ours == announced.matches(predicate)


@pytest.mark.parametrize(
    "predicate", ["", "name=", "name='x", "name='x' type='y'", "(name='x'", "foo(name)", "name=$x", "starts-with(name)"]
)
def test_what_is_no_predicate_is_a_sentence(predicate: str) -> None:
    with pytest.raises(ValueError, match="predicate"):
        matches(predicate, HEADER)


@pytest.mark.parametrize("predicate", ["name='A", "starts-with(name,'x'", "type=\"EMG'", "name='a' and contains(x"])
def test_a_predicate_that_is_not_written_to_its_end_is_an_error_at_once(predicate: str) -> None:
    with pytest.raises(PredicateError, match="not closed"):
        check_predicate(predicate)


def test_parentheses_in_a_text_are_text() -> None:
    check_predicate("name='a (b' and starts-with(source_id,\"it's (\")")


@pytest.mark.parametrize("predicate", ["type=EMG", "name = Trigno and type='EMG'", "type='EMG' or not(name!=b)"])
def test_a_word_without_quotes_is_an_error_at_once(predicate: str) -> None:
    with pytest.raises(PredicateError, match="without quotes: write '"):
        check_predicate(predicate)


@pytest.mark.parametrize(
    "predicate", ["type='a=b'", "'EMG'=type", "channel_count=16", "name=string(type)", "type!='x' and name=\"y=z\""]
)
def test_what_may_stand_without_quotes_may(predicate: str) -> None:
    check_predicate(predicate)
