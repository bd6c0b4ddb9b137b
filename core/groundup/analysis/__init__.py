"""From a sealed recording to events, strides, metrics and a profile."""
