"""What sees the feet of a person who walks, in one recording: for their steps, and for the belt they may be on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundup.analysis.gait.foot_forces import FootForces
from groundup.analysis.gait.walking_bouts import WalkingBout
from groundup.analysis.metrics.channel_groups import ChannelGroup
from groundup.model.anatomy import Side
from groundup.model.signals import Signal
from groundup.model.subject import Treadmill


@dataclass(frozen=True)
class WalkingScene:
    """What sees the feet.

    Attributes
    ----------
    signals : sequence of Signal
    heels : mapping of side to ChannelGroup
        The markers at them, of both feet or of none (`heel_markers`).
    ground : FootForces
        The plates.
    walks : sequence of WalkingBout
    treadmill : Treadmill
        What lab.toml tells of the belt.
    """

    signals: Sequence[Signal]
    heels: Mapping[Side, ChannelGroup]
    ground: FootForces
    walks: Sequence[WalkingBout]
    treadmill: Treadmill
