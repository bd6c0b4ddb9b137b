"""Kernels for processors: filters, detectors and the like in C, with their state, for chunks of any size."""

from groundup_ext._kernels import (
    Contact,
    Demean,
    DoubleThreshold,
    Envelope,
    Kernel,
    Magnitude,
    MovingRms,
    Phase,
    Plate,
    Rectify,
    RelativePhase,
    Resampler,
    Sos,
    Threshold,
    Tkeo,
)
from groundup_ext.zero import Zero

__all__ = [
    "Contact",
    "Demean",
    "DoubleThreshold",
    "Envelope",
    "Kernel",
    "Magnitude",
    "MovingRms",
    "Phase",
    "Plate",
    "Rectify",
    "RelativePhase",
    "Resampler",
    "Sos",
    "Threshold",
    "Tkeo",
    "Zero",
]
