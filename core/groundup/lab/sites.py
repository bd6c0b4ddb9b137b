"""Sites that no body and no lab has, in the same words whether lab.toml names them or a driver does."""

from groundup.lab.errors import nearest
from groundup.model.anatomy import MUSCLES, SEGMENT_RANK, is_site


def unknown_site(site: str) -> str:
    """What is wrong with the site of a channel, as the rest of a sentence; empty for a known one, or none."""
    if not site or is_site(site):
        return ""
    sites = (*MUSCLES, *SEGMENT_RANK, "plate:1", "plate:2")
    return f'names the unknown site "{site}"; sites are muscles, segments and plates (plate:1){nearest(site, sites)}'
