"""The formats in the box."""
