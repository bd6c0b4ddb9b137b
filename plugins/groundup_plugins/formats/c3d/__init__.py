"""C3D files, read and written."""
