"""MAT 7.3 files, written."""
