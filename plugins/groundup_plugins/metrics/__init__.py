"""The metrics in the box."""
