"""What a lab says of a BIDS data set, in lab.toml."""

from typing import Annotated

import msgspec

from groundup.plugin import Settings


class BIDSSettings(Settings, frozen=True, kw_only=True):
    """``[exporters.bids]``: what BIDS asks for and no device tells; what is left out stands as ``n/a``, and is said.

    Attributes
    ----------
    task : str
        What the person did: ``walk``.
    session : str
        Which visit it was; empty for none.
    reference : str
        Against what EMG was measured: ``bipolar``, or where the reference electrode lay.
    ground : str
        Where the ground electrode lay.
    mains_hz : float
        Frequency of the mains, 50 or 60; 0 where it is not known.
    placement : str
        How the places of the electrodes were found: ``SENIAM, by palpation``.
    name : str
        Name of the data set.
    authors : tuple of str
    license : str
    """

    task: str = ""
    session: str = ""
    reference: str = ""
    ground: str = ""
    mains_hz: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    placement: str = ""
    name: str = ""
    authors: tuple[str, ...] = ()
    license: str = ""
