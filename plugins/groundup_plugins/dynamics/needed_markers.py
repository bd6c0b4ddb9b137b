"""Which markers one leg is computed of, and that none is missing."""

from collections.abc import Mapping

from groundup.plugin import NotComputableError, Side
from groundup_plugins.dynamics.marker_sets import Marker, named_like

LEG = ("knee", "ankle", "heel", "toe")


def needed_markers(markers: Mapping[str, Marker], side: Side) -> list[str]:
    """The markers that one leg is computed of, by part.

    Raises
    ------
    NotComputableError
        If one is missing.
    """
    mine = [f"{side}_{part}" for part in LEG]
    back = ["sacrum"] if "sacrum" in markers else ["L_psis", "R_psis"]
    pelvis = ["L_asis", "R_asis", *back]
    lost = [part for part in pelvis if part not in markers]
    hip = f"{side}_hip"
    absent = [part for part in mine if part not in markers] + (lost if hip not in markers else [])
    if absent:
        raise NotComputableError(
            f"inverse dynamics has no marker for {', '.join(f'{part} ({named_like(part)})' for part in absent)}: say "
            "which it is under parameters.markers of its [[process]] in lab.toml"
        )
    more = [f"{side}_{part}" for part in ("thigh", "shank", "knee_medial", "ankle_medial")]
    chosen = mine + ([] if lost else pelvis) + [part for part in (hip, *more) if part in markers]
    if lost:  # where the feet point tells what is sideways
        other = "R" if side == "L" else "L"
        chosen += [part for part in (f"{other}_heel", f"{other}_toe", f"{other}_knee") if part in markers]
    return chosen
