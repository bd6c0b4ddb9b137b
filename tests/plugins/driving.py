"""What the tests of drivers share: the kit's sink that keeps what is pushed and lets a test wait for it."""

from groundup.testing import PATIENCE_S, Collector, driven

__all__ = ["PATIENCE_S", "Collector", "driven"]
