"""Published choices of method, each with its source; ``groundup analyze --spread`` finds them by their entry point."""
