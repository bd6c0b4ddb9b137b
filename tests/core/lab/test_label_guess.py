"""A lab's own labels are proposed as sites, and what is short for several muscles proposes all of them."""

import pytest

from groundup.lab.label_guess import propose
from groundup.model.anatomy import MUSCLES, SEGMENT_RANK


@pytest.mark.parametrize(
    ("label", "site", "side"),
    [
        ("RTA", "tibialis_anterior", "R"),
        ("TA_L", "tibialis_anterior", "L"),
        ("right tibialis ant", "tibialis_anterior", "R"),
        ("EMG3.Tibialis Anterior (R)", "tibialis_anterior", "R"),
        ("R VL: EMG 1", "vastus_lateralis", "R"),
        ("VastusLateralisR", "vastus_lateralis", "R"),
        ("L_GMAX", "gluteus_maximus", "L"),
        ("RGlutMed", "gluteus_medius", "R"),
        ("LT TA", "tibialis_anterior", "L"),
        ("Left Gastroc Lat", "gastrocnemius_lateralis", "L"),
        ("LLG", "gastrocnemius_lateralis", "L"),
        ("RF", "rectus_femoris", ""),
        ("RRF", "rectus_femoris", "R"),
        ("Acme 3 Sol L", "soleus", "L"),
        ("Lumbar ES L", "erector_spinae", "L"),
    ],
)
def test_the_usual_ways_to_write_a_muscle_are_known(label: str, site: str, side: str) -> None:
    found = propose(label, "emg")
    assert (found.sites, found.side) == ((site,), side)


@pytest.mark.parametrize(
    ("label", "site", "side"),
    [("L5", "pelvis", ""), ("C7", "trunk", ""), ("ACC_LSHANK", "shank", "L"), ("Right Foot Acc X", "foot", "R")],
)
def test_the_usual_ways_to_write_a_segment_are_known(label: str, site: str, side: str) -> None:
    found = propose(label, "imu")
    assert (found.sites, found.side) == ((site,), side)


@pytest.mark.parametrize(
    ("label", "sites"),
    [
        ("GM", {"gluteus_medius", "gluteus_maximus", "gastrocnemius_medialis"}),
        ("R FL", {"peroneus_longus", "tensor_fasciae_latae"}),
        ("hams", {"biceps_femoris", "semitendinosus"}),
    ],
)
def test_what_is_short_for_several_muscles_proposes_all_of_them(label: str, sites: set[str]) -> None:
    assert set(propose(label, "emg").sites) == sites


@pytest.mark.parametrize("label", ["", "ch1", "EMG 7", "Fz", "ME", "Avanti sensor 3: EMG", "\n\0", "muscle"])
def test_a_label_that_says_nothing_proposes_nothing(label: str) -> None:
    assert propose(label, "emg").sites == ()


@pytest.mark.parametrize("site", [*MUSCLES, *SEGMENT_RANK])
def test_our_own_names_need_no_check(site: str) -> None:
    found = propose(f"{site}_L", "emg" if site in MUSCLES else "imu")
    assert (found.sites, found.side, found.exact) == ((site,), "L", True)
