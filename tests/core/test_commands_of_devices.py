"""A device is told what its driver offers, with arguments that are checked, and says what came of it."""

import datetime
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

import msgspec
import pytest
from click.testing import CliRunner

from groundup.cli import main
from groundup.plugin import CommandError, PolledDevice, Settings, command
from groundup.plugin.command import commands_of
from groundup.remote.names import Places
from groundup.remote.protocol import Remote, Sessions
from groundup.system.driver_reports import Report, report_of
from groundup.system.local_service import ServiceError
from groundup.testing import Collector
from groundup.workflows.tell import CommandListener, running_device, running_devices


class Treadmill(PolledDevice):
    name = "treadmill"

    def __init__(self) -> None:
        super().__init__(Settings())
        self.speed = 0.0
        self.told_by: list[str] = []
        self.lost, self.held, self.free = threading.Event(), threading.Event(), threading.Event()

    def connect(self) -> dict:
        if self.lost.is_set():
            raise OSError("it is off")
        return {}

    def read(self, sink: object) -> None:
        self.wait(0.01)
        if self.lost.is_set():
            raise OSError("it is off")

    def disconnect(self) -> None:
        pass

    @command
    def go(self, speed: Annotated[float, msgspec.Meta(ge=0, le=3)], slope: float = 0.0) -> str:
        """Run at a speed, in m/s."""
        self.told_by.append(threading.current_thread().name)
        self.speed = speed
        return f"{speed} m/s at {slope} degrees"

    @command(confirm="Does nobody stand on it?")
    def tare(self) -> None:
        """Zero its plates."""

    @command
    def jam(self) -> None:
        """Fail."""
        raise OSError(5, "the belt is stuck")

    @command
    def hold(self) -> None:
        """Wait until it is let go."""
        self.held.set()
        self.free.wait()

    @command
    def leave(self) -> None:
        """End the program, as a vendor's library does."""
        raise SystemExit(3)

    @command
    def recite(self) -> str:
        """Answer at length."""
        return "x" * 10_000_000

    @command
    def crash(self) -> None:
        """Fail by a mistake in the driver."""
        raise ZeroDivisionError("speed / 0")


@pytest.fixture(autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))


@pytest.fixture
def reports() -> list[Report]:
    return []


@pytest.fixture
def mill(reports: list[Report]) -> Iterator[Treadmill]:
    device = Treadmill()
    device.open()
    device.start(Collector())
    with closing(CommandListener("mill", "lab.toml", device, reports.append)):
        yield device
    device.close()


def test_a_command_is_done_by_the_drivers_own_thread_and_reported(mill: Treadmill, reports: list[Report]) -> None:
    assert running_device("mill").tell("go", {"speed": 1.25}) == "1.25 m/s at 0.0 degrees"
    assert mill.speed == 1.25
    assert mill.told_by == ["treadmill"]
    assert running_device("mill").tell("tare", {}) == "done"
    assert [report.kind for report in reports] == ["command", "command"]
    assert "told it go(speed=1.25): 1.25 m/s at 0.0 degrees" in reports[0].message
    assert report_of(reports[0].line().encode()) == reports[0]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("go", {}, "lacks speed"),
        ("go", {"speed": 9.0}, "go speed is 9.0"),
        ("go", {"speed": "fast"}, 'go speed is "fast"'),
        ("go", {"sped": 1.0}, 'unknown key "sped"; did you mean "speed"?'),
        ("og", {}, "no command 'og'; did you mean \"go\"?"),
        ("jam", {}, "the belt is stuck"),
        ("crash", {}, "ZeroDivisionError: speed / 0"),
        ("leave", {}, "SystemExit: 3"),
        ("go", {"speed": datetime.date(2024, 1, 1)}, 'go speed is "2024-01-01"'),
        ("go", {"speed": "x" * 100_000}, "this is too long to be asked"),
    ],
)
def test_what_is_not_done_is_a_sentence(
    mill: Treadmill, reports: list[Report], name: str, arguments: dict, words: str
) -> None:
    with pytest.raises(CommandError) as said:
        running_device("mill").tell(name, arguments)
    assert words in str(said.value)
    assert mill.speed == 0.0
    assert {report.kind for report in reports} <= {"command_failed"}
    assert running_device("mill").tell("tare", {}) == "done"  # and it goes on


def test_what_nobody_waits_for_any_more_is_not_done(mill: Treadmill, reports: list[Report]) -> None:
    """A belt must not start after the person who asked for it has given up."""
    first = threading.Thread(target=running_device("mill").tell, args=("hold", {}))
    first.start()
    mill.held.wait()
    impatient = running_device("mill").service
    with pytest.raises(ServiceError, match=r"no answer came within 0.1 s"):
        impatient.ask({"command": "go", "arguments": {"speed": 3.0}, "who": "me"}, 0.1)
    mill.free.set()
    first.join()
    assert running_device("mill").tell("tare", {}) == "done"
    assert mill.speed == 0.0
    assert not any("m/s" in r.message for r in reports)


def test_a_long_answer_is_cut(mill: Treadmill) -> None:
    assert set(running_device("mill").tell("recite", {})) == {"x"}


def test_a_device_that_is_not_connected_says_so(mill: Treadmill) -> None:
    mill.lost.set()
    answer = ""
    while "it is not connected at the moment" not in answer:
        try:
            running_device("mill").tell("tare", {})
        except CommandError as error:
            answer = str(error)


def test_a_driver_that_has_ended_is_not_found(mill: Treadmill) -> None:
    left = running_device("mill")
    mill.stop()
    with pytest.raises(CommandError, match="its driver has ended"):
        left.tell("tare", {})


def test_who_does_not_know_the_key_is_not_answered(mill: Treadmill, reports: list[Report]) -> None:
    known = running_device("mill")
    stranger = replace(known, service=replace(known.service, key="guessed"))
    with pytest.raises(CommandError, match="it went before it answered"):
        stranger.tell("go", {"speed": 1.0})
    assert reports == []
    assert mill.speed == 0.0


def test_who_is_not_there_is_said_with_who_is(mill: Treadmill) -> None:
    with pytest.raises(CommandError, match="no device 'mil' that takes commands runs on this computer; there is: mill"):
        running_device("mil")
    with (
        closing(CommandListener("mill", "other.toml", mill, lambda report: None)),
        pytest.raises(CommandError, match=r"two devices 'mill' run, of .+ and of .+: stop one"),
    ):
        running_device("mill")


def test_what_a_killed_driver_has_left_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "groundup").mkdir()
    for name, text in (("1-a.json", '{"about": {}, "port": 1, "key": "00"}'), ("2-b.json", "{")):
        (tmp_path / "groundup" / name).write_text(text)
    assert running_devices() == []
    assert not (tmp_path / "groundup" / "1-a.json").exists()


def test_the_command_line_lists_asks_and_tells(mill: Treadmill) -> None:
    run = CliRunner()
    listed = run.invoke(main, ["tell"]).output
    assert "mill (lab.toml)" in listed
    assert "go speed=<a number at least 0 and at most 3> slope=<a number>: Run at a speed, in m/s." in listed
    assert run.invoke(main, ["tell", "mill", "go", "speed=2"]).output == "2.0 m/s at 0.0 degrees\n"
    refused = run.invoke(main, ["tell", "mill", "tare"], input="n\n")
    assert "Does nobody stand on it?" in refused.output
    assert refused.exit_code == 1
    assert run.invoke(main, ["tell", "mill", "tare", "--yes"]).output == "done\n"
    assert "lacks speed" in run.invoke(main, ["tell", "mill", "go"]).stderr
    assert "speed is given twice" in run.invoke(main, ["tell", "mill", "go", "speed=1", "speed=3"]).stderr


def test_a_script_tells_by_remote_control(mill: Treadmill, tmp_path: Path) -> None:
    remote = Remote(cast(Sessions, None), Places(tmp_path))
    assert remote.answer("tell mill go speed=1.5", 0.0) == "OK 1.5 m/s at 0.0 degrees"
    assert remote.answer("tell mill go speed=99", 0.0).startswith("ERROR mill: go speed is 99")
    assert remote.answer("tell mat go", 0.0).startswith("ERROR no device 'mat'")
    assert remote.answer("tell mill", 0.0).startswith("ERROR write: tell DEVICE COMMAND")
    assert remote.answer('tell mill go "speed', 0.0).startswith("ERROR write: tell DEVICE COMMAND")


def test_commands_that_cannot_be_offered_cost_no_recording(reports: list[Report]) -> None:
    class Mutable(Treadmill):
        @command
        def turn(self, where: list[float] = [1.0]) -> None:  # noqa: B006
            """Turn."""

    CommandListener("mill", "lab.toml", Mutable(), reports.append).close()
    (report,) = reports
    assert report.kind == "said"
    assert report.message.startswith("it takes no commands: ")


def test_an_argument_without_a_type_is_the_authors_mistake() -> None:
    class Loose(Treadmill):
        @command
        def turn(self, angle) -> None:
            """Turn."""

    with pytest.raises(TypeError, match="the argument angle of the command turn needs"):
        commands_of(Loose)
