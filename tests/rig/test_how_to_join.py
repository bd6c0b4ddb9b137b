"""The page about joining works as it is printed."""

import uuid
from pathlib import Path

from groundup.lsl import private_session
from tests.docs_runner import run_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "join-files.md"


def test_joining_files_works_as_it_is_printed(tmp_path: Path) -> None:
    with private_session(f"groundup-join-{uuid.uuid4()}") as environment:
        run_page(PAGE, tmp_path, environment)
    assert (tmp_path / "visit.h5").exists()
