"""Many files, analysed by many processes, and collected into an archive."""
