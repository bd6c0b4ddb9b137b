"""One broken plugin never takes another down, and what is wrong with it is said."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from groundup.plugin import manager
from groundup.plugin.api import API_VERSION
from groundup.plugin.manager import PluginError, Plugins, load

GOOD = '''
from groundup.plugin import Metric, Stride, hookimpl, metric

@metric("{name}", of=Stride, unit="1")
def it(stride):
    """What it is."""
    return 1.0

@hookimpl
def groundup_metrics():
    return [it]
'''

BROKEN = {
    "no_such_import": "import a_package_that_is_not_there",
    "syntax": "def (",
    "exits": "raise SystemExit(3)",
    "hook_raises": "from groundup.plugin import hookimpl\n@hookimpl\ndef groundup_metrics():\n    raise OSError('SDK')",
    "hook_unknown": "from groundup.plugin import hookimpl\n@hookimpl\ndef groundup_gadgets():\n    return []",
    "hook_arguments": "from groundup.plugin import hookimpl\n@hookimpl\ndef groundup_metrics(a, b):\n    return []",
    "no_name": "from groundup.plugin import hookimpl\n@hookimpl\ndef groundup_devices():\n    return [object()]",
    "other_api": "GROUNDUP_API = (99, 0)",
    "gone_api": "GROUNDUP_API = (0, 1)",
    "odd_api": "GROUNDUP_API = 'new'",
    "deep": "import json\njson.loads('{')",
    "no_list": "from groundup.plugin import hookimpl\n@hookimpl\ndef groundup_devices():\n    return 7",
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules that can be imported for one test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def loaded(folder: Path, sources: dict[str, str]) -> Plugins:
    for name, source in sources.items():
        (folder / f"plugin_{name}.py").write_text(source)
    return load([EntryPoint(name, f"plugin_{name}", "groundup") for name in sources])


@pytest.mark.survives(
    "programs",
    fault="A plugin cannot be loaded.",
    happens="The others work.",
    said="its name and its reason, in `groundup plugins`",
    lost="What it would have added.",
)
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_named_with_its_reason_and_the_others_work(modules: Path, fault: str) -> None:
    sources = {"a": GOOD.format(name="first"), f"m_{fault}": BROKEN[fault], "z": GOOD.format(name="last")}
    found = loaded(modules, sources)
    assert sorted(found.metrics) == ["first", "last"]
    assert [failure.origin.entry_point for failure in found.failures] == [f"m_{fault}"]
    assert found.failures[0].reason


def test_two_things_of_one_name_are_an_error_that_names_both(modules: Path) -> None:
    found = loaded(modules, {"one": GOOD.format(name="same"), "two": GOOD.format(name="same")})
    assert found.metrics["same"].origin.entry_point == "one"
    (failure,) = found.failures
    assert failure.origin.entry_point == "two"
    assert "plugin_one" in failure.reason


def test_a_plugin_can_be_left_out(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_DISABLE_PLUGINS", "b, c")
    found = loaded(modules, {name: GOOD.format(name=name) for name in "abc"})
    assert list(found.metrics) == ["a"]
    assert found.failures == []


@pytest.mark.parametrize("fault", BROKEN)
def test_what_failed_says_where_and_what_to_do(modules: Path, fault: str) -> None:
    (failure,) = loaded(modules, {fault: BROKEN[fault]}).failures
    assert "GROUNDUP_DISABLE_PLUGINS=" + fault in failure.remedy
    if fault not in ("no_such_import",):
        assert "groundup/plugin" not in failure.where
    if fault == "no_such_import":
        assert "pip install a_package_that_is_not_there" in failure.remedy
    if fault == "hook_unknown":
        assert "the hooks are groundup_devices" in failure.remedy


def test_the_file_and_line_of_a_fault_are_the_plugins_own(modules: Path) -> None:
    (failure,) = loaded(modules, {"broken": "x = 1\n1 / 0\n"}).failures
    assert failure.where == f"{modules / 'plugin_broken.py'}:2"


def test_this_api_is_the_one_that_is_documented() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "reference" / "plugin-api.md"
    assert f"version {API_VERSION[0]}.{API_VERSION[1]}" in page.read_text(encoding="utf-8")


def test_strict_makes_any_failure_an_error(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(modules, {"good": GOOD.format(name="m"), "bad": BROKEN["exits"]})
    monkeypatch.setattr(manager, "installed", lambda: found)
    assert manager.plugins() is found
    monkeypatch.setenv("GROUNDUP_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match=r"bad .*SystemExit: 3"):
        manager.plugins()


def test_the_cost_of_every_import_is_known(modules: Path) -> None:
    found = loaded(modules, {"a": GOOD.format(name="m"), "b": "import time\ntime.sleep(0.05)"})
    assert found.import_s["b"] >= 0.05
    assert set(found.import_s) == {"a", "b"}
