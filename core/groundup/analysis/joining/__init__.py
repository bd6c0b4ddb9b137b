"""Two clocks from what was recorded on both: the evidence, the line that it gives, and when it gives none."""
