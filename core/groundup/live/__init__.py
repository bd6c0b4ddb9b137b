"""Live: what comes in is processed, cut into strides and measured while it arrives."""
