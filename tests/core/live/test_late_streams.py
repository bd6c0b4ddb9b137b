"""A stream that joins a live analysis late: what is to be published of it is."""

from typing import cast

import pytest

from groundup.lab.tables import LabError, parse_lab
from groundup.live.config import live_analysis, published
from groundup.live.inputs.lsl_inlets import LiveStreams
from groundup.live.lsl_run import add_late
from groundup.live.outputs.publisher import Publisher
from groundup.live.session import Session
from groundup.model.ledger import Severity
from groundup.model.streams import Channel, StreamSpec
from groundup.model.subject import Subject

EMG = StreamSpec("emg", "EMG", 1000.0, "double64", (Channel("a", "V", "soleus", "L"),))
IMU = StreamSpec("imu", "IMU", 100.0, "double64", tuple(Channel(n, "m/s^2", "pelvis") for n in "xyz"))


class Streams:
    """All have joined."""

    uids = ("one", "two")

    def absent(self) -> list[str]:
        return []


@pytest.mark.parametrize("asked", [["emg.envelope.causal"], ["emg.envelope.causal", "emg.envelop.causal"]])
def test_a_processed_signal_of_a_stream_that_joins_late_is_published_and_a_wrong_name_said(asked: list[str]) -> None:
    said: list[tuple[str, str]] = []

    def say(text: str, severity: Severity = "info", /) -> None:
        said.append((text, severity))

    lab = parse_lab(f"[live]\npublish = {asked}\n")
    analysis = live_analysis({"imu": IMU}, [], lab, 0.5)
    publisher = Publisher([], published(lab, analysis, strict=False))
    assert not publisher.published
    session = Session(analysis, [], Subject(), publisher, say)
    add_late({"emg": EMG}, session, cast(LiveStreams, Streams()), lab, say)
    assert publisher.published == {"emg.envelope.causal"}
    faults = [text for text, severity in said if severity == "fault"]
    assert len(faults) == len(asked) - 1
    assert all('"emg.envelop.causal"' in text for text in faults)
    session.close()


def test_a_signal_of_a_stream_that_may_stay_away_is_no_mistake() -> None:
    lab = parse_lab('[streams.emg]\nmatch = "x"\nrequired = false\n[live]\npublish = ["emg.envelope.causal"]\n')
    assert published(lab, live_analysis({"imu": IMU}, [], lab, 0.5), strict=True) == {}
    wrong = parse_lab('[streams.imu]\nmatch = "x"\n[live]\npublish = ["imu.envelope.causal"]\n')
    with pytest.raises(LabError, match="no processor makes"):
        published(wrong, live_analysis({"imu": IMU}, [], wrong, 0.5), strict=True)
