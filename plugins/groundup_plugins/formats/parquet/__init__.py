"""Parquet tables, written."""
