"""Inverse dynamics: angles, moments and powers of ankle, knee and hip, of markers and force plates."""
