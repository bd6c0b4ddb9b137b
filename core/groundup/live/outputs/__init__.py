"""Where live results go: streams on the network, and the file."""
