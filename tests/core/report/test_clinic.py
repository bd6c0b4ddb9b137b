"""Where a person was recorded: from the lab.toml that the recording holds, with its logo, or from another."""

import base64

import pytest

from groundup.lab.tables import LabError
from groundup.report.clinic import clinic_of

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=="
)
TOLD = '[clinic]\nname = "Gait & Co"\ntester = "B. Muster"\nlogo = "dot.png"\n'


def test_a_recording_knows_its_clinic_and_finds_the_logo_beside_it(tmp_path):
    (tmp_path / "dot.png").write_bytes(DOT)
    found = clinic_of(TOLD, tmp_path / "x.h5")
    assert (found.name, found.tester, found.referrer) == ("Gait & Co", "B. Muster", "")
    assert found.logo == "data:image/png;base64," + base64.b64encode(DOT).decode()


def test_a_logo_that_did_not_travel_with_the_recording_is_no_error(tmp_path):
    assert clinic_of(TOLD, tmp_path / "x.h5").name == "Gait & Co"
    assert clinic_of(TOLD, tmp_path / "x.h5").logo == ""


@pytest.mark.parametrize("text", ["", "[future]\nx = 1\n", "not TOML ["])
def test_a_lab_without_a_clinic_or_of_a_later_version_is_no_error(tmp_path, text):
    assert clinic_of(text, tmp_path / "x.h5").name == ""


@pytest.mark.parametrize(
    ("logo", "said"), [("dot.png", "there is no file dot.png beside it"), ("dot.exe", "a picture is expected")]
)
def test_a_lab_that_was_given_has_to_be_right(tmp_path, logo, said):
    lab = tmp_path / "lab.toml"
    lab.write_text(f'[clinic]\nname = "Other"\nlogo = "{logo}"\n')
    with pytest.raises(LabError, match=said):
        clinic_of(TOLD, tmp_path / "x.h5", lab)
    lab.write_text('[clinic]\nnmae = "Other"\n')
    with pytest.raises(LabError, match="nmae"):
        clinic_of(TOLD, tmp_path / "x.h5", lab)
    lab.write_text('[clinic]\nname = "Other"\n')
    assert clinic_of(TOLD, tmp_path / "x.h5", lab).name == "Other"
