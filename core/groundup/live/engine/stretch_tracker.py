"""Which stretches have been completed, each once: cuts are made anew of the last 20 s again and again."""

import math
from dataclasses import replace

from groundup.analysis.gait.contact_evidence import WeighedContacts
from groundup.analysis.gait.segmentation import Segmentation
from groundup.analysis.metrics.needs import Stretch
from groundup.model.events import SitToStand, Stance, Stride


class Completed:
    """Knows up to where the stances, strides and rises of each side or source have been given."""

    def __init__(self) -> None:
        self._last: dict[tuple[type, str], float] = {}
        self._counts: dict[type, int] = {}

    def take(self, cuts: Segmentation, until: float) -> tuple[list[Stretch], list[WeighedContacts]]:
        """Those that have ended by a time and were not given before, in order, numbered as they are completed.

        A contact is given once, as a stance or in doubt.
        """
        done: list[Stretch] = []
        uncertain = [
            one for one in cuts.uncertain_contacts if self._last.get((Stance, one.source), -math.inf) < one.t1 <= until
        ]
        whole: list[Stance | Stride | SitToStand] = [*cuts.stances, *cuts.strides, *cuts.rises]
        for stretch in sorted(whole, key=lambda s: (s.t1, s.t0)):
            of = stretch.side if isinstance(stretch, Stride) else stretch.source
            key = (type(stretch), of)
            if self._last.get(key, -math.inf) < stretch.t1 <= until:
                self._last[key] = stretch.t1
                self._counts[type(stretch)] = number = self._counts.get(type(stretch), -1) + 1
                # A stride is numbered as it is completed; the one that a stance begins is not there yet.
                done.append(replace(stretch, number=-1 if isinstance(stretch, Stance) else number))
        for one in uncertain:
            key = (Stance, one.source)
            self._last[key] = max(self._last.get(key, -math.inf), one.t1)
        return done, uncertain
