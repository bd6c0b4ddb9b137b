"""What is changed of a device while it runs holds from its very sample on, and no value is in another unit for it."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, cast

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from groundup.cli import main
from groundup.plugin import (
    AsyncDevice,
    Channel,
    CommandError,
    Device,
    PolledDevice,
    SampleClock,
    SensorPort,
    Settings,
    StreamSpec,
    command,
    option,
)
from groundup.plugin.command import commands_of
from groundup.plugin.option import initial, options_of
from groundup.remote.names import Places
from groundup.remote.protocol import Remote, Sessions
from groundup.system.driver_reports import Report
from groundup.testing import Collector, driven
from groundup.workflows.tell import CommandListener, running_device

RATE = 500.0
SPEC = StreamSpec("Amplifier", "EMG", RATE, "float32", (Channel("EMG", "V"),))
TRUE_V = 0.003


class AmpSettings(Settings, frozen=True):
    gain: Literal[1, 4, 16] = 1
    most: Annotated[float, msgspec.Meta(gt=0, le=5)] = 5.0
    site: str = "soleus"

    def __post_init__(self) -> None:
        if self.gain == 16 and self.most > 2.5:
            raise ValueError("a gain of 16 needs a most of at most 2.5")


class Amp(PolledDevice):
    """A converter behind an amplifier, that counts 1e-6 V; its counter goes on while it is away."""

    name = "amp"
    settings_type: ClassVar[type[Settings]] = AmpSettings

    def __init__(self, settings: AmpSettings) -> None:
        super().__init__(settings)
        self.hardware_gain, self.number, self.connections = 0, 0, 0
        self.lost, self.what, self.begun = threading.Event(), "change", 0.0
        self.sent = threading.Semaphore(0)
        self.first_of: dict[int, int] = {}

    def connect(self) -> StreamSpec:
        self.lost.clear()
        self.connections += 1
        self.hardware_gain = self.settings.gain  # type: ignore[attr-defined]
        self.clock = self.sample_clock(RATE)
        return SPEC

    def read(self, sink: Any) -> None:
        self.wait(0.005)
        if self.lost.is_set():
            raise OSError("the line is cut")
        self.begun = self.begun or sink.clock()
        due = int((sink.clock() - self.begun) * RATE)
        numbers = np.arange(self.number, due)
        self.first_of.setdefault(self.hardware_gain, self.number)
        self.number = due
        counts = np.full((len(numbers), 1), round(TRUE_V * 1e6 * self.hardware_gain))
        volts = (counts * 1e-6 / self.settings.gain).astype(np.float32)  # type: ignore[attr-defined]
        self.clock.push(sink, volts, numbers, sink.clock())
        self.sent.release()

    def send(self, packets: int = 10) -> None:
        for _ in range(packets):
            assert self.sent.acquire(timeout=30)

    def disconnect(self) -> None:
        pass

    @option(of="")
    def gain(self, value: int) -> str | None:
        """Gain of the amplifier."""
        if self.what == "refuse":
            raise CommandError("the amplifier is locked")
        if self.what == "halfway":
            self.hardware_gain = value
            raise OSError("no answer")
        if self.what == "mistake":
            self.hardware_gain = value
            raise ZeroDivisionError
        self.hardware_gain = value
        return None

    @option(unit="V", mends="clipping")
    def most(self, value: float) -> str:
        """Range of the converter."""
        return f"up to {value} V"


@pytest.fixture(autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))


@pytest.fixture
def amp() -> Iterator[tuple[Amp, Collector]]:
    device = Amp(AmpSettings())
    device.option_changes.add(*initial(device))
    with driven(device) as (_, sink), closing(CommandListener("amp", "lab.toml", device, lambda report: None)):
        yield device, sink


def tell(**given: Any) -> str:
    return running_device("amp").tell("set", given)


def changes_of(sink: Collector, name: str, stream: str = "") -> list[tuple[int, str, str]]:
    return [(first, c.before, c.value) for first, c in sink.changed[stream] if c.option == name]


def test_a_change_is_at_its_sample_though_the_clock_holds_samples_back(amp: tuple[Amp, Collector]) -> None:
    device, sink = amp
    device.send()
    assert tell(gain=4) == "gain is 4, and was 1"
    assert sink.count() == 0  # all are still held back
    device.send()
    device.stop()
    assert changes_of(sink, "gain") == [(0, "", "1"), (device.first_of[4], "1", "4")]
    values = sink.stream()[0]
    assert np.allclose(values, TRUE_V, rtol=1e-6)


def test_a_lost_connection_is_set_up_with_what_was_changed(amp: tuple[Amp, Collector]) -> None:
    device, sink = amp
    tell(gain=4)
    device.lost.set()
    while device.connections < 2:
        device.send(1)
    device.send()
    device.stop()
    assert device.hardware_gain == 4
    assert np.allclose(sink.stream()[0], TRUE_V, rtol=1e-6)


@pytest.mark.parametrize("what", ["halfway", "mistake"])
def test_when_nobody_knows_the_device_is_set_up_anew_before_it_sends_more(
    amp: tuple[Amp, Collector], what: str
) -> None:
    device, sink = amp
    device.send()
    device.what = what
    with pytest.raises(CommandError, match=r"whether gain was changed is not known \(.*the device is set up anew"):
        tell(gain=4)
    while device.connections < 2:
        device.send(1)
    device.send()
    device.stop()
    assert np.allclose(sink.stream()[0], TRUE_V, rtol=1e-6)
    assert changes_of(sink, "gain") == [(0, "", "1")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gain": 3}, "set gain is 3; 1 or 4 or 16 is expected"),
        ({"gain": "4"}, 'set gain is "4"'),
        ({"gain": None}, "set gain is None"),
        ({"most": 9.0}, "set most is 9.0; a number more than 0 and at most 5 is expected"),
        ({"most": float("nan")}, "set most"),
        ({"gain": 16}, "a gain of 16 needs a most of at most 2.5"),
        ({"gian": 4}, 'unknown key "gian"; did you mean "gain"?'),
        ({"site": "soleus"}, 'unknown key "site"'),
        ({}, "say which option, and its value: gain=..., most=..."),
    ],
)
def test_what_cannot_be_is_refused_before_the_device_hears_of_it(
    amp: tuple[Amp, Collector], given: dict[str, Any], words: str
) -> None:
    device, _ = amp
    with pytest.raises(CommandError) as said:
        tell(**given)
    assert words in str(said.value)
    assert (device.hardware_gain, device.settings) == (1, AmpSettings())
    assert len(device.option_changes) == 2


def test_a_refusal_changes_nothing_and_what_was_changed_before_it_is_said(amp: tuple[Amp, Collector]) -> None:
    device, _ = amp
    device.what = "refuse"
    with pytest.raises(CommandError, match=r"^amp: up to 2.0 V; the amplifier is locked$"):
        tell(most=2.0, gain=16)
    assert device.settings == AmpSettings(most=2.0)
    assert tell(most=2) == "most is 2.0 V already"
    device.what = "change"
    assert tell(gain=16) == "gain is 16, and was 1"


def test_the_command_line_lists_options_with_their_values(amp: tuple[Amp, Collector]) -> None:
    run = CliRunner()
    assert run.invoke(main, ["tell", "amp", "set", "gain=4"]).output == "gain is 4, and was 1\n"
    listed = run.invoke(main, ["tell"]).output
    assert "set gain=<1 or 4 or 16>: Gain of the amplifier. (now 4)" in listed
    assert "set most=<a number more than 0 and at most 5>: Range of the converter. (now 5.0 V)" in listed
    assert '"value": 4' in run.invoke(main, ["tell", "--json"]).output


def test_a_script_changes_an_option_by_remote_control(amp: tuple[Amp, Collector], tmp_path: Path) -> None:
    remote = Remote(cast(Sessions, None), Places(tmp_path))
    assert remote.answer("tell amp set gain=4", 0.0) == "OK gain is 4, and was 1"
    assert remote.answer("tell amp set gain=5", 0.0).startswith("ERROR amp: set gain is 5; 1 or 4 or 16 is expected")


def test_an_option_that_is_no_setting_is_the_authors_mistake() -> None:
    class Loose(Amp):
        @option
        def colour(self, value: str) -> None:
            """Of its LED."""

    class Double(Amp):
        @command
        def set(self) -> None:
            """Set it."""

    with pytest.raises(TypeError, match="the option colour is no key of its settings, AmpSettings"):
        options_of(Loose)
    with pytest.raises(TypeError, match="call your own command otherwise"):
        commands_of(Double)


class Stubborn(Device):
    """Pushes from a thread of its own, and cannot be set up anew."""

    name = "stubborn"
    settings_type: ClassVar[type[Settings]] = AmpSettings

    def open(self) -> StreamSpec:
        return SPEC

    def start(self, sink: Any) -> None:
        pass

    def stop(self) -> None:
        pass

    @option
    def gain(self, value: int) -> None:
        """Gain."""
        raise OSError("no answer")


def test_a_driver_that_cannot_set_up_its_device_anew_is_started_again_and_nothing_it_sends_counts() -> None:
    device, failed, reports = Stubborn(AmpSettings()), [], []
    with (
        closing(CommandListener("amp", "lab.toml", device, reports.append, fail=failed.append)),
        pytest.raises(CommandError, match="whether gain was changed is not known"),
    ):
        tell(gain=4)
    assert failed == ["whether gain was changed is not known (no answer)"]
    assert device.option_changes.doubt == failed[0]
    assert [r.kind for r in reports] == ["command_failed", "options"]


def test_the_recorder_hears_which_options_differ_from_lab_toml(amp: tuple[Amp, Collector]) -> None:
    heard: list[Report] = []
    device, _ = amp
    with closing(CommandListener("amp2", "lab.toml", device, heard.append)):
        running_device("amp2").tell("set", {"gain": 4})
        running_device("amp2").tell("set", {"gain": 1})
    assert [r.message for r in heard if r.kind == "options"] == ["gain 1, not 4", ""]


class Radio(AsyncDevice):
    """A sensor whose packets overtake each other."""

    name = "radio"
    settings_type: ClassVar[type[Settings]] = AmpSettings

    async def sensors(self) -> Any:
        yield "a"

    async def run(self, address: str, port: SensorPort) -> None:
        clock = port.clock(RATE)
        stream = port.open("one", SPEC, clock, reorder_s=30.0)
        self.stream = stream
        await port.until_gone(60.0)

    @option(of="one")
    async def gain(self, value: int) -> None:
        """Gain."""


def test_a_packet_that_waits_for_an_earlier_one_is_of_the_value_it_was_sent_with() -> None:
    device = Radio(AmpSettings())

    async def hand_over(*firsts: int) -> None:
        for first in firsts:
            device.stream.packet(np.arange(first, first + 5), np.zeros((5, 1), np.float32))

    with driven(device) as (_, sink):
        sink.wait_until(lambda: "one" in sink.specs)
        device.call_in_thread(lambda: hand_over(0, 10))  # 5 to 9 are still on their way
        assert device.run_command("set", {"gain": 4}) == "gain is 4, and was 1"
        device.call_in_thread(lambda: hand_over(15))
    assert changes_of(sink, "gain", "one") == [(10, "1", "4")]  # 0-4, 10-14, and then 15-19


def test_a_sample_clock_alone_counts_changes_as_they_were() -> None:
    device = Stubborn(AmpSettings())
    sink = Collector(device.option_changes)
    clock, now = SampleClock(RATE), sink.clock()
    for k in range(4):
        clock.push(sink, np.zeros((5, 1), np.float32), np.arange(5 * k, 5 * k + 5), now + k / 100)
        if k == 1:
            device.option_changes.add(*initial(device))
    clock.flush(sink)
    assert [first for first, _ in sink.changed[""]] == [10]
