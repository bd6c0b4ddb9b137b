"""groundup: record every device of a gait lab on one clock, and see the movement strategy from the ground up."""
