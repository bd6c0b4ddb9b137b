"""Method texts of one table: what several metrics share, as those of each muscle do, stands under the first of them."""

import re
from collections.abc import Mapping

_LONG = 120  # characters: what is shorter is no longer than the reference to it
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")


def without_repeats(methods: Mapping[str, str]) -> dict[str, str]:
    """The method of each metric, in the order given, with what another had said left out after its first sentence.

    Parameters
    ----------
    methods : mapping of metric to definition

    Returns
    -------
    dict
    """
    first_stated: dict[str, str] = {}
    found = {}
    for name, method in methods.items():
        own, *shared = _SENTENCE.split(method, maxsplit=1)
        rest = shared[0] if shared else ""
        stated = first_stated.setdefault(rest, name)
        found[name] = (
            f"{own} The rest as for {stated.replace('_', ' ')}." if stated != name and len(rest) > _LONG else method
        )
    return found
