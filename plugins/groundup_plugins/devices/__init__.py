"""The devices in the box."""
