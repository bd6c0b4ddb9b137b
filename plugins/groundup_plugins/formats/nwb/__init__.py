"""Neurodata Without Borders, written."""
