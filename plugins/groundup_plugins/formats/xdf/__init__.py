"""XDF files, read and written."""
