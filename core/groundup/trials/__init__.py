"""Trial recipes: what a person walks, one block after another, with a target of their own baseline."""
