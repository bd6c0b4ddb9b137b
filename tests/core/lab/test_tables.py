"""lab.toml: what it may say, and a sentence for what it may not."""

import math
from pathlib import Path

import pytest

from groundup.lab.apply import apply_lab
from groundup.lab.errors import LabError, settings_from
from groundup.lab.settings import Settings
from groundup.lab.tables import LabStream, load_lab, parse_lab
from groundup.model.streams import Channel, Plate, StreamSpec

WHOLE = """
[participant]
id = "P07"
mass_kg = 71
height_m = 1.78

[devices.delsys]
driver = "trigno"
required = false
port = 50040
sensors = [1, 2]

[streams.emg]
match = "type='EMG'"
rate = 2000
latency_s = 0.04
[streams.emg.channels]
"EMG 1" = {site = "gluteus_medius", side = "L", unit = "V"}

[streams.plate_1]
required = false
[streams.plate_1.plate]
type = 2
corners_m = [[0.4, 0.6, 0], [0, 0.6, 0], [0, 0, 0], [0.4, 0, 0]]
origin_m = [0, 0, -0.04]

[[process]]
processor = "emg_envelope"
input = "emg"
output = "emg.slow"
parameters = {low_hz = 3.0}

[live]
metrics = ["glute_braking_share"]
publish = ["emg.slow"]

[record]
keep_journal = true
aligned_rate_hz = 1000
"""


def test_a_whole_lab_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_bytes(WHOLE.encode())
    lab = load_lab(path)
    assert lab.text == WHOLE
    assert (lab.participant.id, lab.subject.mass_kg, lab.subject.height_m) == ("P07", 71.0, 1.78)
    assert lab.devices["delsys"].driver == "trigno"
    assert not lab.devices["delsys"].required
    assert lab.devices["delsys"].settings == {"port": 50040, "sensors": [1, 2]}
    assert lab.streams["emg"].rate == 2000.0
    assert lab.streams["emg"].required
    assert lab.predicate("emg") == "type='EMG'"
    assert lab.predicate("plate_1") == "name='plate_1'"
    assert lab.process[0].parameters == {"low_hz": 3.0}
    assert lab.live.publish == ("emg.slow",)
    assert lab.record.keep_journal
    assert lab.record.aligned_rate_hz == 1000.0


def test_an_empty_lab_is_a_lab() -> None:
    lab = parse_lab("")
    assert math.isnan(lab.subject.mass_kg)
    assert lab.record.aligned_rate_hz is None
    assert not lab.record.keep_journal


def test_the_text_is_kept_verbatim_with_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_bytes(b"\xef\xbb\xbf[participant]\r\nid = 'x'\r\n")
    assert load_lab(path).text.encode() == path.read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[participent]", 'unknown table [participent]; did you mean "participant"?'),
        ("[participant]\nmas_kg = 70", '[participant] has an unknown key "mas_kg"; did you mean "mass_kg"?'),
        ("[participant]\nmass_kg = '70'", '[participant] mass_kg is "70"; a number more than 0'),
        ("[participant]\nmass_kg = -1", "mass_kg is -1"),
        ("[participant]\nmass_kg = nan", "mass_kg is nan"),
        ("[participant]\nid = 7", "[participant] id is 7; text in quotes is expected"),
        ("[devices.emg]\nport = 1", "[devices.emg] lacks driver"),
        ("[devices.emg]\ndriver = 'x'\nrequired = 'no'", '[devices.emg] required is "no"; true or false'),
        ("[streams.emg]\nlatency = 1", 'unknown key "latency"; did you mean "latency_s"?'),
        ("[streams.emg]\nrate = 0", "[streams.emg] rate is 0"),
        ("[streams.'a/b']", '"a/b"] cannot be used as a name'),
        ("[streams.'..']", "cannot be used as a name"),
        ("[streams.emg.channels]\na = {site = 'gluteus_maximum'}", 'did you mean "gluteus_maximus"?'),
        ("[streams.emg.channels]\na = {site = 'Soleus'}", 'did you mean "soleus"?'),
        ("[streams.emg.channels]\na = {sid = 'L'}", '[streams.emg.channels] "a" has an unknown key "sid"'),
        ("[streams.emg.channels]\na = {side = 'left'}", '"L" or "R"'),
        ("[streams.p.plate]\ncorners_m = []", "[streams.p.plate] "),
        ("[streams.p.plate]\ntype = 5\ncorners_m = []", "type is 5; 1 or 2 or 3 or 4 is expected"),
        ("[streams.p.plate]\ntype = 2\ncorners_m = [[0, 0, 0]]", "a list of 4 in brackets"),
        ("[streams.p.plate]\ntype=4\ncorners_m=[[0,0,0],[0,0,0],[0,0,0],[0,0,0]]", "needs its calibration matrix"),
        ("[streams.p.plate]\ntype=2\ncorners_m=[[400,600,0],[0,600,0],[0,0,0],[400,0,0]]", "a plate of 400 m by 600 m"),
        ("[streams.p.plate]\ntype=2\ncorners_m=[[1,1,0],[0,0,0],[0,1,0],[1,0,0]]", "corners_m are no rectangle"),
        ("[process]\nprocessor = 'x'", "[[process]] (in double brackets)"),
        ("[[process]]\nprocessor = 'x'", "[[process]] number 1 lacks input"),
        ("[live]\nmetrics = 'x'", "[live] metrics is"),
        ("[record]\naligned_rate_hz = inf", "aligned_rate_hz is inf"),
        ("[record]\naligned_rate = 5", 'did you mean "aligned_rate_hz"?'),
        ("streams = 3", "streams is 3; tables [streams.ID]"),
        ("[streams]\nemg = 3", "[streams.emg] is 3; a table"),
        ("[live", "is not valid TOML"),
    ],
)
def test_what_a_lab_cannot_say_is_a_sentence(text: str, says: str) -> None:
    with pytest.raises(LabError) as caught:
        parse_lab(text, "mine.toml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("mine.toml")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"none\.toml cannot be read: No such file"):
        load_lab(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("\n\nid = 'Zürich'".encode("latin-1"))
    with pytest.raises(LabError, match="not UTF-8 text: see line 3"):
        load_lab(tmp_path / "latin.toml")


class Inner(Settings, frozen=True):
    gain: int = 1


class Driver(Settings, frozen=True):
    host: str
    port: int = 50040
    inner: Inner = Inner()

    def __post_init__(self) -> None:
        if self.port == 0:
            raise ValueError("port 0 is no port")


def test_a_plugins_settings_get_the_same_sentences() -> None:
    where = "lab.toml: [devices.emg]"
    made = settings_from({"host": "a", "inner": {"gain": 3}}, Driver, where)
    assert made == Driver(host="a", inner=Inner(gain=3))
    for table, says in (
        ({}, "[devices.emg] lacks host: text in quotes is expected"),
        ({"hots": "a"}, '[devices.emg] has an unknown key "hots"; did you mean "host"?'),
        ({"host": "a", "port": 1.5}, "[devices.emg] port is 1.5; a whole number is expected"),
        ({"host": "a", "port": 0}, "[devices.emg]: port 0 is no port"),
        ({"host": "a", "inner": {"gian": 1}}, '[devices.emg.inner] has an unknown key "gian"'),
    ):
        with pytest.raises(LabError) as caught:
            settings_from(table, Driver, where)
        assert says in str(caught.value)


def spec() -> StreamSpec:
    channels = (Channel("EMG 1", "mV", "soleus", "R"), Channel("EMG 2", "mV"), Channel("EMG 2", "mV"))
    return StreamSpec("Delsys", "EMG", 2000.0, "float32", channels, latency_s=0.01)


def test_the_lab_knows_better_than_the_device() -> None:
    lab = parse_lab(WHOLE)
    put = apply_lab(spec(), lab.streams["emg"])
    assert put.channels[0] == Channel("EMG 1", "V", "gluteus_medius", "L")
    assert put.channels[1:] == spec().channels[1:]
    assert put.latency_s == 0.04
    corners = ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))
    assert apply_lab(spec(), lab.streams["plate_1"]).plate == Plate(2, corners, (0.0, 0.0, -0.04))


def test_what_the_lab_does_not_say_stays_the_devices() -> None:
    assert apply_lab(spec(), LabStream()) == spec()
    only_side = parse_lab("[streams.a.channels]\n'EMG 1' = {side = 'L'}").streams["a"]
    assert apply_lab(spec(), only_side).channels[0] == Channel("EMG 1", "mV", "soleus", "L")
    only_site = parse_lab("[streams.a.channels]\n'EMG 1' = {site = 'trunk'}").streams["a"]
    assert apply_lab(spec(), only_site).channels[0] == Channel("EMG 1", "mV", "trunk", "")


def test_a_label_that_two_channels_share_sets_both() -> None:
    lab = parse_lab("[streams.a.channels]\n'EMG 2' = {site = 'pelvis'}").streams["a"]
    assert [c.site for c in apply_lab(spec(), lab).channels] == ["soleus", "pelvis", "pelvis"]


def test_a_label_that_the_stream_lacks_names_the_nearest() -> None:
    lab = parse_lab("[streams.a.channels]\n'EMG1' = {side = 'L'}").streams["a"]
    with pytest.raises(LabError) as caught:
        apply_lab(spec(), lab, "lab.toml: [streams.a]")
    assert '"EMG1", which the stream "Delsys" does not have' in str(caught.value)
    assert 'did you mean "EMG 1"?' in str(caught.value)
