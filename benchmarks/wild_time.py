"""Streams as wild as devices get: every kind of jitter, packet, loss, probe and mishap, drawn at random; truth known.

None of this was used to set anything in `groundup.clock`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundup.clock import ClockInput
from groundup.model.source import PROBE

Floats = NDArray[np.float64]
_RATES = (10.0, 20.0, 50.0, 60.0, 100.0, 128.0, 148.0, 200.0, 250.0, 500.0, 1000.0, 1259.26, 2000.0, 2048.0, 4000.0)
_MOST_SAMPLES = 400_000


@dataclass(frozen=True)
class Wild:
    """A stream with its truth.

    Attributes
    ----------
    stream : ClockInput
    truth : ndarray, shape (N,)
        Lab time of each sample, in s.
    number : ndarray of int, shape (N,)
        Place of each sample among all that were taken.
    rate : float
        Hz, on the device's clock.
    jitter : float
        Spread of the lateness of stamps, in sampling intervals.
    stepped, restarted : bool
        Whether the clock was set, and whether the device went away and came back.
    said : str
        What it is, for whoever looks into it.
    """

    stream: ClockInput
    truth: Floats
    number: NDArray[np.int64]
    rate: float
    jitter: float
    stepped: bool
    restarted: bool
    said: str


def wild(seed: int) -> Wild:
    """One stream."""
    random = np.random.default_rng([seed, 77])
    rate = (
        float(random.choice(_RATES))
        if random.random() < 0.5
        else float(np.exp(random.uniform(np.log(10), np.log(4000))))
    )
    seconds = min(float(np.exp(random.uniform(np.log(3.0), np.log(300.0)))), _MOST_SAMPLES / rate)
    packet = min(int(random.choice([1, 1, 2, 4, 8, 10, 16, 32, 64, 100])), max(1, int(rate / 4)))
    style = str(random.choice(["each", "deduced", "one stamp"])) if packet > 1 else "each"
    count = int(seconds * rate)
    lost, loss = _losses(count, rate, packet, random)
    lab, offset, drift = _clock(count, rate, random)
    stepped = seconds > 30.0 and random.random() < 0.12
    restarted = seconds > 10.0 and not stepped and random.random() < 0.1
    if restarted:
        lab = lab.copy()
        lab[int(count * random.uniform(0.3, 0.7)) :] += random.uniform(0.5, min(60.0, seconds))
    step = float(random.choice([-1.0, 1.0]) * np.exp(random.uniform(np.log(0.01), np.log(3600.0)))) if stepped else 0.0
    at = float(lab[0] + seconds * random.uniform(0.25, 0.75))

    def device_time(when: Floats) -> Floats:
        return np.asarray(when - offset(when) + step * (when > at))

    late, kind, scale = _lateness(count, random)
    stamps, mishap = _stamps(device_time(lab), late, packet, style, stepped, random)
    kept = np.flatnonzero(~lost)
    nominal = rate * float(random.choice([0.25, 0.5, 0.9, 0.96, 1.02, 1.1, 2.0])) if random.random() < 0.1 else rate
    probes, asked = _probes(lab, device_time, "often" if stepped else "", random)
    said = (
        f"{rate:.6g} Hz, says {nominal:.6g}, {seconds:.0f} s, {drift}, packets of {packet} ({style}), {kind} jitter of "
        f"{scale * 1e3:.3f} ms, {loss}, probes {asked}{mishap}{', steps' * stepped}{', restarts' * restarted}"
    )
    stream = ClockInput("x", stamps[kept], nominal, probes)
    return Wild(stream, lab[kept], kept, rate, scale * rate, stepped, restarted, said)


def _losses(count: int, rate: float, packet: int, random: np.random.Generator) -> tuple[NDArray[np.bool_], str]:
    kind = str(random.choice(["none", "packets", "bursts", "outage", "single"], p=[0.35, 0.25, 0.15, 0.15, 0.1]))
    place = np.arange(count)
    size = packet if packet > 1 else int(random.choice([1, 5, 10, 20]))
    lost = np.zeros(count, bool)
    share = 0.0
    if kind == "packets":
        share = float(random.uniform(0.0, 0.2))
        lost = (random.random(count // size + 1) < share)[place // size]
    elif kind == "bursts":
        share = float(random.uniform(0.0, 0.015))
        state, states = False, np.zeros(count // size + 1, bool)
        for k, chance in enumerate(random.random(len(states)).tolist()):
            state = chance < (0.7 if state else share)
            states[k] = state
        lost = states[place // size]
    elif kind == "outage":
        span = float(np.exp(random.uniform(np.log(0.02), np.log(min(20.0, count / rate / 3.0)))))
        begin = int(random.uniform(0.15, 0.6) * count) // size * size
        lost[begin : begin + max(size, int(span * rate) // size * size)] = True
    elif kind == "single":
        share = float(random.uniform(0.0, 0.01))
        lost = random.random(count) < share
    lost[:2] = lost[-2:] = False
    return lost, f"losses: {kind} {share:.3f} of {size}, {int(lost.sum())} in all"


def _clock(count: int, rate: float, random: np.random.Generator) -> tuple[Floats, Callable[[Floats], Floats], str]:
    """Lab time of sampling, which the device's clock paces, and that clock."""
    ppm, period, bend = random.uniform(-500, 500), random.uniform(200, 1200), random.uniform(3, 20) * 1e-6
    kind, phase = str(random.choice(["straight", "swings", "warms up"])), random.uniform(0.0, 6.0)

    def offset(when: Floats) -> Floats:
        drifted = 3.0 + ppm * 1e-6 * when
        if kind == "swings":
            drifted = drifted + bend * period / (2 * np.pi) * np.sin(2 * np.pi * when / period + phase)
        elif kind == "warms up":
            drifted = drifted + bend * 200.0 * (1.0 - np.exp(-when / 200.0))
        return np.asarray(drifted)

    start = np.array([3.0 + random.uniform(0.0, 50.0)])
    device = np.arange(count) / rate + (start - offset(start))
    lab = device + offset(device)
    for _ in range(8):
        lab = device + offset(lab)
    return lab, offset, f"{ppm:.0f} ppm, {kind}"


def _lateness(count: int, random: np.random.Generator) -> tuple[Floats, str, float]:
    """How late stamps are, by what law, and by how much they spread."""
    kind = str(random.choice(["no", "gamma", "uniform", "exponential", "half-normal"]))
    scale = 0.0 if kind == "no" else float(np.exp(random.uniform(np.log(5e-5), np.log(5e-3))))
    if kind == "gamma":
        late = random.gamma(2.0, scale / np.sqrt(2.0), count)
    elif kind == "uniform":
        late = random.uniform(0.0, scale * np.sqrt(12.0), count)
    elif kind == "exponential":
        late = random.exponential(scale, count)
    else:
        late = np.abs(random.normal(0.0, scale * 1.66, count))
    return np.asarray(late), kind, scale


def _stamps(
    device: Floats, late: Floats, packet: int, style: str, stepped: bool, random: np.random.Generator
) -> tuple[Floats, str]:
    """Stamps as this device makes them."""
    count, mishap = len(device), ""
    place = np.arange(count)
    late = late if style == "each" else late[np.minimum(place // packet * packet, count - 1)]
    if random.random() < 0.15:
        held = random.random(count // packet + 1) < 0.005
        late = late + np.where(held, random.exponential(0.05, len(held)), 0.0)[place // packet]
        mishap += ", some packets late"
    if style == "one stamp":
        stamps = device[np.minimum(place // packet * packet + packet - 1, count - 1)] + late
    else:
        stamps = device + late
        if style == "each" and not stepped and random.random() < 0.7:
            stamps = np.maximum.accumulate(stamps)  # nothing is sent before what was taken earlier
    if random.random() < 0.05:
        stamps = np.floor(stamps * 1000.0) / 1000.0
        mishap += ", in milliseconds"
    return stamps, mishap


def _probes(
    lab: Floats, device_time: Callable[[Floats], Floats], asked: str, random: np.random.Generator
) -> tuple[NDArray[np.void], str]:
    """Probes with a round trip of their own, longer one way than the other, a few late."""
    asked = asked or str(random.choice(["often", "seldom", "few", "never"], p=[0.55, 0.2, 0.15, 0.1]))
    if asked == "few":
        when = np.sort(random.uniform(lab[0], lab[-1], int(random.integers(1, 4))))
    else:
        when = np.arange(lab[0] - 0.5, lab[-1], 5.0 if asked == "seldom" else 2.0)
        when = when if asked != "never" else when[:0]
    count = len(when)
    late = random.exponential(1e-3, count) * (random.random(count) < 0.03)
    trip = float(np.exp(random.uniform(np.log(1e-4), np.log(3e-3))))
    longer = random.exponential(0.1 * trip, count)
    probes = np.zeros(count, PROBE)
    probes["time"] = device_time(when)
    probes["offset"] = when - probes["time"] + random.normal(0.0, 20e-6, count)
    probes["offset"] += late / 2.0 * random.choice([-1.0, 1.0], count) + random.uniform(-0.5, 0.5, count) * longer
    probes["round_trip"] = trip + longer + late
    probes["collected"] = when + 0.3
    return probes, asked
