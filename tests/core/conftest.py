"""Fixtures of the tests of core."""

import shutil
from pathlib import Path

import pytest
from made import simple_clock, source
from tests.conftest import Once

from groundup.recording import seal as sealing


@pytest.fixture
def made_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock whose result is known exactly, in place of the real one."""
    monkeypatch.setattr(sealing, "follow", simple_clock)


@pytest.fixture
def sealed(tmp_path: Path, made_clock: None, once: Once) -> Path:
    """A recording with a stream of every kind: sealed once, and a copy for each test."""
    made = once("sealed", lambda folder: sealing.seal(source(), folder / "x.h5")) / "x.h5"
    return Path(shutil.copy(made, tmp_path / "x.h5"))
