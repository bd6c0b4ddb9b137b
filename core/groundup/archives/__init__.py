"""Archives: what was found in many recordings, as Parquet tables that are whole at any time, and questions to them."""
