"""Streams whose true times are known: devices with drifting clocks, late stamps, noisy probes, losses and steps.

Noise as measured on real links: probes N(0, 20 µs), 2 % of them late by exp(1 ms); stamps late by gamma(2, 0.5 ms);
sampling is paced by the drifting clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput
from groundup.model.source import PROBE

Floats = NDArray[np.float64]
_START = 3.0  # lab time of the first sample


@dataclass(frozen=True)
class Case:
    """A kind of stream.

    Attributes
    ----------
    name : str
    rate : float
        Hz of the device's own clock; 0 for events at random times, one a second.
    seconds : float
    offset : callable
        Lab time to what must be added to device time, in s.
    probe_every : float
    jitter : float
        Scale of the gamma-distributed lateness of stamps, in s.
    packet : int
        Samples that share one late stamp, the others deduced from it.
    lose : callable or None
        (sample numbers, random) to a mask of samples that never arrive.
    step_s : float
        By which the device clock steps at `step_at`, as a share of the duration.
    nominal : float or None
        The rate that the device claims; None for the true one.
    """

    name: str
    rate: float = 100.0
    seconds: float = 1800.0
    offset: Callable[[Floats], Floats] = lambda t: 3.0 + 20e-6 * t
    probe_every: float = 2.0
    jitter: float = 0.5e-3
    packet: int = 1
    lose: Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.bool_]] | None = None
    step_s: float = 0.0
    step_at: float = 0.5
    nominal: float | None = None

    def with_(self, **changes: object) -> "Case":
        """The same with something else."""
        return replace(self, **changes)  # type: ignore[arg-type]


def constant(ppm: float) -> Callable[[Floats], Floats]:
    """A clock that is off by so much, always."""
    return lambda t: 3.0 + ppm * 1e-6 * t


def swing(ppm: float, period: float = 900.0) -> Callable[[Floats], Floats]:
    """The air conditioning goes on and off."""
    return lambda t: 3.0 + ppm * 1e-6 * period / (2 * np.pi) * np.sin(2 * np.pi * t / period)


def warm_up(ppm: float, constant_s: float = 200.0) -> Callable[[Floats], Floats]:
    """Switched on when the recording began."""
    return lambda t: 3.0 + ppm * 1e-6 * constant_s * (1.0 - np.exp(-t / constant_s))


def one_loss(seconds: float, rate: float) -> Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.bool_]]:
    """One stretch is missing in the middle."""
    lost = round(seconds * rate)
    return lambda n, random: (n >= len(n) // 2) & (n < len(n) // 2 + lost)


def lost_packets(share: float, size: int) -> Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.bool_]]:
    """Packets of `size` samples get lost at random."""
    return lambda n, random: (random.random(len(n) // size + 1) < share)[n // size]


ROWS: list[tuple[Case, float]] = [
    (Case("constant 20 ppm"), 0.01),
    (Case("constant 20 ppm, 10 min, probes every 5 s", seconds=600.0, probe_every=5.0), 0.03),
    (Case("±15 ppm thermal swing, 15 min", offset=swing(15.0)), 0.1),
    (Case("30 ppm warm-up, 200 s", offset=warm_up(30.0)), 0.1),
    *((Case(f"100 Hz, one loss of {s:g} s", lose=one_loss(s, 100.0)), 0.1) for s in (0.5, 2.0, 4.9)),
    (Case("1 kHz, one loss of 0.95 s", rate=1000.0, seconds=600.0, lose=one_loss(0.95, 1000.0)), 0.1),
    (Case("100 Hz, 1 % of 10-sample packets lost, 10 min", seconds=600.0, lose=lost_packets(0.01, 10)), 0.1),
    (Case("clock steps 4 s forwards, no probe missing", step_s=4.0), 0.1),
    (Case("clock steps 4 s backwards, no probe missing", step_s=-4.0), 0.1),
]
"""Each case, and the error in ms that it must not exceed."""


def calibration_cases(count: int, seed: int) -> list[Case]:
    """Cases of every kind, at random: drifts, losses, jitters, rates, lengths, packets, steps, irregular streams."""
    random = np.random.default_rng(seed)
    cases = []
    for _ in range(count):
        rate = float(random.choice([50.0, 100.0, 148.0, 200.0, 500.0, 1000.0, 2000.0]))
        seconds = float(np.exp(random.uniform(np.log(60.0), np.log(1800.0 if rate <= 200.0 else 600.0))))
        kind = random.choice(["constant", "swing", "warm-up"])
        offset = {
            "constant": lambda: constant(random.uniform(-100.0, 100.0)),
            "swing": lambda: swing(random.uniform(3.0, 20.0)),
            "warm-up": lambda: warm_up(random.uniform(-40.0, 40.0)),
        }[kind]()
        loss = random.choice(["no loss", "one loss", "lost packets"])
        lose = {
            "no loss": None,
            "one loss": one_loss(random.uniform(0.05, 5.0), rate),
            "lost packets": lost_packets(0.01, 10),
        }[loss]
        irregular, steps = random.random() < 0.12, random.random() < 0.1
        packet, jitter = int(random.choice([1, 1, 8, 32])), float(random.choice([0.0, 0.1e-3, 0.5e-3, 1e-3]))
        cases.append(
            Case(
                "irregular" if irregular else f"{kind}, {loss}",
                rate=0.0 if irregular else rate,
                seconds=seconds,
                offset=offset,
                probe_every=float(random.choice([2.0, 5.0])),
                jitter=0.0 if irregular else jitter,
                packet=1 if irregular else packet,
                lose=None if irregular else lose,
                step_s=float(random.choice([-1.0, 1.0]) * random.uniform(0.05, 10.0)) if steps else 0.0,
            )
        )
    return cases


def make(case: Case, seed: int) -> tuple[ClockInput, Floats]:
    """A stream of this kind, and the true lab time of each sample."""
    random = np.random.default_rng(seed)
    stepped = _START + case.step_at * case.seconds if case.step_s else np.inf

    def device_time(lab: Floats) -> Floats:
        return np.asarray(lab - case.offset(lab) + case.step_s * (lab > stepped))

    lab = _sampled(case, random)
    number = np.arange(len(lab))
    late = random.gamma(2.0, case.jitter, len(lab)) if case.jitter else np.zeros(len(lab))
    if case.packet > 1:
        late = late[(number // case.packet) * case.packet]
    lost = case.lose(number, random) if case.lose is not None else np.zeros(len(number), bool)
    stream = ClockInput(
        "x", (device_time(lab) + late)[~lost], case.rate if case.nominal is None else case.nominal,
        probed(device_time, case.seconds, case.probe_every, random, _START),
    )  # fmt: skip
    return stream, lab[~lost]


def _sampled(case: Case, random: np.random.Generator) -> Floats:
    """Lab times of sampling: even on the device's clock, which drifts."""
    if case.rate > 0:
        device = np.arange(int(case.seconds * case.rate)) / case.rate
    else:
        device = np.sort(random.uniform(0.0, case.seconds, int(case.seconds)))
    start = np.array([_START])
    device = device + (start - case.offset(start))
    lab = device + case.offset(device)
    for _ in range(6):
        lab = device + case.offset(lab)
    return np.asarray(lab)


def probed(
    device_time: Callable[[Floats], Floats],
    seconds: float,
    every: float,
    random: np.random.Generator,
    start: float = 0.0,
) -> NDArray[np.void]:
    """Probes of a clock, every so often: noisy, a few of them late."""
    lab = np.arange(0.0, seconds, every) + start
    late = random.exponential(1e-3, len(lab)) * (random.random(len(lab)) < 0.02)
    device = device_time(lab)
    probes = np.zeros(len(lab), PROBE)
    probes["offset"] = lab - device + random.normal(0.0, 20e-6, len(lab)) + late / 2.0
    probes["time"] = device
    probes["round_trip"] = 1e-4 + late
    probes["collected"] = lab + 0.3
    return probes


def error_ms(time: Floats, truth: Floats) -> float:
    """95th percentile of the absolute error, a constant removed: how late a device stamps is no clock's business."""
    error = np.asarray(time) - truth
    return float(np.percentile(np.abs(error - np.median(error)), 95)) * 1e3
