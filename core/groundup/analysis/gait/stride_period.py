"""Stride-period check: streams of one walk count the same strides, so a wrong sampling rate in one of them shows.

A published file says 960 Hz where the amplifier ran at 1000: everything read from it is in the wrong place, and
nothing in the file itself says so. The stride period of another device does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from groundup.analysis.gait.rhythm import Rhythm, find_rhythm, rhythm_of_contacts
from groundup.model.events import Event
from groundup.model.signals import Floats, Signal

FILE = "the events of the file"
"""Contacts that came with a file, and not from one of its streams: they count strides too."""
LEAST_STRIDES = 5
_FEW_STRIDES = 8
"""Of fewer the difference has to be sure by t as well, and they may have been even by chance (`_USUAL_SCATTER`)."""
_WINDOW_S = 40.0
_MOST_WINDOWS = 10
_WANTED_STRIDES = 25  # with so many in one window no other is looked at
_DISAGREES = 0.005  # what differs by less is in good enough time for a stride, and a crystal is never that wrong
_SURE = 4.0  # standard errors
_SURE_OF_FEW = 0.995  # of few strides, by t
_USUAL_SCATTER = 0.015  # of a stride: few that scatter less are taken to scatter so
_LEAST_ERROR = 3e-4  # whatever the strides say: they are found on a grid of 20 ms
_MOST_SCATTER = 0.10  # of a stride: more, and the two do not follow the same walk
_KINDS = ("plate", "emg", "imu", "mocap")


@dataclass(frozen=True)
class Disagreement:
    """A stream whose strides are longer or shorter than those of others.

    Attributes
    ----------
    stream : str
    others : tuple of str
        Streams that agree with each other.
    ratio : float
        Its stride period over theirs.
    low, high : float
        95 % interval of the ratio.
    strides : int
        Strides that were compared.
    rate, rate_that_agrees : float
        Its sampling rate in Hz, and the one with which the periods would be the same.
    either : bool
        With two streams only, nothing tells which one is wrong.
    """

    stream: str
    others: tuple[str, ...]
    ratio: float
    low: float
    high: float
    strides: int
    rate: float
    rate_that_agrees: float
    either: bool = False

    def __str__(self) -> str:
        more = f" and {len(self.others) - 3} more" if len(self.others) > 3 else ""
        others = ", ".join(self.others[:3]) + more
        way = "longer" if self.ratio > 1.0 else "shorter"
        off = f"{abs(self.ratio - 1.0):.2%} {way} (95 % {self.low - 1.0:+.2%} to {self.high - 1.0:+.2%})"
        either = "; it, or else the other, has a wrong sampling rate" if self.either else ""
        message = f"the strides of {self.stream} are {off} than those of {others}, over {self.strides} strides{either}"
        if not self.rate > 0:
            return message
        return f"{message}: {self.rate_that_agrees:.6g} Hz instead of {self.rate:.6g} Hz would make them agree"

    @property
    def reason(self) -> str:
        """Why what stands on it is not computable."""
        way = "longer" if self.ratio > 1.0 else "shorter"
        whose = "it or the other has" if self.either else "it has"
        return (
            f"the stride period of {self.stream} disagrees: it is {abs(self.ratio - 1.0):.1%} {way} than that of "
            f"{self.others[0]}, so {whose} a wrong sampling rate"
        )


@dataclass(frozen=True)
class Ratio:
    """Stride period of one stream over that of another, with its standard error and how it was found."""

    ratio: float
    error: float
    degrees: int
    strides: int

    @property
    def turned(self) -> "Ratio":
        """Of the other over the one."""
        return Ratio(1.0 / self.ratio, self.error / self.ratio**2, self.degrees, self.strides)

    @property
    def disagrees(self) -> bool:
        """Whether the two surely differ by more than a crystal can be wrong."""
        off = abs(self.ratio - 1.0)
        few = float(stats.t.ppf(_SURE_OF_FEW, self.degrees)) if self.strides < _FEW_STRIDES else 0.0
        return off > _DISAGREES and off > max(_SURE, few) * self.error


def check_stride_periods(signals: Sequence[Signal], markers: Sequence[Event] = ()) -> tuple[Disagreement, ...]:
    """Compare the stride periods of all streams that have a gait rhythm.

    Parameters
    ----------
    signals : sequence of Signal
        Raw signals. Plates, EMG, IMUs and motion capture are compared.
    markers : sequence of Event
        Those that came with the file; its contacts are compared too, as `FILE`.

    Returns
    -------
    tuple of Disagreement
        Streams that disagree with those that most kinds of device agree on; none where all is well or nothing tells.
    """
    walked = [s for s in signals if s.kind in _KINDS and len(s.time) > 1 and s.rate > 0.0]
    contacts = _contacts(signals, markers)
    if len(contacts) >= LEAST_STRIDES:
        walked.append(Signal(FILE, "events", contacts, np.empty((len(contacts), 0)), (), 0.0))
    ratios: dict[tuple[str, str], Ratio] = {}
    begin = min((float(s.time[0]) for s in walked), default=0.0)
    end = max((float(s.time[-1]) for s in walked), default=0.0)
    count = min(max(1, int((end - begin) / _WINDOW_S)), _MOST_WINDOWS)
    for t0 in np.linspace(begin, max(end - _WINDOW_S, begin), count).tolist():
        rhythms = {s.id: r for s in walked if (r := _rhythm(s, t0, t0 + _WINDOW_S)) is not None}
        _compare_all(rhythms, t0, ratios)
        if _enough(ratios, walked):
            break
    return tuple(_disagreements(walked, ratios))


def _rhythm(signal: Signal, t0: float, t1: float) -> Rhythm | None:
    if signal.id != FILE:
        return find_rhythm(signal, t0, t1)
    return rhythm_of_contacts(signal.between(t0, t1).time)


def _contacts(signals: Sequence[Signal], markers: Sequence[Event]) -> Floats:
    """Contacts of the foot that has more of them, of those that were not found in one of these streams."""
    sites = {c.site for s in signals for c in s.channels if c.site}
    times: dict[str, list[float]] = {"L": [], "R": []}
    for event in markers:
        if event.kind == "IC" and event.side in times and event.source not in sites:
            times[event.side].append(event.time)
    most = sorted(times["R"] if len(times["R"]) > len(times["L"]) else times["L"])
    found: Floats = np.asarray(most, dtype=np.float64)
    return found


def _enough(ratios: Mapping[tuple[str, str], Ratio], signals: Sequence[Signal]) -> bool:
    known = {id_ for pair, ratio in ratios.items() if ratio.strides >= _WANTED_STRIDES for id_ in pair}
    return all(signal.id in known for signal in signals)


def _compare_all(rhythms: Mapping[str, Rhythm], start: float, ratios: dict[tuple[str, str], Ratio]) -> None:
    """Compare each two of them, and keep what is known over most strides."""
    for a in rhythms:
        for b in rhythms:
            found = _compared(a, b, rhythms, start) if a < b else None
            if found is not None and ((a, b) not in ratios or ratios[a, b].strides < found.strides):
                ratios[a, b] = found


def _compared(a: str, b: str, rhythms: Mapping[str, Rhythm], start: float) -> Ratio | None:
    # Contacts that were marked are the strides that are asked for.
    if b != FILE:
        return compare(rhythms[a], rhythms[b], start)
    found = compare(rhythms[b], rhythms[a], start)
    return None if found is None else found.turned


def compare(a: Rhythm, b: Rhythm, start: float) -> Ratio | None:
    """Stride period of `b` over that of `a`, from the strides that both see.

    Not the two mean periods are compared, which differ with every stride that only one of them sees, but how far the
    one's count of strides runs away from the other's: the variation of the walk itself cancels.

    Parameters
    ----------
    a, b : Rhythm
    start : float
        Time at which both clocks are taken to be right.

    Returns
    -------
    Ratio or None
        None with fewer than `LEAST_STRIDES` in common, or when the two do not follow one walk.
    """
    per = _strides_a_stride(a, b)
    ratio, line = 1.0, None
    for _ in range(4):
        # Strides of b that belong to those of a, with b's time put right by what is known of it.
        phase, run = _phase(b, start + (a.times - start) * ratio)
        joint = a.runs * (1.0 + b.runs.max()) + run
        seen = np.isfinite(phase)
        ahead = phase[seen] - a.numbers[seen] * per
        line = _line(a.times[seen], ahead, joint[seen])
        if line is None:
            return None
        # b counts 1 / period strides a second where its time is right.
        ratio *= 1.0 - line.slope * b.period
    if line is None or line.scatter > _MOST_SCATTER or line.slips:
        return None
    return Ratio(ratio, float(np.hypot(line.error * b.period, _LEAST_ERROR)), line.degrees, int(seen.sum()))


def _strides_a_stride(a: Rhythm, b: Rhythm) -> float:
    """How many of b's strides are one of a's: 1, but 2 or a half where one of them sees steps."""
    options = [1.0]
    if a.halves_alike:
        options.append(0.5)
    if b.halves_alike:
        options.append(2.0)
    # A signal that sees steps has a period of half a stride and no halves that are alike.
    longer = a.period / b.period
    if longer > 1.5 and a.halves_alike:
        options.append(2.0)
    if longer < 1 / 1.5 and b.halves_alike:
        options.append(0.5)
    return min(options, key=lambda option: abs(np.log(option / longer)))


def _phase(rhythm: Rhythm, times: Floats) -> tuple[Floats, Floats]:
    """Count of strides at these times, with fractions, and the walk each lies in; NaN outside of all.

    Of few strides each counts: the count is carried on by half a stride, at both ends.
    """
    reach = 0.5 * rhythm.period if len(rhythm.times) <= _FEW_STRIDES else 0.0
    inside = (times >= rhythm.times[0] - reach) & (times < rhythm.times[-1] + reach)
    i = np.clip(np.searchsorted(rhythm.times, times, side="right") - 1, 0, len(rhythm.times) - 2)
    inside &= rhythm.runs[i] == rhythm.runs[i + 1]
    share = (times - rhythm.times[i]) / (rhythm.times[i + 1] - rhythm.times[i])
    count = rhythm.numbers[i] + share * (rhythm.numbers[i + 1] - rhythm.numbers[i])
    return np.where(inside, count, np.nan), rhythm.runs[i]


@dataclass(frozen=True)
class _Line:
    slope: float
    error: float
    degrees: int
    scatter: float
    slips: bool


def _line(times: Floats, values: Floats, runs: Floats) -> _Line | None:
    """One slope through the values of all walks, each with its own level."""
    time, value = times.copy(), values.copy()
    walks = np.unique(runs)
    for walk in walks:
        mine = runs == walk
        time[mine] -= time[mine].mean()
        value[mine] -= value[mine].mean()
    degrees = len(values) - len(walks) - 1
    power = float(time @ time)
    if len(values) < LEAST_STRIDES or degrees < LEAST_STRIDES // 2 or power <= 0.0:
        return None
    slope = float(time @ value) / power
    rest = value - slope * time
    least = _USUAL_SCATTER if len(values) < _FEW_STRIDES else 0.0
    variance = max(float(rest @ rest) / degrees, least**2)
    # What is left is like its neighbour: so many strides tell less than as many independent ones.
    like = float(np.clip(rest[1:] @ rest[:-1] / max(float(rest @ rest), 1e-300), 0.0, 0.9))
    error = float(np.sqrt(variance / power * (1.0 + like) / (1.0 - like)))
    return _Line(slope, error, degrees, float(np.sqrt(variance)), _slips(value, rest))


def _slips(value: Floats, rest: Floats) -> bool:
    """Whether one step, as of a stride that was counted twice, explains the values better than a line."""
    count = np.arange(1, len(value))
    before = np.cumsum(value)[:-1]
    explained = before**2 / count + (value.sum() - before) ** 2 / (len(value) - count)
    stepped = float(value @ value) - float(explained.max())
    return stepped < float(rest @ rest) and bool(np.ptp(value) > 0.3)


def _disagreements(signals: Sequence[Signal], ratios: Mapping[tuple[str, str], Ratio]) -> list[Disagreement]:
    by_id = {s.id: s for s in signals}
    known = sorted({id_ for pair in ratios for id_ in pair})
    groups = [tuple(b for b in known if b == a or _agree(ratios, a, b)) for a in known]
    if not groups:
        return []
    # Seven IMUs on one receiver are wrong together: kinds of device are counted before streams.
    # Contacts that somebody marked have no sampling rate of their own to be wrong.
    group = max(groups, key=lambda ids: (len({by_id[i].kind for i in ids}), len(ids), FILE in ids))
    kinds = [len({by_id[i].kind for i in ids}) for ids in groups if not set(ids) & set(group)]
    either = bool(kinds) and max(kinds) == len({by_id[i].kind for i in group})
    found = []
    for id_ in known:
        against = [(other, r) for other in group if (r := _ratio(ratios, other, id_)) is not None and r.disagrees]
        if id_ not in group and against:
            best = min((r for _, r in against), key=lambda r: r.error)
            half = float(stats.t.ppf(0.975, best.degrees)) * best.error
            rate = by_id[id_].rate
            found.append(
                Disagreement(
                    id_, tuple(other for other, _ in against), best.ratio, best.ratio - half, best.ratio + half,
                    best.strides, rate, rate * best.ratio, either,
                )
            )  # fmt: skip
    return found


def _agree(ratios: Mapping[tuple[str, str], Ratio], a: str, b: str) -> bool:
    found = _ratio(ratios, a, b)
    return found is not None and not found.disagrees


def _ratio(ratios: Mapping[tuple[str, str], Ratio], a: str, b: str) -> Ratio | None:
    """Stride period of b over that of a."""
    if (a, b) in ratios:
        return ratios[a, b]
    if (b, a) not in ratios:
        return None
    return ratios[b, a].turned
