"""A plugin of one module, installed where a process of its own finds it."""

from pathlib import Path


def install_plugin(folder: Path, name: str, text: str) -> None:
    """Write a module and the entry point by which groundup loads it; the folder then goes onto PYTHONPATH."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (folder / f"{name}.py").write_text(text)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[groundup]\n{name} = {name}\n")
