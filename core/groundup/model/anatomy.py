"""The body: muscles, segments, sides and ranks. The one place that knows anatomy.

Metrics ask for the *sites* named here, never for channel numbers or a lab's own labels.
"""

from dataclasses import dataclass
from typing import Literal

Side = Literal["L", "R", ""]
"""Left, right, or empty for what lies on the midline or has no side."""

SEGMENT_RANK: dict[str, int] = {
    "foot": 0,
    "shank": 1,
    "thigh": 2,
    "pelvis": 3,
    "trunk": 4,
    "head": 5,
}
"""Distal to proximal: the way load travels from the ground up."""


@dataclass(frozen=True)
class Muscle:
    """A muscle as the strategy metrics see it.

    Attributes
    ----------
    segment : str
        The segment the muscle lies on, which gives its rank.
    gluteal : bool
        Whether it counts as gluteal.
    antigravity : bool
        Whether it holds the body up against gravity (an extensor of the leg or a hip abductor in stance).
    """

    segment: str
    gluteal: bool = False
    antigravity: bool = False

    @property
    def rank(self) -> int:
        """Segment rank, 0 (foot) to 5 (head)."""
        return SEGMENT_RANK[self.segment]


# Names as in the SENIAM recommendations; muscles SENIAM does not list keep their anatomical name.
MUSCLES: dict[str, Muscle] = {
    "abductor_hallucis": Muscle("foot"),
    "extensor_digitorum_brevis": Muscle("foot"),
    "tibialis_anterior": Muscle("shank"),
    "peroneus_longus": Muscle("shank"),
    "peroneus_brevis": Muscle("shank"),
    "soleus": Muscle("shank", antigravity=True),
    "gastrocnemius_medialis": Muscle("shank", antigravity=True),
    "gastrocnemius_lateralis": Muscle("shank", antigravity=True),
    "tibialis_posterior": Muscle("shank"),
    "rectus_femoris": Muscle("thigh"),
    "vastus_medialis": Muscle("thigh", antigravity=True),
    "vastus_lateralis": Muscle("thigh", antigravity=True),
    "biceps_femoris": Muscle("thigh"),
    "semitendinosus": Muscle("thigh"),
    "semimembranosus": Muscle("thigh"),
    "adductor_longus": Muscle("thigh"),
    "adductor_magnus": Muscle("thigh"),
    "gracilis": Muscle("thigh"),
    "sartorius": Muscle("thigh"),
    "tensor_fasciae_latae": Muscle("pelvis"),
    "gluteus_minimus": Muscle("pelvis", gluteal=True, antigravity=True),
    "gluteus_medius": Muscle("pelvis", gluteal=True, antigravity=True),
    "gluteus_maximus": Muscle("pelvis", gluteal=True, antigravity=True),
    "iliopsoas": Muscle("pelvis"),
    "rectus_abdominis": Muscle("trunk"),
    "external_oblique": Muscle("trunk"),
    "internal_oblique": Muscle("trunk"),
    "multifidus": Muscle("trunk", antigravity=True),
    "iliocostalis": Muscle("trunk", antigravity=True),
    "longissimus": Muscle("trunk", antigravity=True),
    "erector_spinae": Muscle("trunk", antigravity=True),
    "latissimus_dorsi": Muscle("trunk"),
    "trapezius_descendens": Muscle("trunk"),
    "trapezius_transversalis": Muscle("trunk"),
    "trapezius_ascendens": Muscle("trunk"),
    "deltoideus_anterior": Muscle("trunk"),
    "deltoideus_medius": Muscle("trunk"),
    "deltoideus_posterior": Muscle("trunk"),
    "sternocleidomastoideus": Muscle("head"),
}

GLUTEAL: frozenset[str] = frozenset(name for name, m in MUSCLES.items() if m.gluteal)
ANTIGRAVITY: frozenset[str] = frozenset(name for name, m in MUSCLES.items() if m.antigravity)

SYNERGISTS: dict[str, frozenset[str]] = {
    "hip extensors and abductors": GLUTEAL,
    "knee extensors": frozenset(("rectus_femoris", "vastus_medialis", "vastus_lateralis")),
    "knee flexors": frozenset(("biceps_femoris", "semitendinosus", "semimembranosus")),
    "plantar flexors": frozenset(("soleus", "gastrocnemius_medialis", "gastrocnemius_lateralis")),
    "dorsiflexors": frozenset(("tibialis_anterior",)),
}
"""Muscles that do one thing together."""

ANTAGONISTS: tuple[tuple[str, str], ...] = (
    ("knee extensors", "knee flexors"),
    ("dorsiflexors", "plantar flexors"),
)
"""Groups of `SYNERGISTS` that work against each other across one joint."""


def is_site(name: str) -> bool:
    """Say whether a name is a muscle, a segment, or a plate (``plate:1``, ``plate:2`` ...)."""
    return name in MUSCLES or name in SEGMENT_RANK or (name.startswith("plate:") and name[6:].isdigit())


def rank(site: str) -> int | None:
    """Segment rank of a site, or None for a plate or an unknown name."""
    if site in SEGMENT_RANK:
        return SEGMENT_RANK[site]
    muscle = MUSCLES.get(site)
    return None if muscle is None else muscle.rank


def other_side(side: Side) -> Side:
    """Left for right, right for left, nothing for nothing."""
    opposite: dict[Side, Side] = {"L": "R", "R": "L", "": ""}
    return opposite[side]
