"""EMG before a recording: noise floor at rest, mains hum, clipping, dead channels."""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.signal import butter, sosfiltfilt

from groundup.plugin import VOLTAGE, Check, Finding, NotComputableError, Signal, hookimpl
from groundup_plugins.processors.emg_quality import EmgQuality
from groundup_plugins.processors.emg_quality_flaws import CLIPPED, DEAD, MAINS, MOVED, EmgQualitySettings

_BAND_HZ = (20.0, 450.0)
_GREEN_UV, _AMBER_UV = 10.0, 30.0
_NO_EMG_UV = 1e5  # at rest: beyond what an amplifier that keeps its gain, or the mains, puts there
_PIECE_S = 0.25
_MOST_NAMED = 6

_FLAWS = (
    (DEAD, "dead channels", "red", "is the sensor on, in place, and its cable whole?"),
    (CLIPPED, "clipping", "red", "lower the gain, or dry and fix the electrode again"),
    (MAINS, "mains hum", "amber", "prepare the skin, check the reference electrode, move away from power cables"),
    (MOVED, "movement", "amber", "fix the cables; the person should stand still and relaxed"),
)


class EmgCheck(Check):
    """Judges an EMG stream of a person who stands still and relaxed."""

    name = "emg"
    accepts = "emg"

    def judge(self, signal: Signal) -> Iterator[Finding]:
        """Noise floor, and the flaws that the EMG-quality processor knows."""
        yield self._noise(signal)
        (quality,) = EmgQuality(EmgQualitySettings()).whole(signal).signals
        for flaw, what, level, remedy in _FLAWS:
            share = (quality.samples == flaw).mean(axis=0)
            # One block in ten: a twitch is no fault of the sensor.
            bad = [c.label for c, s in zip(signal.channels, share, strict=True) if s > 0.1]
            if bad:
                yield Finding("red" if level == "red" else "amber", what, _named(bad), remedy)
            else:
                yield Finding("green", what, "none")

    def _noise(self, signal: Signal) -> Finding:
        if signal.rate < 2.2 * _BAND_HZ[0]:
            raise NotComputableError(f"{signal.rate:g} Hz shows nothing of an EMG's band")
        top = min(_BAND_HZ[1], 0.45 * signal.rate)
        sections = butter(2, [_BAND_HZ[0], top], "bandpass", fs=signal.rate, output="sos")
        piece = max(2, round(_PIECE_S * signal.rate))
        floors = []
        for channel, values in zip(signal.channels, signal.samples.T, strict=True):
            scale = VOLTAGE.get(channel.unit.strip().lower())
            if scale is None:
                unit = repr(channel.unit) if channel.unit else "no unit"
                remedy = f'give it in lab.toml: [streams.{signal.id}.channels] "{channel.label}" = {{ unit = "V" }}'
                return Finding("amber", "noise floor", f"{channel.label} has {unit}, so volts are not known", remedy)
            finite = values[np.isfinite(values)]
            if len(finite) < 4 * piece:
                continue
            quiet = sosfiltfilt(sections, finite)[: len(finite) // piece * piece].reshape(-1, piece)
            floors.append((float(np.percentile(quiet.std(axis=1), 10)) * scale * 1e6, channel.label))
        if not floors:
            raise NotComputableError("it is too short")
        highest, label = max(floors)
        message = f"{np.median([f for f, _ in floors]):.2g} µV RMS, at most {highest:.2g} µV ({label})"
        if highest <= _GREEN_UV:
            return Finding("green", "noise floor", message)
        if highest > _NO_EMG_UV:
            unit = next(c.unit for c in signal.channels if c.label == label)
            remedy = f"no electrode gives so much: is it in µV or mV, told as {unit}? Set its unit under "
            return Finding("red", "noise floor", message, f"{remedy}[streams.{signal.id}.channels] in lab.toml")
        noisy = [label for floor, label in floors if floor > _GREEN_UV]
        remedy = f"at rest it should be under {_GREEN_UV:g} µV: prepare the skin under {_named(noisy)}"
        return Finding("amber" if highest <= _AMBER_UV else "red", "noise floor", message, remedy)


def _named(labels: list[str]) -> str:
    more = len(labels) - _MOST_NAMED
    return ", ".join(labels[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


@hookimpl
def groundup_checks() -> Iterable[type[Check]]:
    """Return the check of EMG."""
    return [EmgCheck]
