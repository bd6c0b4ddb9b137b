"""Kernels for processors: filters, detectors and the like in C, with their state, for chunks of any size."""

from groundup_ext._kernels import Envelope, Kernel, Magnitude, Resampler, Sos

__all__ = ["Envelope", "Kernel", "Magnitude", "Resampler", "Sos"]
