"""What events cut out of time: stances, strides, rises from a chair, and which way each walk goes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundup.analysis.gait.contact_evidence import WeighedContacts, weigh_contacts
from groundup.analysis.gait.event_fusion import fuse_events
from groundup.analysis.gait.progression import progression
from groundup.analysis.gait.seats import without_seats
from groundup.analysis.gait.sides import with_sides
from groundup.analysis.gait.sit_to_stand import cut_rises
from groundup.analysis.gait.strides import cut_stances, cut_strides, trial_at
from groundup.analysis.gait.walking_bouts import WalkingBout, cut_walks
from groundup.model.events import Event, SitToStand, Stance, Stride, Trial
from groundup.model.signals import Signal


@dataclass(frozen=True)
class Segmentation:
    """What a recording, or the part of it that has come so far, is cut into.

    Attributes
    ----------
    events : tuple of Event
        In order of time, with sides and trials filled in where they are known.
    strides, stances, walks, rises : tuples
    uncertain_contacts : tuple of WeighedContacts
        Contacts with a plate that may not be whole, or not of one foot; no stance is cut out of them.
    """

    events: tuple[Event, ...]
    strides: tuple[Stride, ...]
    stances: tuple[Stance, ...]
    walks: tuple[WalkingBout, ...]
    rises: tuple[SitToStand, ...] = ()
    uncertain_contacts: tuple[WeighedContacts, ...] = ()


def segment_gait(
    found: Sequence[Event],
    signals: Sequence[Signal],
    trials: Sequence[Trial],
    *,
    weighed: bool = False,
    mass_kg: float = math.nan,
) -> Segmentation:
    """Cut strides, stances and rises, offline as live.

    Parameters
    ----------
    found : sequence of Event
    signals : sequence of Signal
        Raw and processed: ground reaction forces tell sides and direction, all of them show gaps.
    trials : sequence of Trial
    weighed : bool
        Whether contacts with plates have the confidence that all evidence leaves them; else that of their plate.
    mass_kg : float
        Of the person, to weigh them by; NaN where it is not known.
    """
    grf = [signal for signal in signals if signal.kind == "grf"]
    found = without_seats(sorted(found), grf)
    if any(event.kind in ("IC", "FO") and not event.side for event in found):
        found = sorted(with_sides(found, grf, progression(grf, cut_stances(found))))
    uncertain_contacts: list[WeighedContacts] = []
    if weighed:
        found, uncertain_contacts = weigh_contacts(found, signals, mass_kg)
    events = [replace(e, trial=trial) if (trial := _trial(e, trials)) != e.trial else e for e in found]
    once = fuse_events(events)
    strides = cut_strides(once, signals, trials)
    stances = cut_stances(once, strides, trials)
    walks, rises = cut_walks(grf, stances), cut_rises(events, trials)
    return Segmentation(
        tuple(events), tuple(strides), tuple(stances), tuple(walks), tuple(rises), tuple(uncertain_contacts)
    )


def _trial(event: Event, trials: Sequence[Trial]) -> str:
    return event.trial or trial_at(trials, event.time, event.time)
