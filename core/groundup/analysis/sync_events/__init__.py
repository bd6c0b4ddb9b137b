"""Events that several sensors saw at once, and what they tell of their clocks."""
