"""What lab.toml names and is not installed is said before anything is recorded, with what was probably meant."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from groundup.cli import main
from groundup.lab.tables import parse_lab
from groundup.plugin.lab_check import check_lab
from groundup.plugin.manager import Plugins, plugins

LAB = """
[devices.one]
driver = "{driver}"
part = "{part}"
[[process]]
processor = "{processor}"
input = "emg"
[live]
metrics = ["{metric}"]
"""
RIGHT = {"driver": "virtual_lab", "part": "emg", "processor": "emg_envelope", "metric": "load_wave_lag"}


def test_a_lab_of_what_is_installed_gets_no_complaint() -> None:
    complaints = check_lab(parse_lab(LAB.format(**RIGHT)), plugins())
    assert complaints.devices == []
    assert complaints.analysis == []


@pytest.mark.parametrize(
    ("key", "wrong", "of"),
    [("driver", "virtal_lab", "devices"), ("processor", "emg_envelop", "analysis"), ("metric", "load_lag", "analysis")],
)
def test_a_misspelt_name_is_answered_with_the_nearest(key: str, wrong: str, of: str) -> None:
    complaints = check_lab(parse_lab(LAB.format(**{**RIGHT, key: wrong})), plugins())
    (sentence,) = getattr(complaints, of)
    assert f'"{wrong}"' in sentence
    assert f'did you mean "{RIGHT[key]}"?' in sentence
    assert not complaints.devices or not complaints.analysis


def test_a_wrong_setting_of_a_driver_is_a_complaint() -> None:
    (sentence,) = check_lab(parse_lab(LAB.format(**{**RIGHT, "part": "emgg"})), plugins()).devices
    assert sentence.startswith("lab.toml: [devices.one] part")


def test_with_nothing_installed_that_is_said() -> None:
    complaints = check_lab(parse_lab(LAB.format(**RIGHT)), Plugins())
    assert "there are none" in complaints.devices[0]
    assert len(complaints.analysis) == 2


@pytest.mark.rig
def test_a_recording_with_an_unknown_driver_does_not_begin(tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text(LAB.format(**{**RIGHT, "driver": "virtal_lab"}))
    done = CliRunner().invoke(main, ["record", str(lab), "-o", str(tmp_path / "x.h5")])
    assert done.exit_code == 1
    assert 'did you mean "virtual_lab"?' in done.output
    assert [p.name for p in tmp_path.iterdir()] == ["lab.toml"]
