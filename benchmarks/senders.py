"""Senders of every kind with their truth: devices whose packets come late, and programs that sleep between samples.

A device samples evenly by a crystal of its own, and each packet bears the time of its arrival. A program that sleeps
takes a sample when it wakes, and stamps it then: its stamps are its sampling times.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_time import probed
from groundup.clock import ClockInput

Floats = NDArray[np.float64]
Random = np.random.Generator


@dataclass(frozen=True)
class Sent:
    """A stream with its truth.

    Attributes
    ----------
    stream : ClockInput
    truth : ndarray, shape (N,)
        Lab time at which each sample was taken, in s.
    rate : float
        Samples taken a second.
    lost : int
        Samples that were taken and never came.
    said : str
        What it is, for whoever looks into it.
    soonest : float
        By how much even the earliest stamp is late, in s: nothing can show that.
    """

    stream: ClockInput
    truth: Floats
    rate: float
    lost: int
    said: str
    soonest: float = 0.0


@dataclass(frozen=True)
class Clock:
    """The clock of the sender's computer against the lab's: off by ppm, and warming up by some more."""

    ppm: float
    warm_ppm: float = 0.0
    warm_s: float = 200.0

    def offset(self, lab: Floats) -> Floats:
        """What must be added to the computer's time, in s."""
        warm = self.warm_ppm * 1e-6 * self.warm_s * (1.0 - np.exp(-lab / self.warm_s))
        return np.asarray(3.0 + self.ppm * 1e-6 * lab + warm)

    def device(self, lab: Floats) -> Floats:
        """The computer's time."""
        return np.asarray(lab - self.offset(lab))


def late_packets(seed: int) -> Sent:
    """Packets of a radio, each late by 0 to 300 ms; never one before another."""
    random = np.random.default_rng([seed, 1])
    rate, packet = float(random.choice([50.0, 100.0, 200.0, 500.0])), int(random.choice([1, 5, 10, 20]))
    taken, count = _even(rate, float(random.choice([30.0, 60.0, 180.0, 600.0])), random)
    late = random.uniform(0.0, 0.3, count // packet + 1).repeat(packet)[:count]
    return _arrived(taken, late, rate, packet, random, "late by 0 to 300 ms")


def jittered(seed: int) -> Sent:
    """Samples or small packets, each late by some 20 ms."""
    random = np.random.default_rng([seed, 2])
    rate, packet = float(random.choice([50.0, 100.0, 200.0, 500.0, 1000.0])), int(random.choice([1, 1, 4, 10]))
    taken, count = _even(rate, float(random.choice([30.0, 60.0, 180.0, 600.0])), random)
    law = str(random.choice(["normal", "uniform", "exponential", "gamma"]))
    late = _law(law, 0.02, count // packet + 1, random).repeat(packet)[:count]
    return _arrived(taken, late, rate, packet, random, f"{law} jitter of 20 ms")


def in_runs(seed: int) -> Sent:
    """Lateness that lasts: of a busy radio, a queue, a computer under load."""
    random = np.random.default_rng([seed, 3])
    rate, packet = float(random.choice([50.0, 100.0, 200.0, 500.0])), int(random.choice([1, 1, 5, 10]))
    taken, count = _even(rate, float(random.choice([60.0, 180.0, 600.0])), random)
    lasts = float(np.exp(random.uniform(np.log(0.05), np.log(5.0))))
    spread = float(np.exp(random.uniform(np.log(0.5e-3), np.log(30e-3))))
    packets = count // packet + 1
    slow = _lasting(packets, packet / rate / lasts, random)
    late = spread * (np.abs(slow) + 0.2 * random.exponential(1.0, packets))
    return _arrived(
        taken, late.repeat(packet)[:count], rate, packet, random, f"{spread * 1e3:.1f} ms for {lasts:.2f} s"
    )


def warming(seed: int) -> Sent:
    """A device, a computer or both that were switched on when the recording began."""
    random = np.random.default_rng([seed, 4])
    rate = float(random.choice([100.0, 200.0, 500.0, 1000.0]))
    lasts, ppm = float(random.choice([60.0, 100.0, 200.0, 400.0])), float(random.uniform(10.0, 40.0))
    which = str(random.choice(["device", "computer", "both"]))
    sign = float(random.choice([-1.0, 1.0]))
    taken, count = _even(
        rate, float(random.choice([120.0, 300.0, 900.0])), random, sign * ppm * (which != "computer"), lasts
    )
    late = random.gamma(2.0, float(random.choice([0.1e-3, 0.5e-3, 2e-3])), count)
    clock = Clock(float(random.uniform(-80.0, 80.0)), sign * ppm * (which != "device"), lasts)
    return _arrived(taken, late, rate, 1, random, f"{which} warms by {ppm:.0f} ppm in {lasts:.0f} s", clock)


def ordinary(seed: int) -> Sent:
    """Stamps that are hardly late, by single samples or packets."""
    random = np.random.default_rng([seed, 5])
    rate, packet = float(random.choice([50.0, 100.0, 200.0, 500.0, 1000.0])), int(random.choice([1, 1, 8, 20]))
    taken, count = _even(rate, float(random.choice([60.0, 180.0, 600.0])), random)
    late = random.gamma(2.0, float(random.choice([0.1e-3, 0.5e-3, 1e-3])), count // packet + 1)
    return _arrived(taken, late.repeat(packet)[:count], rate, packet, random, "hardly late")


def sleeping(seed: int) -> Sent:
    """A loop that sleeps for an interval: what the system adds stays."""
    random = np.random.default_rng([seed, 6])
    rate = float(random.choice([20.0, 50.0, 100.0, 100.0, 200.0, 500.0, 1000.0]))
    count = int(rate * float(random.choice([60.0, 180.0, 300.0])))
    extra = float(random.uniform(0.01, 0.15)) / rate
    law = str(random.choice(["exponential", "gamma", "normal", "mixed"]))
    return _woken(1.0 / rate + _law(law, extra, count, random), rate, random, f"sleeps, {law} {extra * rate:.2f}")


def sleeping_on_ticks(seed: int) -> Sent:
    """A loop that sleeps on a system that wakes programs every so many ms only."""
    random = np.random.default_rng([seed, 7])
    tick = float(random.choice([15.625e-3, 15.6e-3, 10e-3, 1e-3]))
    rate = float(random.choice([20.0, 30.0, 50.0, 60.0, 100.0]))
    count = int(rate * float(random.choice([60.0, 180.0])))
    work = random.exponential(float(random.choice([0.05e-3, 0.3e-3, 1e-3])), count)
    wake = np.empty(count)
    now = 0.0
    for k in range(count):
        now = (np.floor((now + work[k] + 1.0 / rate) / tick) + 1.0) * tick
        wake[k] = now
    late = random.exponential(0.05e-3, count)
    return _stamped(wake + late, rate, random, f"sleeps, woken every {tick * 1e3:g} ms")


def stalling(seed: int) -> Sent:
    """A loop that sleeps on a computer that is busy at times."""
    random = np.random.default_rng([seed, 8])
    rate = float(random.choice([20.0, 50.0, 100.0, 200.0]))
    count = int(rate * float(random.choice([60.0, 180.0, 300.0])))
    extra = _law("exponential", 0.05 / rate, count, random)
    busy = random.random(count) < float(random.choice([0.001, 0.005, 0.02]))
    stalls = random.exponential(float(random.choice([1.0, 3.0, 10.0])) / rate, count)
    return _woken(1.0 / rate + extra + busy * stalls, rate, random, f"sleeps and stalls {int(busy.sum())} times")


def catching_up(seed: int) -> Sent:
    """A loop that sleeps until the next sample is due, and is late each time."""
    random = np.random.default_rng([seed, 9])
    rate = float(random.choice([20.0, 50.0, 100.0, 200.0]))
    count = int(rate * float(random.choice([60.0, 180.0, 300.0])))
    due = np.arange(count) / rate
    late = _law("exponential", float(random.uniform(0.01, 0.1)) / rate, count, random)
    late += (random.random(count) < 0.002) * random.exponential(3.0 / rate, count)
    return _stamped(np.maximum.accumulate(due + late), rate, random, "sleeps until due")


def few_samples(seed: int) -> Sent:
    """A recording of 5 to 64 samples: of a device that is late in any way, or a program that sleeps."""
    random = np.random.default_rng([seed, 10])
    count, rate = int(random.integers(5, 65)), float(random.choice([20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]))
    packet, kind = int(random.choice([1, 1, 1, 5, 10])), str(random.choice(list(_LATENESS)))
    if kind == "sleeps":
        return _woken(1.0 / rate + _law("exponential", 0.05 / rate, count, random), rate, random, f"sleeps, {count}")
    packets = count // packet + 1
    late = _LATENESS[kind](packets, packet / rate, random).repeat(packet)[:count]
    taken, _ = _even(rate, count / rate + 1.0, random)
    return _arrived(taken[:count], late, rate, packet, random, f"{kind}, {count} samples")


def _runs(packets: int, apart: float, random: Random) -> Floats:
    """A lateness of 0.5 to 30 ms that lasts for 0.05 to 5 s."""
    lasts, spread = (float(np.exp(random.uniform(*np.log(ends)))) for ends in ((0.05, 5.0), (0.5e-3, 30e-3)))
    return spread * (np.abs(_lasting(packets, apart / lasts, random)) + 0.2 * random.exponential(1.0, packets))


_LATENESS: dict[str, Callable[[int, float, Random], Floats]] = {
    "exact": lambda packets, apart, random: np.zeros(packets),
    "hardly late": lambda packets, apart, random: random.gamma(2.0, 0.5e-3, packets),
    "late by 20 ms": lambda packets, apart, random: random.gamma(2.0, 10e-3, packets),
    "late by 0 to 300 ms": lambda packets, apart, random: random.uniform(0.0, 0.3, packets),
    "seldom late": lambda packets, apart, random: (random.random(packets) < 0.1) * random.exponential(0.1, packets),
    "late in runs": _runs,
    "sleeps": lambda packets, apart, random: np.zeros(packets),
}
"""Lateness of so many packets that are so many seconds apart, in s."""


def flushed(
    random: Random, rate: float, before: int, at_once: int, after: int, ppm: float = 20.0, within_s: float = 1e-4
) -> Sent:
    """A device whose samples are stamped at arrival, of which some came from a buffer, all within a moment."""
    count = before + at_once + after
    taken = 100.0 + np.arange(count) / rate * (1.0 + 1e-6 * ppm)
    came = np.maximum.accumulate(taken + random.gamma(2.0, 0.5e-3, count))
    end = before + at_once
    came[before:end] = came[end - 1] + np.sort(random.uniform(0.0, within_s, at_once))
    clock = Clock(10.0)
    said = f"{rate:g} Hz, {at_once} from a buffer behind {before} and before {after}"
    # The clock is measured from when the recording began: when these came, if they are the first.
    probes = probed(clock.device, float(came[-1] - came[0]) + 5.0, 2.0, random, float(came[0]) - 4.0)
    stamps = clock.device(np.maximum.accumulate(came))
    return Sent(ClockInput("x", stamps, rate, probes), taken, rate, 0, said, float((came - taken).min()))


def from_a_buffer(seed: int) -> Sent:
    """The same of any length, at the beginning or behind a pause."""
    random = np.random.default_rng([seed, 11])
    rate = float(random.choice([50.0, 100.0, 500.0, 1000.0]))
    before = int(random.choice([0, 0, 500, 4000]))
    at_once, after = int(random.choice([100, 500, 3000])) + int(rate), int(random.choice([300, 2000, 20_000]))
    ppm, within_s = float(random.uniform(-50.0, 50.0)), float(random.choice([1e-6, 1e-4, 5e-3]))
    return flushed(random, rate, before, at_once, after, ppm, within_s)


DEVICES: dict[str, Callable[[int], Sent]] = {
    "hardly late": ordinary,
    "late by 0 to 300 ms": late_packets,
    "jitter of 20 ms": jittered,
    "late in runs": in_runs,
    "warming up": warming,
    "few samples": few_samples,
    "from a buffer": from_a_buffer,
}
PROGRAMS: dict[str, Callable[[int], Sent]] = {
    "sleeps": sleeping,
    "sleeps, woken on ticks": sleeping_on_ticks,
    "sleeps and stalls": stalling,
    "sleeps until due": catching_up,
}


def _even(
    rate: float, seconds: float, random: Random, warm_ppm: float = 0.0, warm_s: float = 200.0
) -> tuple[Floats, int]:
    """Lab times of samples that a crystal paces, which may warm up."""
    count = int(rate * seconds)
    crystal = np.arange(count) / rate
    return 3.0 + crystal + Clock(float(random.uniform(-50.0, 50.0)), warm_ppm, warm_s).offset(crystal) - 3.0, count


def _law(law: str, size: float, count: int, random: Random) -> Floats:
    """Times of so much in the mean, or with such a standard deviation."""
    if law == "exponential":
        return random.exponential(size, count)
    if law == "gamma":
        return random.gamma(2.0, size / 2.0, count)
    if law == "uniform":
        return random.uniform(0.0, 2.0 * size, count)
    if law == "mixed":
        return np.where(random.random(count) < 0.8, 0.2, 4.2) * random.exponential(size, count)
    return np.asarray(np.abs(random.normal(2.0 * size, size, count)))


def _lasting(count: int, share: float, random: Random) -> Floats:
    """Normal numbers of which each is like the one before but for this share."""
    kept = np.exp(-share)
    fresh = random.normal(0.0, np.sqrt(1.0 - kept**2), count)
    slow = np.empty(count)
    now = float(random.normal())
    for k, new in enumerate(fresh.tolist()):
        now = kept * now + new
        slow[k] = now
    return slow


def _arrived(
    taken: Floats, late: Floats, rate: float, packet: int, random: Random, said: str, clock: Clock | None = None
) -> Sent:
    """What a device sends: each packet is stamped as it comes, each sample alike or counted back."""
    clock = clock or Clock(float(random.uniform(-80.0, 80.0)))
    last = np.minimum(np.arange(len(taken)) // packet * packet + packet - 1, len(taken) - 1)
    came = np.maximum.accumulate(taken[last] + late)
    style = str(random.choice(["one stamp", "counted back"])) if packet > 1 else "each"
    stamps = clock.device(came)
    if style == "counted back":
        stamps -= (last - np.arange(len(taken))) / rate
    stream = ClockInput("x", stamps, rate, probed(clock.device, float(came[-1]) + 1.0, 2.0, random))
    told = f"{rate:g} Hz, packets of {packet} ({style}), {said}, {taken[-1]:.0f} s"
    return Sent(stream, taken, rate, 0, told, float((came - taken[last]).min()))


def _woken(steps: Floats, rate: float, random: Random, said: str) -> Sent:
    return _stamped(np.cumsum(steps), rate, random, said)


def _stamped(taken: Floats, rate: float, random: Random, said: str) -> Sent:
    """What a program sends that stamps each sample as it takes it."""
    clock = Clock(float(random.uniform(-80.0, 80.0)))
    taken = taken + 3.0
    stream = ClockInput("x", clock.device(taken), rate, probed(clock.device, float(taken[-1]) + 1.0, 2.0, random))
    true = (len(taken) - 1) / float(taken[-1] - taken[0])
    return Sent(stream, taken, true, 0, f"{rate:g} Hz ({true:.2f} in truth), {said}, {taken[-1]:.0f} s")
