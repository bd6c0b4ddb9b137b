"""A bounded number of inputs of each fuzzer with every change; ``python -m tests.fuzz`` tries many more."""

import os
from pathlib import Path

import pytest

from tests.fuzz.running import FUZZERS, run

pytestmark = pytest.mark.rig

INPUTS = int(os.environ.get("GROUNDUP_FUZZ", "40"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUZZERS)
def test_what_no_program_should_write_is_read_or_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    assert sum(run(name, INPUTS, tmp_path).values()) == INPUTS
