"""Metrics while it runs, in a process of their own."""
