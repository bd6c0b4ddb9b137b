"""Mass and height that no person has."""

from collections.abc import Iterator

from groundup.analysis.plausibility.finding import Implausible
from groundup.model.subject import Subject

_HEIGHT_M = (0.4, 2.6)
_MASS_KG = (2.0, 400.0)
_HEIGHTS = {"centimetres": 1e-2, "millimetres": 1e-3, "feet": 0.3048, "inches": 0.0254}
_USUAL_M = (1.0, 2.2)


def judge_person(subject: Subject) -> Iterator[Implausible]:
    """Mass and height as told; what is not known (NaN) is not judged."""
    mass, height = subject.mass_kg, subject.height_m
    if mass < _MASS_KG[0] or mass > _MASS_KG[1]:
        looks = f" and looks like newtons ({mass / 9.80665:.3g} kg)" if 100 < mass < 2500 else ""
        yield Implausible("mass", f"mass_kg = {mass:.4g} is no person's{looks}: set [participant] mass_kg in lab.toml")
    if height < _HEIGHT_M[0] or height > _HEIGHT_M[1]:
        units = [name for name, metres in _HEIGHTS.items() if _USUAL_M[0] <= height * metres <= _USUAL_M[1]]
        looks = f" and looks like {units[0]} ({height * _HEIGHTS[units[0]]:.2f} m)" if units else ""
        yield Implausible(
            "height",
            f"height_m = {height:.4g} is no person's{looks}: set [participant] height_m in lab.toml, in metres",
        )
