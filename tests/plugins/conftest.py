"""Being here, it puts this folder on the import path, so that the tests of the plugins share their made plates."""
