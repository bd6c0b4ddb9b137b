"""Fixtures that many tests share."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from groundup.lsl import private_config

# Containers often ask Python to keep no byte code. Here hundreds of processes start, and one that has to compile
# groundup first takes half as long again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A slow or busy machine is no failure, and what one run finds every run finds. GROUNDUP_EXPLORE=1 looks further.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize="GROUNDUP_EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

# liblsl reads its configuration once, when it is loaded: before any test.
_CONFIG = Path(tempfile.mkdtemp(prefix="groundup-tests-")) / "lsl_api.cfg"
_CONFIG.write_text(private_config(f"groundup-tests-{uuid.uuid4()}"), encoding="utf-8")
os.environ["LSLAPICFG"] = str(_CONFIG)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings, beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real recordings (../shared/data) are not on this machine")
    return folder


Once = Callable[[str, Callable[[Path], object]], Path]
"""Given a name, and what fills a new folder: the folder."""


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """Make a folder that tests of all workers share: who asks first fills it, others wait, and nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if hasattr(request.config, "workerinput") else base) / "once"
    place.mkdir(exist_ok=True)

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = place / name, place / f"{name}.done"
        with FileLock(place / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return made


_WHOLE = {"once", "shared"}
"""What a test asks for that is of real recordings, or of walks that are recorded and analysed for it."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what takes long, and begin every worker's share with real processes: they wait more than they work.

    Files stay whole, so that what a file's tests share is made once.
    """
    for item in items:
        if item.path.parent.name == "rig" or _WHOLE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.rig)
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    rig: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.path.parent.name == "rig":
            rig.setdefault(item.path, []).append(item)
    if workers < 2 or not rig:
        return
    others = [item for item in items if item.path not in rig]
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for file in sorted(rig.values(), key=len):
        min(shares, key=len).extend(file)
    size = -(-len(items) // workers)
    ordered: list[pytest.Item] = []
    for share in shares:
        room = max(0, size - len(share))
        ordered += [*share, *others[:room]]
        others = others[room:]
    items[:] = [*ordered, *others]
