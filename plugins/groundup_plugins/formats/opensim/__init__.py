"""OpenSim's tables, read and written."""
