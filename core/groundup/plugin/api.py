"""The version of the plugin API, and what becomes of a plugin that was written for another one.

A plugin may say what it was written for: ``GROUNDUP_API = (2, 0)`` in its module. See
`docs/reference/plugin-api.md`.
"""

API_VERSION: tuple[int, int] = (2, 0)
"""Major and minor version of the plugin API.

The minor one grows with what is new, the major one when something that plugins may stand on has gone.
"""


def refusal(module: object) -> str:
    """Why a plugin cannot be used by the API version it says it was written for; empty: it can."""
    stated = getattr(module, "GROUNDUP_API", API_VERSION)
    if not (isinstance(stated, tuple) and len(stated) == 2 and all(isinstance(n, int) for n in stated)):
        return f"GROUNDUP_API is {stated!r}; it is a pair of numbers, such as {API_VERSION}"
    if stated[0] < API_VERSION[0]:
        return f"it was written for version {_number(stated)} of the plugin API, and this groundup has {_OURS}"
    if stated > API_VERSION:
        return f"it needs version {_number(stated)} of the plugin API, and this groundup has {_OURS}"
    return ""


def _number(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


_OURS = _number(API_VERSION)
