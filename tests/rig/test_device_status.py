"""What devices say of themselves is recorded beside their streams, and stands in the sealed file, on the lab clock."""

import groundup
from groundup.recording.verify import verify
from tests.rig.conftest import Rig, recorded

LAB = """
[devices.emg]
driver = "virtual_lab"
part = "emg"
battery = 0.2
[devices.plate]
driver = "virtual_lab"
part = "plate_left"
"""


def test_identity_and_health_of_devices_are_in_the_file_and_commands_are_events(rig: Rig) -> None:
    (rig.cwd / "lab.toml").write_text(LAB)
    journal = rig.cwd / "x.journal.xdf"
    process = rig.start("record", "lab.toml", "-o", "x.h5", "--no-analyze")
    process.wait_until(lambda: len(recorded(journal)) == 4 and min(s.count for s in recorded(journal).values()) > 0)
    assert "groundup.status" not in rig.run("streams").output
    assert rig.run("tell", "plate", "tare", "--yes").process.returncode == 0
    process.close_input()
    assert process.wait() == 0, "".join(process.output)
    with groundup.open(rig.cwd / "x.h5") as recording:
        assert sorted(recording.streams) == ["emg", "plate"]
        assert {s.spec.role for s in recording.companions.values()} == {"status"}
        models = recording.devices.drop_duplicates("device").set_index("device")["model"]
        assert dict(models) == {"emg": "virtual emg", "plate": "virtual plate_left"}
        begun, ended = recording.streams["emg"].time[[0, -1]]
        levels = recording.health_list()
        battery = next(row for row in levels if row.name == "battery")
        assert (battery.device, battery.stream, battery.unit, battery.colour) == ("emg", "", "1", "amber")
        assert abs(battery.value - 0.2) < 0.01
        ohm = {row.channel for row in levels if row.name == "impedance"}
        assert ohm == {c.label for c in recording.streams["emg"].channels}
        assert {row.stream for row in levels if row.name == "impedance"} == {"emg"}
        assert all(begun - 10.0 < row.time <= ended + 1.0 for row in levels)
        (warned,) = [row for row in recording.ledger_list() if row.kind == "health"]
        assert warned.severity == "warning"
        assert "emg: battery 20 % is amber" in warned.message
        (told,) = [row for row in recording.ledger_list() if row.kind == "command"]
        (event,) = [event for event in recording.markers() if event.kind == "command"]
        assert event.source == "plate"
        assert "tare(): zeroed" in event.text
        assert abs(event.time - told.time) < 1e-3
    shown = "".join(rig.run("info", "x.h5").output)
    assert "device emg: virtual emg, serial V00001, firmware 1.0; battery 20 % (amber), impedance " in shown
    assert verify(rig.cwd / "x.h5") == []
