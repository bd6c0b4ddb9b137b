"""One job of measuring: what has just been completed, with all that its metrics may need; no more is known of it.

A job can be sent to another process and done there, and done again if that process dies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from groundup.analysis.gait import Stance, Stride, Trial
from groundup.analysis.measure import MetricRow, measure
from groundup.analysis.needs import Resolver, Source, peak_of
from groundup.analysis.signals import Signal
from groundup.analysis.walks import Walk
from groundup.plugin.metric import Metric
from groundup.subject import Subject

Measured = Stride | Stance | Trial


@dataclass(frozen=True)
class Job:
    """Stretches of time to measure.

    Attributes
    ----------
    number : int
        Counts the jobs.
    stretches : tuple
        Strides, stances and trials that have been completed.
    signals : tuple of Signal
        Raw and processed, cut to what the stretches need.
    stances : tuple of Stance
        All that are known, for forces under a foot.
    walks : tuple of Walk
    """

    number: int
    stretches: tuple[Measured, ...]
    signals: tuple[Signal, ...]
    stances: tuple[Stance, ...] = ()
    walks: tuple[Walk, ...] = ()
