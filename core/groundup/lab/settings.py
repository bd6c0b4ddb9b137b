"""Settings: typed, frozen structs that make a table of lab.toml, its errors and its documentation."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every settings struct: subclass it with annotated fields and defaults.

    An unknown key is an error that names the nearest known one (`groundup.lab.tables`).
    """
