"""What many people show: how well a lab can measure them again, and where the values of people lie."""
