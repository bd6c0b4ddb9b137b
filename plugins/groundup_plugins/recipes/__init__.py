"""Trial recipes that come with groundup, a TOML file each; `groundup trials` finds them by their entry point."""
