"""Programs of other people that the tests of formats ask, kept from writing where nobody looks."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def opensim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The opensim package; it opens its log in the current folder, so that is one of the test, and then closes it."""
    monkeypatch.chdir(tmp_path)
    module = pytest.importorskip("opensim", reason="the opensim wheel is not installed")
    module.Logger.removeFileSink()
    (tmp_path / "opensim.log").unlink(missing_ok=True)
    return module
