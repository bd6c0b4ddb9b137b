"""Fixtures of the tests of core."""

from pathlib import Path

import pytest
from made import simple_clock, source

from groundup.recording import seal as sealing


@pytest.fixture
def made_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock whose result is known exactly, in place of the real one."""
    monkeypatch.setattr(sealing, "follow", simple_clock)


@pytest.fixture
def sealed(tmp_path: Path, made_clock: None) -> Path:
    """A recording with a stream of every kind."""
    path = tmp_path / "x.h5"
    sealing.seal(source(), path)
    return path
