"""The processors in the box."""
