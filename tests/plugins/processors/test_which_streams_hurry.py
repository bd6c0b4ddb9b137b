"""Live hurries for a plate, whose contacts are told at once; an IMU, told a second late, may wait."""

from groundup.live.config import live_analysis
from groundup.model.streams import Channel, Plate, StreamSpec

CORNERS = ((0.4, 0.6, 0.0), (0.0, 0.6, 0.0), (0.0, 0.0, 0.0), (0.4, 0.0, 0.0))


def test_a_plate_hurries_and_an_imu_may_wait() -> None:
    force = [("Fx", "N"), ("Fy", "N"), ("Fz", "N"), ("Mx", "Nm"), ("My", "Nm"), ("Mz", "Nm")]
    motion = [(f"acc_{a}", "m/s^2") for a in "xyz"] + [(f"gyr_{a}", "rad/s") for a in "xyz"]
    analysis = live_analysis(
        {
            "plate": StreamSpec(
                "plate", "Force", 1000.0, "float32",
                tuple(Channel(label, unit, "plate:1", "L") for label, unit in force), plate=Plate(2, CORNERS),
            ),
            "imu": StreamSpec(
                "imu", "IMU", 200.0, "float32", tuple(Channel(label, unit, "shank", "L") for label, unit in motion)
            ),
        },
        (), None,
    )  # fmt: skip
    assert analysis.emits_events("plate")
    assert not analysis.delayed("plate")
    assert not analysis.emits_events("imu")
    assert analysis.delayed("imu")
