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

SEGMENT_LABELS: dict[str, str] = {
    "foot": "ft feet shoe instep heel ankle toe",
    "shank": "tibia lowerleg leg calf shin sk tib",
    "thigh": "femur upperleg th",
    "pelvis": "sacrum pelv sacral hip hips s1 l5 l5s1 lowerback lowback lumbar waist",
    "trunk": "sternum chest thorax torso c7 t1 upperback upperbody spine",
    "head": "forehead helmet skull",
}
"""What labs call each in channel labels, beside its own name."""


JOINTS = ("ankle", "knee", "hip")
"""Joints of the leg, distal to proximal: sites of angles, moments and powers that a model of the body computed."""


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
    labels : str
        What labs call it in channel labels, beside its own name: small letters and digits only, one blank between
        them. A word that is used for several muscles stands with each.
    """

    segment: str
    gluteal: bool = False
    antigravity: bool = False
    labels: str = ""

    @property
    def rank(self) -> int:
        """Segment rank, 0 (foot) to 5 (head)."""
        return SEGMENT_RANK[self.segment]


# Names as in the SENIAM recommendations; muscles SENIAM does not list keep their anatomical name.
MUSCLES: dict[str, Muscle] = {
    "abductor_hallucis": Muscle("foot", labels="abh abdhal abhal"),
    "extensor_digitorum_brevis": Muscle("foot", labels="edb"),
    "tibialis_anterior": Muscle("shank", labels="ta tib tiba tibant tibialant tibialisant anteriortibialis"),
    "peroneus_longus": Muscle("shank", labels="pl per perl perlong peroneus peroneuslong fibularislongus fl peroneal"),
    "peroneus_brevis": Muscle("shank", labels="pb perb perbrev fibularisbrevis"),
    "soleus": Muscle("shank", antigravity=True, labels="so sol soleus"),
    "gastrocnemius_medialis": Muscle(
        "shank",
        antigravity=True,
        labels="mg gm gmed gasmed gastmed gasm gastm gastrocmed gastrocmedial gam gasmedial medgas medgast "
        "medialgastrocnemius mgas mgast gastrocnemiusmed gastrocnemiusmedial gastroc gas gast "
        "gastrocnemius",
    ),
    "gastrocnemius_lateralis": Muscle(
        "shank",
        antigravity=True,
        labels="lg gl glat gaslat gastlat gasl gastl gastroclat gastroclateral gal gaslateral latgas latgast "
        "lateralgastrocnemius lgas lgast gastrocnemiuslat gastrocnemiuslateral gastroc gas gast "
        "gastrocnemius",
    ),
    "tibialis_posterior": Muscle("shank", labels="tp tibpost tibialispost posteriortibialis"),
    "rectus_femoris": Muscle("thigh", labels="rf rectfem recfem rectus rectusfem"),
    "vastus_medialis": Muscle(
        "thigh",
        antigravity=True,
        labels="vm vmo vasmed vastmed vastusmed vastusmedial medialvastus vastus",
    ),
    "vastus_lateralis": Muscle(
        "thigh",
        antigravity=True,
        labels="vl vlo vaslat vastlat vastuslat vastuslateral lateralvastus vastus",
    ),
    "biceps_femoris": Muscle(
        "thigh",
        labels="bf bfl bicfem biceps bicepsfem bicepsfemorislonghead lh lateralhamstring lathams hamslat "
        "hamstring ham hams hamstrings",
    ),
    "semitendinosus": Muscle(
        "thigh",
        labels="st semi semit semiten mh medialhamstring medhams hamsmed hamstring ham hams hamstrings",
    ),
    "semimembranosus": Muscle("thigh", labels="sm semim semimem mh medialhamstring medhams hamsmed"),
    "adductor_longus": Muscle("thigh", labels="al adl addl addlong adductorlong adductor add"),
    "adductor_magnus": Muscle("thigh", labels="am adm addm addmag adductormag adductor add"),
    "gracilis": Muscle("thigh", labels="gr grac gra"),
    "sartorius": Muscle("thigh", labels="sar sart"),
    "tensor_fasciae_latae": Muscle("pelvis", labels="tfl tensor tensorfascialatae tensorfascia fl"),
    "gluteus_minimus": Muscle(
        "pelvis",
        gluteal=True,
        antigravity=True,
        labels="gmin glmin glutmin glutemin gluteusmin",
    ),
    "gluteus_medius": Muscle(
        "pelvis",
        gluteal=True,
        antigravity=True,
        labels="gm gmed glmed glumed glutmed glutemed gluteusmed gluteusmedialis gme glut glute gluteus",
    ),
    "gluteus_maximus": Muscle(
        "pelvis",
        gluteal=True,
        antigravity=True,
        labels="gm gmax glmax glumax glutmax glutemax gluteusmax gma glut glute gluteus",
    ),
    "iliopsoas": Muscle("pelvis", labels="ip ilps iliop psoas"),
    "rectus_abdominis": Muscle("trunk", labels="ra rectabd recabd abs rectusabd"),
    "external_oblique": Muscle("trunk", labels="eo extobl exob obliquusexternus externaloblique oblext oblique"),
    "internal_oblique": Muscle("trunk", labels="io intobl inob obliquusinternus oblint oblique"),
    "multifidus": Muscle("trunk", antigravity=True, labels="mf mult multi"),
    "iliocostalis": Muscle("trunk", antigravity=True, labels="il ilio ilioc"),
    "longissimus": Muscle("trunk", antigravity=True, labels="lo long longis"),
    "erector_spinae": Muscle(
        "trunk",
        antigravity=True,
        labels="es erec erector erspin erectorspin esl est lumbares eslumbar",
    ),
    "latissimus_dorsi": Muscle("trunk", labels="ld lat lats latdor latissimus"),
    "trapezius_descendens": Muscle("trunk", labels="ut uppertrap uppertrapezius trapezius trap utrap trapup"),
    "trapezius_transversalis": Muscle("trunk", labels="mt middletrap middletrapezius trapezius trap mtrap"),
    "trapezius_ascendens": Muscle("trunk", labels="lt lowertrap lowertrapezius trapezius trap ltrap"),
    "deltoideus_anterior": Muscle("trunk", labels="ad antdelt deltant anteriordeltoid deltoidanterior deltoid delt"),
    "deltoideus_medius": Muscle("trunk", labels="md middelt deltmid middledeltoid deltoidmiddle deltoid delt"),
    "deltoideus_posterior": Muscle(
        "trunk",
        labels="pd postdelt deltpost posteriordeltoid deltoidposterior deltoid delt",
    ),
    "sternocleidomastoideus": Muscle("head", labels="scm sternocleido sternocleidomastoid"),
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
    """Say whether a name is a muscle, a segment, a joint, or a plate (``plate:1``, ``plate:2`` ...)."""
    known = name in MUSCLES or name in SEGMENT_RANK or name in JOINTS
    return known or (name.startswith("plate:") and name[6:].isdigit())


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
