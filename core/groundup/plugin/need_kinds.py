"""What a metric can ask for, each kind described once: where it comes from, what it is called, what it is of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NeedKind:
    """One kind of need (`Need.what`).

    Attributes
    ----------
    words : str
        What it is called in a sentence.
    recorded : str
        Kind of the streams without which there is none; empty where any of several will do.
    of : tuple of str
        Kinds of the signals that it is made of: a stream of these that cannot be trusted spoils it.
    kept : tuple of str
        Kinds of the signals that live keeps for it.
    made_by : str
        Kind of the signal whose filters are among the conditions of the value; empty where it is raw.
    of_one_leg : bool
        Whether what is measured of it in a trial is measured of each leg.
    in_rises : bool
        The same in a rise from a chair, where forces are on both feet.
    on_midline : bool
        Whether sensors of pelvis, trunk and head will do for either side.
    """

    words: str
    recorded: str = ""
    of: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    made_by: str = ""
    of_one_leg: bool = False
    in_rises: bool = False
    on_midline: bool = False

    @property
    def signal(self) -> str:
        """Kind of the signal whose channels are looked for; empty where it is put together of several."""
        return self.of[0] if self.of else ""


_FORCES = ("grf", "plate")
NEED_KINDS: dict[str, NeedKind] = {
    # Of raw EMG too: below 800 Hz, declared or true, there is no envelope to be made.
    "emg": NeedKind("EMG envelope", "emg", ("envelope", "emg"), ("envelope", "quality"), "envelope", True, True),
    "raw_emg": NeedKind("EMG", "emg", ("emg",), ("emg", "quality"), "envelope", True, True),
    "grf": NeedKind("force under the foot", "plate", _FORCES, ("grf",), "grf", of_one_leg=True),
    "legs": NeedKind("force under both feet", "plate", _FORCES, ("grf",), "grf"),
    "load": NeedKind("force on all plates", "plate", _FORCES, ("grf",), "grf"),
    "cop": NeedKind("centre of pressure", "plate", _FORCES, ("grf",), "grf"),
    "acc": NeedKind("acceleration", "imu", ("imu",), ("imu",), on_midline=True),
    "gyr": NeedKind("angular velocity", "imu", ("imu",), ("imu",), on_midline=True),
    "joint": NeedKind(
        "output of a model",
        "model",
        ("model",),
        ("model", "mocap", "grf", "segment_angle"),
        made_by="model",
        of_one_leg=True,
    ),
    "distance": NeedKind("stride length", kept=("grf", "mocap", "foothold", "treadmill"), of_one_leg=True),
    "step": NeedKind("step", kept=("grf", "mocap", "treadmill"), made_by="grf"),
    "rises": NeedKind("rises from a chair"),
    "subject": NeedKind("person"),
    "marker": NeedKind("marker", "mocap", ("mocap",), ("mocap",)),
    # Which signals these are is not told by a kind: see `groundup.plugin.need_match`.
    "signal": NeedKind("signal"),
    "events": NeedKind("events"),
    "stream": NeedKind("stream"),
}
