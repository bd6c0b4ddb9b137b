"""When stamps are not of the clock that was measured, and what cures it: for who records, looks and seals alike.

The recorder reads this, which loads no NumPy (``docs/decisions/memory-of-the-recorder.md``).
"""

EARLY_S = 1.0
"""No sample is stamped so much later than it arrives."""
LATE_S = 5.0
"""Nor do all of a stream's arrive so late."""
REACH_S = 1e11
"""Three thousand years: beyond it, floats are coarser than samples are apart, and stamps are no times."""
CURE = "stamp with local_clock(), or let LSL stamp"
