"""The tutorial on feedback works as it is printed: a virtual person walks its recipe, live, into a recording."""

import re
from pathlib import Path

import groundup
from tests.docs_runner import blocks
from tests.rig.conftest import Rig

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "feedback-on-push-off.md"


def test_a_virtual_person_walks_the_recipe_of_the_tutorial(rig: Rig) -> None:
    for block in blocks(PAGE):
        if block.name:
            (rig.cwd / block.name).write_text(block.text, encoding="utf-8")
    record = rig.start("record", "lab.toml", "-o", "push-off.h5", "--no-analyze")
    record.wait_for("plate_left", "plate_right")
    walked = rig.start("trials", "short.toml", "--auto")
    assert walked.wait() == 0, "".join(walked.output)
    record.close_input()
    assert record.wait() == 0, "".join(record.output)
    with groundup.open(rig.cwd / "push-off.h5") as recording:
        conditions = [trial.condition for trial in recording.marked_trials()]
        (target,) = [event.text for event in recording.markers() if event.text.startswith("target of push_off_work")]
    assert conditions == ["baseline", "feedback", "recall"]
    for side in "LR":
        low, high, made_of, steps = re.search(
            rf"{side} ([\d.]+) to ([\d.]+) J/kg \(baseline ([\d.]+), n=(\d+)\)", target
        ).groups()  # type: ignore[union-attr]
        assert 1.1 < float(low) / float(made_of) < 1.2 < float(high) / float(made_of) < 1.3
        assert int(steps) >= 4
