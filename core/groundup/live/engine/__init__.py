"""The live engine: chunks in, signals and events out, in the order of time."""
