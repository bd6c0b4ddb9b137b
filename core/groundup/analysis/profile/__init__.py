"""The strategy profile: metrics held against norms and against each other."""
