"""Streams of another LSL session are not ours, also where both are found by the same ports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundup import lsl

SENDER = """
import sys, pylsl
outlets = [pylsl.StreamOutlet(pylsl.StreamInfo(name, "EMG", 1, 100, "float32", name)) for name in ("left", "right")]
print("up", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("wanted", [["left"], ["left", "right"], ["right", "left", "middle"]])
def test_a_stream_that_is_sought_is_of_our_session(tmp_path: Path, wanted: list[str]) -> None:
    """The laboratory next door has sensors of the same make, with the same source ids."""
    ours = Path(os.environ["LSLAPICFG"]).read_text()
    (session,) = (line for line in ours.splitlines() if line.startswith("SessionID"))
    config = tmp_path / "lsl_api.cfg"
    config.write_text(ours.replace(session, "SessionID = next-door"))
    environment = {**os.environ, "LSLAPICFG": str(config)}
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert lsl.seek([(source, "another") for source in wanted], 1.5) == []
    finally:
        process.kill()
        process.wait()
