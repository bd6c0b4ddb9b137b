"""Sites that no body and no lab has, in the same words whether lab.toml names them or a driver does."""

from collections.abc import Mapping

from groundup.lab.errors import nearest
from groundup.model.anatomy import MUSCLES, SEGMENT_RANK, is_site
from groundup.model.streams import StreamSpec


def unknown_site(site: str) -> str:
    """What is wrong with the site of a channel, as the rest of a sentence; empty for a known one, or none."""
    if not site or is_site(site):
        return ""
    sites = (*MUSCLES, *SEGMENT_RANK, "plate:1", "plate:2")
    return f'names the unknown site "{site}"; sites are muscles, segments and plates (plate:1){nearest(site, sites)}'


def site_flaws(spec: StreamSpec, in_lab: Mapping[str, str]) -> list[str]:
    """What is wrong with the sites that a stream itself gives its channels, where lab.toml has no other: sentences.

    Parameters
    ----------
    spec : StreamSpec
    in_lab : mapping of str to str
        Sites that lab.toml gives, by the label of the channel.
    """
    flaws: dict[str, str] = {}
    for channel in spec.channels:
        if not in_lab.get(channel.label) and (wrong := unknown_site(channel.site)):
            flaws.setdefault(channel.site, f'the channel "{channel.label}" {wrong}')
    return list(flaws.values())
