"""The pre-flight over real LSL: what is there is judged, what is missing is red, and nothing is kept."""

import json

from tests.rig.conftest import Rig
from tests.rig.sender import Counter


def test_what_is_there_is_judged_and_what_is_missing_is_red(here: Rig) -> None:
    counter = Counter(fmt="float32")
    counter.start()
    lab = "\n".join(
        ["[streams.emg]", f'match = "{counter.predicate}"', "[streams.brace]", "match = \"name='not there'\"",
         "[streams.extra]", "match = \"name='not there either'\"", "required = false"]
    )  # fmt: skip
    (here.cwd / "lab.toml").write_text(lab)
    check = here.run("check", "lab.toml", "--seconds", "2", "--json")
    counter.stop()
    assert check.process.returncode == 3, "".join(check.output)
    text = "".join(check.output)
    found = json.loads(text[text.index("{\n") :])
    assert found["level"] == "red"
    streams = {one["stream"]: {f["what"]: f for f in one["findings"]} for one in found["streams"]}
    assert streams["emg"]["losses"]["level"] == "green"
    assert "has no unit" in streams["emg"]["noise floor"]["message"]
    assert streams["brace"]["present"]["level"] == "red"
    assert streams["extra"]["present"]["level"] == "amber"
    assert [path.name for path in here.cwd.iterdir()] == ["lab.toml"]
