"""The best evidence for how two clocks lie to each other, or why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from groundup.analysis.joining.channel_grids import ChannelSeries
from groundup.analysis.joining.line_fit import ClockLine
from groundup.analysis.joining.shared_channel import SharedChannel, find_shared
from groundup.analysis.joining.shared_gait import find_gait
from groundup.analysis.joining.shared_taps import Taps, find_taps
from groundup.analysis.joining.shared_trigger import SharedTrain, find_trigger
from groundup.analysis.joining.trains import Train
from groundup.clock.joint import Joint, Method

METHODS: tuple[Method, ...] = ("channel", "trigger", "taps", "gait")
_MORE = 2.0  # half intervals: two kinds of evidence that are further apart contradict each other
_BESIDE_S = 0.5e-3  # what sensors may be late by that nothing here sees


@dataclass(frozen=True, eq=False)
class FileEvidence:
    """What one file has that another may have, too.

    Attributes
    ----------
    name : str
    channels : sequence of ChannelSeries
    pulses : sequence of Train
        Edges of channels that switch, and markers.
    taps, contacts : callable
        Give what stands out, and the contacts of feet: looked for only where nothing better is found.
    """

    name: str
    channels: Sequence[ChannelSeries] = ()
    pulses: Sequence[Train] = ()
    taps: Callable[[], Sequence[Taps]] = field(default=lambda: ())
    contacts: Callable[[], Sequence[Train]] = field(default=lambda: ())


class NotJoinedError(ValueError):
    """Two files of which nobody can tell how their clocks lie to each other; the sentence says why."""


def find_joint(a: FileEvidence, b: FileEvidence, by: Method | None = None) -> Joint:
    """How the clock of the second file lies to that of the first, by the evidence that knows it best.

    A signal that both recorded and a trigger are both asked; where two of their answers contradict each other, none is
    believed. Only where neither says anything, taps are asked, and then the gait.

    Parameters
    ----------
    a, b : FileEvidence
        Of the reference, and of the file that is to be joined.
    by : {"channel", "trigger", "taps", "gait"}, optional
        The only evidence to ask.

    Raises
    ------
    NotJoinedError
        If nothing tells it.
    """
    found: list[Joint] = []
    why: list[str] = []
    for method in METHODS if by is None else (by,):
        if method in ("taps", "gait") and found:
            break
        joints, reason = _by(method, a, b)
        found += joints
        if reason:
            why.append(f"by {method}: {reason}")
    if not found:
        raise NotJoinedError(
            f"how the clock of {b.name} lies to that of {a.name} cannot be told. {'; '.join(why)}. Where you know it, "
            f"say it: --offset {b.name}=SECONDS"
        )
    best = min(found, key=lambda joint: joint.offset_high_s - joint.offset_low_s)
    for other in found:
        if (apart := _contradiction(best, other)) > 0.0:
            raise NotJoinedError(
                f"how the clock of {b.name} lies to that of {a.name} cannot be told: {best.stands_on} and "
                f"{other.stands_on} contradict each other by {1e3 * apart:.3g} ms. Choose one with --by, or say "
                f"it: --offset {b.name}=SECONDS"
            )
    return best


def _by(method: Method, a: FileEvidence, b: FileEvidence) -> tuple[list[Joint], str]:
    """What one kind of evidence says, and why it says nothing."""
    if method == "channel":
        shared = find_shared(a.channels, b.channels)
        return ([], shared) if isinstance(shared, str) else ([_of_channel(one, a, b) for one in shared], "")
    trains: list[SharedTrain] | str
    if method == "trigger":
        trains = find_trigger(a.pulses, b.pulses)
    elif method == "taps":
        trains = find_taps(a.taps(), b.taps())
    else:
        trains = find_gait(a.contacts(), b.contacts())
    return ([], trains) if isinstance(trains, str) else ([_of_train(one, method, a, b) for one in trains[:4]], "")


def _of_channel(one: SharedChannel, a: FileEvidence, b: FileEvidence) -> Joint:
    turned = ", turned over" if one.reversed else ""
    told = f", filtered differently by {1e3 * one.delay.bands_s:.2g} ms" if one.delay.bands_s else ""
    stands_on = f"{one.theirs.name} is {one.ours.name}{turned} (coherence {one.delay.coherence:.2f}{told})"
    scores = (one.evidence, one.second_best)
    span = (one.delay.first, one.delay.last)
    return _joint(a, b, "channel", stands_on, one.delay.line, one.delay.stretches, span, scores)


def _of_train(one: SharedTrain, method: Method, a: FileEvidence, b: FileEvidence) -> Joint:
    missed = f", {one.missed} in one of them only" if one.missed else ""
    stands_on = f"{one.theirs.name} are {one.ours.name} ({one.count} of them{missed})"
    return _joint(a, b, method, stands_on, one.line, one.count, (one.first, one.last), (one.evidence, one.second_best))


def _joint(
    a: FileEvidence,
    b: FileEvidence,
    method: Method,
    stands_on: str,
    line: ClockLine,
    count: int,
    span: tuple[float, float],
    scores: tuple[float, float],
) -> Joint:
    drift, half = 1e6 * line.drift, 1e6 * line.drift_half
    return Joint(
        file=b.name,
        reference=a.name,
        method=method,
        stands_on=stands_on,
        pivot_s=line.pivot,
        offset_s=line.offset,
        offset_low_s=line.offset - line.offset_half,
        offset_high_s=line.offset + line.offset_half,
        drift_ppm=drift,
        drift_low_ppm=drift - half,
        drift_high_ppm=drift + half,
        coincidences=count,
        first_s=span[0],
        last_s=span[1],
        evidence=scores[0],
        second_best=scores[1],
    )


def _contradiction(best: Joint, other: Joint) -> float:
    """By how much two joints of the same files are further apart than both allow, in s; 0 where they are not."""
    at = np.array([max(best.first_s, other.first_s), min(best.last_s, other.last_s)])
    at = np.array([at.mean()]) if at[0] > at[1] else at
    apart = np.abs(best.onto(at) - other.onto(at))
    allowed = _MORE * np.hypot(best.half_width(at), other.half_width(at)) + _BESIDE_S
    return float(np.max(np.where(apart > allowed, apart, 0.0)))


def by_hand(name: str, reference: str, offset_s: float, pivot_s: float) -> Joint:
    """The joint that a person told: nothing was measured, and nothing says how well it holds."""
    nan = float("nan")
    return Joint(
        file=name, reference=reference, method="hand", stands_on="told by a person", pivot_s=pivot_s,
        offset_s=offset_s, offset_low_s=nan, offset_high_s=nan, drift_ppm=0.0, drift_low_ppm=nan,
        drift_high_ppm=nan, coincidences=0, first_s=nan, last_s=nan, evidence=nan, second_best=nan,
    )  # fmt: skip
