"""What the programs of vendors write, read: tables by presets, the rest by a reader each."""
