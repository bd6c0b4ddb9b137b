"""The streams on the network that are drained: found, opened, watched, and opened anew when they return."""
