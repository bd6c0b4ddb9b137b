"""liblsl tells its warnings on the terminal, and of every socket only whom it was set to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundup.lsl import library_version


@pytest.mark.skipif(library_version() < 117, reason="liblsl before 1.17 takes no configuration from a program")
@pytest.mark.parametrize(("config", "told"), [("", False), ("[log]\nlevel = 0\n", True), ("[lab]\nlevel = 0\n", False)])
def test_what_liblsl_does_is_told_only_where_that_is_set(tmp_path: Path, config: str, told: bool) -> None:
    (tmp_path / "lsl_api.cfg").write_text(config)
    environment = {**os.environ, "LSLAPICFG": str(tmp_path / "lsl_api.cfg")}
    ask = "from groundup.lsl import resolve; resolve(\"name='none'\", 0.1)"
    done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    assert ("INFO" in done.stderr) == told
