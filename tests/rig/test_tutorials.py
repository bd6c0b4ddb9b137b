"""The tutorials work as they are printed, from an empty folder to a recording."""

import os
import shutil
import sys
import sysconfig
import uuid
from pathlib import Path

import pytest

from groundup.lsl import private_session
from tests.docs_runner import blocks, run_page

TUTORIALS = Path(__file__).resolve().parents[2] / "docs" / "tutorial"
PLUGIN_PAGES = ("add-a-force-plate", "write-a-metric", "a-processor-in-c")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", PLUGIN_PAGES)
def test_it_works_as_it_is_printed(name: str, tmp_path: Path) -> None:
    if name == "a-processor-in-c" and shutil.which(sysconfig.get_config_var("CC").split()[0]) is None:
        pytest.skip("there is no C compiler")
    site, folder = tmp_path / "site", tmp_path / "work"
    folder.mkdir()

    def rewrite(command: str) -> str:
        """A folder in place of the environment, and what is here already in place of an index.

        A copy in place of the links of ``-e``: it is made anew each time.
        """
        if not command.startswith("pip install"):
            return command
        return f"pip install --quiet --no-deps --no-build-isolation --upgrade --target {site} ."

    with private_session(f"groundup-tutorial-{uuid.uuid4()}") as environment:
        path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
        run_page(TUTORIALS / f"{name}.md", folder, {**environment, "PYTHONPATH": path}, rewrite)
    assert list(folder.rglob("*.h5")), "it ends with a recording"


def test_a_c3d_file_becomes_shares_of_joint_work(shared: Path, tmp_path: Path) -> None:
    shutil.copy(shared / "walk_overground_c3d" / "HC002D06.c3d", tmp_path / "walk.c3d")
    run_page(TUTORIALS / "from-c3d-to-joint-work.md", tmp_path, dict(os.environ))


def test_a_folder_of_c3d_files_becomes_a_picture_of_a_cohort(shared: Path, tmp_path: Path) -> None:
    shutil.copytree(shared / "walk_overground_c3d", tmp_path / "c3d", ignore=shutil.ignore_patterns("*.json", "*.md"))
    run_page(TUTORIALS / "a-cohort.md", tmp_path, {**os.environ, "MPLBACKEND": "agg"})
    assert (tmp_path / "stance.png").stat().st_size > 10_000


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_its_python_can_be_compiled(page: Path) -> None:
    for block in blocks(page):
        if block.kind == "python":
            compile(block.text, f"{page.name}:{block.line}", "exec")
    assert sys.version_info >= (3, 11)
