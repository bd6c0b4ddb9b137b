"""Runs a page of the documentation as a reader would: its files are written, its commands run, in order, in one folder.

In a page, a fenced block (three backquotes) is what its first line says:

- ``python NAME``, ``toml NAME``, ``c NAME`` ...: the file NAME, relative to the folder, with this content;
- ``console``: lines that begin with ``$`` are run one after another and must succeed; the other lines, if there are
  any, must be found in what the command before them prints, in order (``...`` stands for any lines);
- ``python``: a program, run by itself.

Blocks of other kinds, and fences without a kind, are read and not run.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE_S = 900.0


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: of what kind, which file it is, its text, and where it begins."""

    kind: str
    name: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2] or "", m[3], text[: m.start()].count("\n") + 1) for m in _FENCE.finditer(text)]


def run_page(
    page: Path, folder: Path, environment: Mapping[str, str], rewrite: Callable[[str], str] = lambda command: command
) -> None:
    """Follow a page in an empty folder.

    Parameters
    ----------
    page, folder : Path
    environment : mapping
        Of the commands.
    rewrite : callable
        What to run in place of a command; for what a test must not do, such as asking a package index.
    """
    cwd = folder
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.name:
            path = cwd / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            _run([sys.executable, "-c", block.text], cwd, environment, where)
        elif block.kind == "console":
            cwd = _console(block, cwd, environment, rewrite, where)


def _console(
    block: Block, cwd: Path, environment: Mapping[str, str], rewrite: Callable[[str], str], where: str
) -> Path:
    said = ""
    for line in block.text.splitlines():
        if line.startswith("$ cd "):
            cwd = (cwd / line[5:].strip()).resolve()
        elif line.startswith("$ "):
            said = _run(_command(rewrite(line[2:].partition("  #")[0])), cwd, environment, where)
        elif line.strip() and line.strip() != "...":
            wanted = " ".join(line.split())
            found = " ".join(said.split())
            assert wanted in found, f"{where}: {line!r} is not in what the command says:\n{said}"
            said = found[found.index(wanted) + len(wanted) :]
    return cwd


def _command(line: str) -> list[str]:
    words = shlex.split(line)
    if words[0] in ("groundup", "pip", "pytest"):
        return [sys.executable, "-m", *words]
    return [sys.executable, *words[1:]] if words[0] == "python" else words


def _run(command: list[str], cwd: Path, environment: Mapping[str, str], where: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, text=True, timeout=PATIENCE_S,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{where}: {shlex.join(command)} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout
