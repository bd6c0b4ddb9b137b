"""The words of a report for the person and the clinician, a file for each language."""
