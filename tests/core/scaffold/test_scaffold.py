"""A new plugin of every kind is short, can be installed, and passes its own tests at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import Once

from groundup.cli import main
from groundup.scaffold import KINDS, PluginNameError, new_plugin


@pytest.fixture(scope="module")
def generated(once: Once) -> Path:
    """One of each kind, written by the command and installed into a folder of their own."""
    return once("scaffold", generate)


def generate(folder: Path) -> None:
    for kind in KINDS:
        made = CliRunner().invoke(
            main, ["plugin", "new", f"my-{kind}", "--kind", kind, "-o", str(folder / f"my-{kind}")]
        )
        assert made.exit_code == 0, made.output
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--target", str(folder / "site"), *(str(folder / f"my-{kind}") for kind in KINDS)],
        check=True,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_fewer_than_66_lines_to_read(generated: Path, kind: str) -> None:
    read = [path for path in (generated / f"my-{kind}").glob("*.py")]
    assert sum(len(path.read_text().splitlines()) for path in read) < 66


def test_all_kinds_pass_their_tests_and_are_found(generated: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(generated / "site")}
    tests = [str(path) for path in sorted(generated.glob("my-*/test_*.py"))]
    assert len(tests) == len(KINDS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(generated), *tests]
    done = subprocess.run(
        [*command, "--groundup", "my_metric"],
        env=environment,
        cwd=generated,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout


def test_a_name_that_no_package_can_have_is_refused(tmp_path: Path) -> None:
    for name in ("2fast", "my plate", "../x", ""):
        with pytest.raises(PluginNameError, match="no name for a package"):
            new_plugin(name, "metric", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["plugin", "new", "x", "--kind", "metric", "-o", str(tmp_path)])
    assert made.exit_code == 1
    assert "is not overwritten" in made.output
