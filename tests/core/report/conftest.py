"""Walks that all tests of the report share, and the pages made of them, once."""

from pathlib import Path

import h5py
import pytest
from tests.conftest import Once
from tests.core.report.reading import Page
from tests.virtual_walk import T0_S, after, before

from groundup.recording.tables import TRIALS, make_table


@pytest.fixture(scope="session")
def walks(once: Once) -> tuple[Path, Path]:
    """Before and after."""
    return before(once), after(once)


@pytest.fixture(scope="session")
def single(walks: tuple[Path, Path]) -> Page:
    """The page of one recording."""
    from groundup.report import page

    return Page(page(walks[:1]))


@pytest.fixture(scope="session")
def both(walks: tuple[Path, Path]) -> Page:
    """The page of before and after."""
    from groundup.report import page

    return Page(page(walks))


@pytest.fixture(scope="session")
def with_trials(walks: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walk, half of which is marked as a slow trial, and a moment of it as greatest effort."""
    path = tmp_path_factory.mktemp("trials") / "trials.h5"
    path.write_bytes(walks[0].read_bytes())
    trials = [(T0_S + 0.5, T0_S + 6.5, "first", "slow"), (T0_S + 7.0, T0_S + 9.0, "squeeze", "mvic")]
    with h5py.File(path, "r+") as file:
        kept = dict(file["trials"].attrs)
        del file["trials"]
        file.create_dataset("trials", data=make_table(TRIALS, trials), chunks=(len(trials),), fletcher32=True)
        file["trials"].attrs.update(kept)
    return path
