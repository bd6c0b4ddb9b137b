"""Evidence by the contact alone: how the force rises and falls, and how its centre moves, under one whole foot."""

from functools import lru_cache

import numpy as np

from groundup.analysis.gait.contact_evidence.evidence import NONE, Evidence, ramp, worst
from groundup.analysis.gait.contact_evidence.path import reach, ways
from groundup.analysis.gait.contact_evidence.scene import LOADED, Contact, Scene
from groundup.model.signals import Floats

_POINTS = 100
_SMOOTH = np.hanning(9)[1:-1] / np.hanning(9).sum()
_JUMP_S, _JUMP_M = 0.04, (0.1, 0.14)
# To the side of the straight line through it, from 5 to 95 %: 0.7 to 2.3 cm under recorded feet, in turns too.
_ASIDE_M = (0.03, 0.045)
_SLOW = (0.21, 0.3)
_HALVES, _HALVES_OF_A_RUN = (0.66, 0.52), (0.5, 0.38)  # whose heel lands first carries most of it early
_WALKING_S = 0.42


def by_shape(contact: Contact, scene: Scene) -> Evidence | None:
    """Look at the force curve and the path of its centre; always at hand."""
    centre = None if contact.centre is None else contact.centre.tobytes()
    ends = (contact.t0, contact.t1)
    return _shape(contact.source, ends, contact.time.tobytes(), contact.force.tobytes(), centre)


# Live the contacts of the last seconds are weighed again and again, and most of them have the same samples as before.
@lru_cache(maxsize=128)
def _shape(source: str, ends: tuple[float, float], time: bytes, force: bytes, centre: bytes | None) -> Evidence | None:
    path = None if centre is None else np.frombuffer(centre).reshape(-1, 2)
    contact = Contact(-1, -1, *ends, "", source, np.frombuffer(time), np.frombuffer(force), path)
    curve = np.interp(np.linspace(contact.t0, contact.t1, _POINTS), contact.time, contact.force)
    curve = np.convolve(np.pad(curve, len(_SMOOTH) // 2, mode="edge"), _SMOOTH, mode="valid")
    return worst([_slow_edge(contact, curve), _halves(contact, curve), _jump(contact), _aside(contact)])


def _slow_edge(contact: Contact, force: Floats) -> Evidence:
    """A foot is loaded, and unloaded, within a fifth of its stance; a second foot's share takes longer."""
    half = np.flatnonzero(force >= force.max() / 2)
    rise, fall = half[0] / _POINTS, (_POINTS - 1 - half[-1]) / _POINTS
    if contact.lasts < _WALKING_S:
        return NONE
    share = ramp(max(rise, fall), *_SLOW)
    verb = "rises" if rise > fall else "falls"
    return Evidence(share, f"the force on {contact.source} {verb} over {100 * max(rise, fall):.0f} % of the contact")


def _halves(contact: Contact, force: Floats) -> Evidence:
    """The two halves of a stance carry about the same."""
    one, other = float(force[: _POINTS // 2].mean()), float(force[_POINTS // 2 :].mean())
    ratio = min(one, other) / max(one, other, 1e-9)
    which = "first" if one < other else "second"
    text = f"the {which} half of the contact on {contact.source} carries {ratio:.2f} of the other"
    return Evidence(ramp(ratio, *(_HALVES_OF_A_RUN if contact.lasts < _WALKING_S else _HALVES)), text)


def _jump(contact: Contact) -> Evidence:
    """Under one foot the centre of pressure goes on steadily; where a second one lands it jumps."""
    if contact.centre is None:
        return NONE
    step = max(1, round(_JUMP_S * len(contact.time) / contact.lasts))
    moved = contact.centre[step:] - contact.centre[:-step]
    loaded = contact.force > LOADED * contact.peak
    moved = moved[loaded[step:] & loaded[:-step] & np.isfinite(moved).all(axis=1)]
    # Beside its usual speed: a belt carries it along.
    most = float(np.linalg.norm(moved - np.median(moved, axis=0), axis=1).max()) if len(moved) else 0.0
    return Evidence(ramp(most, *_JUMP_M), f"the centre of pressure on {contact.source} jumps by {100 * most:.0f} cm")


def _aside(contact: Contact) -> Evidence:
    """Under one foot the centre of pressure goes nearly straight; what stands beside it draws it there."""
    if contact.centre is None:
        return NONE
    path = contact.centre[(contact.force > LOADED * contact.peak) & np.isfinite(contact.centre).all(axis=1)]
    far = reach(path, ways(path)[1]) if len(path) > 2 else 0.0
    text = f"the centre of pressure on {contact.source} goes {100 * far:.0f} cm to the side: a second foot or a crutch "
    return Evidence(ramp(far, *_ASIDE_M), text + "may stand there")
