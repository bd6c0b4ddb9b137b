"""Nouns of gait and of signals. Imports nothing: the recorder takes streams from here, and loads no NumPy."""
