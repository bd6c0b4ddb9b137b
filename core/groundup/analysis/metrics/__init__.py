"""What metrics need, cut out of signals, and their values."""
