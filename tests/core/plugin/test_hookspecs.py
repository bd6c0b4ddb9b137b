"""Every hook is documented with its signature and an example that runs, and has a test of its own here."""

import inspect
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from groundup.lsl import clock
from groundup.plugin import Channel, Signal, Stance, hookspecs
from groundup.plugin.manager import Plugins, load
from groundup.testing import awkward_recording, driven

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "plugin-hooks.md"
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("groundup_")}


def section(hook: str) -> str:
    found = re.search(rf"^## {hook}\(.*?(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"{PAGE.name} has no section about {hook}"
    return found[0]


def signature(hook: str) -> str:
    """As the hook is written, names without their modules."""
    written = inspect.signature(HOOKS[hook])
    assert not written.parameters
    return f"{hook}() -> {re.sub(r'[a-z_.]+[.]', '', str(written.return_annotation))}"


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """The example of the hook that the test is named after, loaded as a plugin."""
    hook = request.function.__name__.removeprefix("test_")
    (code,) = re.findall(r"```python\n(.*?)```", section(hook), re.DOTALL)
    module = f"example_of_{hook}"
    (tmp_path / f"{module}.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, module, raising=False)
    found = load([EntryPoint(hook, module, "groundup")])
    assert found.failures == []
    return found


@pytest.mark.parametrize("hook", HOOKS)
def test_it_is_documented_as_it_is(hook: str) -> None:
    assert section(hook).startswith(f"## {signature(hook)}\n")
    assert HOOKS[hook].__doc__


@pytest.mark.parametrize("hook", HOOKS)
def test_it_has_a_test(hook: str) -> None:
    assert f"test_{hook}" in globals()


def test_no_hook_is_documented_that_there_is_not() -> None:
    assert set(re.findall(r"^## (groundup_\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)) == set(HOOKS)


def test_groundup_devices(example: Plugins) -> None:
    from groundup.plugin import Settings

    with driven(example.devices["clicker"].item(Settings())) as (specs, sink):
        sink.wait_for(3)
    assert specs[""].name == "Clicker"
    assert sink.stream()[0][:3, 0].tolist() == [0, 1, 2]
    assert sink.stream()[1][-1] <= clock()


def test_groundup_processors(example: Plugins) -> None:
    processor = example.processors["negate"].item
    signal = Signal("emg", "emg", np.arange(5) / 10.0, np.ones((5, 1)), (Channel("a", "V"),), 10.0)
    (made,) = processor(processor.settings_type()).whole(signal).signals
    assert made.id == "emg.negative"
    assert (made.samples == -1.0).all()


def test_groundup_metrics(example: Plugins) -> None:
    metric = example.metrics["contact_s"].item
    assert metric(Stance(1.0, 1.7, "L", "plate:1")) == pytest.approx(0.7)
    assert metric.definition


def test_groundup_importers(example: Plugins, tmp_path: Path) -> None:
    (tmp_path / "x.one").write_text("1\n2\n3\n")
    importer = example.importers["one_column"].item
    assert importer.sniff(tmp_path / "x.one")
    (stream,) = importer().read(tmp_path / "x.one").streams
    assert stream.samples[:, 0].tolist() == [1.0, 2.0, 3.0]


def test_groundup_exporters(example: Plugins, tmp_path: Path) -> None:
    from groundup.recording import Recording

    with Recording(awkward_recording(tmp_path)) as recording:
        said = example.exporters["names"].item().write(recording, tmp_path / "x.names", lambda share: None)
        assert (tmp_path / "x.names").read_text().split() == list(recording.streams)
    assert said == ["samples are left out"]


def test_groundup_panels(example: Plugins) -> None:
    assert example.panels["braking"].item.shows == "trend"


def test_groundup_checks(example: Plugins) -> None:
    channels = tuple(Channel(f"F{i}", "N") for i in range(6))
    still = Signal("plate", "plate", np.arange(100) / 100.0, np.zeros((100, 6)), channels, 100.0)
    (finding,) = example.checks["quiet_plate"].item().judge(still)
    assert finding.level == "green"


def test_groundup_norms(example: Plugins) -> None:
    (norm,) = example.norms.values()
    assert norm.item.metric
