"""EDF+ and BDF+ files, read and written."""
