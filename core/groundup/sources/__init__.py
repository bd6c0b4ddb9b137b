"""A file as something that can be sealed or played, with what lab.toml says of it."""
