"""Labels that are nobody else's: an empty one is numbered, one that is there already gets the number of its place."""

from collections.abc import Sequence


def unique(labels: Sequence[str], word: str) -> list[str]:
    """The labels, none of them empty or twice; those that are there once stay as they are.

    Parameters
    ----------
    labels : sequence of str
    word : str
        What an empty one is called, with its place: ``channel 3``.
    """
    found: dict[str, None] = {}
    for place, label in enumerate(labels, 1):
        plain = label or f"{word} {place}"
        name, number = plain, place
        while name in found or (name != plain and name in labels):
            name, number = f"{plain} ({number})", number + 1
        found[name] = None
    return list(found)
