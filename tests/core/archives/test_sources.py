"""A metric is another one as soon as anything that it is made of is changed, and no other metric is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundup.archives import sources
from groundup.archives.sources import source_fingerprint


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A plugin of two metrics, of which one imports a helper that imports another."""
    folder = tmp_path / "made_plugin"
    (folder / "deep").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "deep" / "__init__.py").write_text("")
    (folder / "deep" / "constants.py").write_text("G = 9.81\n")
    (folder / "helper.py").write_text("from .deep.constants import G\n")
    (folder / "one.py").write_text("from made_plugin import helper\ndef f(): ...\n")
    (folder / "two.py").write_text("import math\ndef f(): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("made_plugin")]:
        del sys.modules[name]


def fingerprints() -> tuple[str, str]:
    """As a new process would make them."""
    from made_plugin import one, two  # type: ignore[import-not-found]

    for known in (sources._closure, sources._imported, sources._spec, sources._of_module):
        known.cache_clear()
    return source_fingerprint(one.f), source_fingerprint(two.f)


@pytest.mark.parametrize("changed", ["one.py", "helper.py", "deep/constants.py", "deep/__init__.py"])
def test_a_metric_is_known_by_all_it_imports_of_its_package(package: Path, changed: str) -> None:
    before = fingerprints()
    assert before == fingerprints()
    (package / changed).write_text((package / changed).read_text() + "# other\n")
    after = fingerprints()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_groundup_itself_is_part_of_what_values_stand_on() -> None:
    assert len(sources.engine_fingerprint()) == 32


@pytest.mark.parametrize(
    "changed", ["analysis/pipeline.py", "recording/tables.py", "workflows/computing.py", "workflows/batch/rows.py"]
)
def test_a_change_in_what_makes_values_is_another_state(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sources.engine_fingerprint.__wrapped__()
    read = sources._of_file
    monkeypatch.setattr(sources, "_of_file", lambda file: "" if file.as_posix().endswith(changed) else read(file))
    assert sources.engine_fingerprint.__wrapped__() != before


def test_texts_that_are_put_together_are_not_the_same_as_others() -> None:
    assert sources.fingerprint(["ab", "c"]) != sources.fingerprint(["a", "bc"])
    assert sources.fingerprint([]) != sources.fingerprint([""])
