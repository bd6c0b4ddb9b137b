"""The table of force plates says of each type what the C3D standard does."""

from typing import get_args

from groundup.model.plate_types import PLATE_TYPES, PlateNumber
from groundup_plugins.processors.plate_wrench import FORMULAS


def test_lab_toml_takes_every_type_and_each_has_a_formula() -> None:
    assert set(get_args(PlateNumber)) == set(PLATE_TYPES) == set(FORMULAS)


def test_channels_are_those_of_the_standard() -> None:
    kinds = PLATE_TYPES.items()
    found = {number: (len(kind.channels), kind.forces, kind.moments, kind.centre) for number, kind in kinds}
    assert found == {1: (6, 3, False, True), 2: (6, 3, True, False), 3: (8, 8, False, False), 4: (6, 3, True, False)}
    assert [number for number, kind in kinds if kind.z_down] == [3]
    assert [number for number, kind in kinds if kind.needs_calibration] == [4]
