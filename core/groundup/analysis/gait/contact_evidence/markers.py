"""Evidence by markers: whether the foot lies within the corners of its plate, and the other foot beside it."""

import numpy as np

from groundup.analysis.gait.contact_evidence.border import Border, border_of, depth_in
from groundup.analysis.gait.contact_evidence.evidence import NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.feet import Feet, Foot
from groundup.analysis.gait.contact_evidence.scene import Contact, Scene
from groundup.model.anatomy import Side, other_side
from groundup.model.signals import Floats

# Of the way from heel to ball, and how far the skin reaches around it (m). A heel that comes within 4 mm of its belt's
# edge lost 15 % of its load in a recording, one within 13 mm none.
_PARTS = (("heel", 0.2, 0.02), ("ball", 1.0, 0.035), ("toes", 1.25, 0.01))
_LOW_M = 0.025
_LEAST_S = 0.05
_ALIKE_M_S = 0.5  # two feet on one ground go no faster past each other; one in swing does
_SURE_M, _OUTSIDE_M = -0.004, -0.016


def by_markers(contact: Contact, scene: Scene) -> Evidence | None:
    """Hold the feet's markers against the plate; None without markers, corners, or a side.

    A foot is taken for three discs (heel, ball, toes). What of it lies outside while it is low carries load that the
    plate does not feel; the other foot low inside adds load that is not this foot's.
    """
    border = border_of(scene.plates[contact.source].plate)
    span = _frames(contact, scene.feet)
    if border is None or span.stop - span.start < 4:
        return None
    side = _nearest(contact, scene.feet, span) or contact.side
    foot = scene.feet.by_side.get(side) if side else None
    if foot is None:
        return None
    parts = _inside(foot, span, border)
    if not parts:
        return None
    findings = [_by_corners(name, float(np.percentile(inside, 20)), contact.source) for name, inside in parts.items()]
    other = scene.feet.by_side.get(other_side(side))
    if other is not None:
        findings.append(_other(other, foot, scene.feet.time, contact, span, border))
    return worst(findings)


def _by_corners(name: str, inside: float, plate: str) -> Evidence:
    share = ramp(inside, _SURE_M, _OUTSIDE_M)
    where = "within 1 cm of the border" if inside > -0.01 else f"{-100 * inside:.0f} cm over the border"
    return Evidence(share, f"by its markers, the {name} of the foot is {where} of {plate}") if share else NONE


def _other(other: Foot, own: Foot, time: Floats, contact: Contact, span: slice, border: Border) -> Evidence:
    """Whether the other foot stands flat on the same plate meanwhile."""
    ground_heel, ground_ball = (np.nanpercentile(at[:, 2], 2) for at in (other.heel, other.ball))
    heel, ball = other.heel[span], other.ball[span]
    flat = (heel[:, 2] < ground_heel + _LOW_M) & (ball[:, 2] < ground_ball + _LOW_M)
    # The ball stays where it is until the foot leaves.
    past = np.gradient(ball[:, :2] - own.ball[span][:, :2], time[span], axis=0)
    still = np.linalg.norm(past, axis=1) < _ALIKE_M_S
    # The marker is behind the heel that carries: one that overhangs carries nothing there.
    carries = heel + _PARTS[0][1] * (ball - heel)
    on = flat & still & ((depth_in(carries, border) > 0.0) | (depth_in(ball, border) > 0.0))
    lasts = float(on.sum()) * float(np.median(np.diff(time[span])))
    if lasts < _LEAST_S:
        return NONE
    return Evidence(1.0, f"by its markers, the other foot stands on {contact.source} too")


def _frames(contact: Contact, feet: Feet) -> slice:
    edge = 0.1 * contact.lasts
    i, j = np.searchsorted(feet.time, [contact.t0 + edge, contact.t1 - edge])
    return slice(int(i), int(j))


def _nearest(contact: Contact, feet: Feet, span: slice) -> Side:
    """The foot whose ball and heel are nearest to the centre of pressure, where it is known."""
    if contact.centre is None or not np.isfinite(contact.centre).any():
        return ""
    centre = np.nanmean(contact.centre, axis=0)
    far = {
        side: float(np.linalg.norm(np.nanmean((foot.heel + foot.ball)[span, :2], axis=0) / 2 - centre))
        for side, foot in feet.by_side.items()
    }
    far = {side: d for side, d in far.items() if np.isfinite(d)}
    return min(far, key=lambda side: far[side]) if len(far) == 2 else ""


def _inside(foot: Foot, span: slice, border: Border) -> dict[str, Floats]:
    """How far inside of the plate the border of each part is while that part is low, in m."""
    heel, ball = foot.heel[span], foot.ball[span]
    seen = np.isfinite(heel).all(axis=1) & np.isfinite(ball).all(axis=1)
    heel, ball = heel[seen], ball[seen]
    found: dict[str, Floats] = {}
    for name, share, around in _PARTS:
        low = heel if name == "heel" else ball
        if len(low) >= 4:
            down = low[:, 2] < low[:, 2].min() + _LOW_M
            at = heel[down] + share * (ball[down] - heel[down])
            found[name] = depth_in(at, border) - around
    return found
