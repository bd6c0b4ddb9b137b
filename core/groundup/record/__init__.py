"""Recording: streams found, drained into the journal, watched, and finished."""
