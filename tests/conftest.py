"""Fixtures that many tests share."""

import os
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from groundup.lsl import private_config

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
