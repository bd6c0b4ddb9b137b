"""CSV files, read by what lab.toml declares or the file tells, and written."""
