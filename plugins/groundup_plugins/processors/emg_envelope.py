"""The EMG envelope: demean, band-pass, rectify, low-pass; each gap-free run of samples by itself."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

import msgspec
import numpy as np
from scipy.signal import butter, sosfiltfilt

from groundup.plugin import (
    VOLTAGE,
    Floats,
    NativeStage,
    NotComputableError,
    Processor,
    Product,
    Settings,
    Signal,
    SignalForm,
    Stage,
    from_columns,
    hookimpl,
)
from groundup.plugin.kernels import Envelope
from groundup_plugins.processors.runs import finite_runs

Hertz = Annotated[float, msgspec.Meta(gt=0)]
Order = Annotated[int, msgspec.Meta(ge=1, le=8)]

LOWEST_RATE = 800.0
# A device's measured rate differs from its nominal one by parts per million, or a little more where packets are lost.
_RATE_TOLERANCE = 0.01
_HIGHEST_CORNER = 0.45
_CUT_SHARE = 0.97  # of the band's upper corner: what is cut off above that is not worth a word


class EmgEnvelopeSettings(Settings, frozen=True):
    """Settings of the EMG envelope.

    Attributes
    ----------
    high_pass_hz : float
        Takes off movement artefacts.
    low_pass_hz : float
        Upper corner of the band; brought down to 0.45 of the sampling rate where that is less; 0 for none.
    band_order : int
        Order of the high-pass and of the low-pass that make the band. Filters run forwards and backwards: no lag, twice
        the slope, and -6 dB at the corner.
    envelope_hz : float
        Low-pass after rectifying.
    envelope_order : int
        Likewise once forwards and once backwards: 2 is what papers call a fourth-order zero-lag filter.
    """

    high_pass_hz: Hertz = 20.0
    low_pass_hz: Annotated[float, msgspec.Meta(ge=0)] = 450.0
    band_order: Order = 4
    envelope_hz: Hertz = 6.0
    envelope_order: Order = 2


class EmgEnvelope(Processor):
    """Linear envelope of every EMG channel, in volts where the unit is known (SENIAM; ISEK standards of reporting).

    From 800 Hz; where the sampling rate cuts the band off, a remark says from where.

    What the low-pass undershoots is set to zero: an envelope is never negative. Runs too short for the low-pass, and
    samples that are no number, are NaN.
    """

    name = "emg_envelope"
    accepts = "emg"
    settings_type = EmgEnvelopeSettings
    settings: EmgEnvelopeSettings

    def whole(self, signal: Signal) -> Product:
        """Envelope of a whole recording, zero-lag.

        Raises
        ------
        NotComputableError
            Below 800 Hz, or with corner frequencies that the sampling rate or each other leave no room for.
        """
        form = SignalForm.of(signal)
        filters = self._filters(form)
        factors = self._factors(form)
        columns = (factor * self._column(signal, number, filters) for number, factor in enumerate(factors))
        made = self._made(form, "forwards and backwards", 0.0)
        return Product(signals=(made.signal(signal.time, from_columns(columns, *signal.samples.shape)),))

    def _column(self, signal: Signal, number: int, filters: tuple[list[Floats], Floats, int]) -> Floats:
        samples = signal.read_channel(number)
        envelope = np.full(len(samples), np.nan)
        for run in signal.segments():
            for part in finite_runs(samples[run]):
                whole = slice(run.start + part.start, run.start + part.stop)
                envelope[whole] = _envelope(samples[whole], *filters)
        return envelope

    def causal(self, form: SignalForm) -> Stage:
        """The same filters, forwards only: late by the delay that is taken off the time stamps.

        What comes out before the low-pass has settled, a period of its corner frequency after the start and after
        each gap, is NaN.

        Raises
        ------
        NotComputableError
            As `whole`.
        """
        band, low, _ = self._filters(form)
        kernel = Envelope(np.concatenate(band), low, len(form.channels), steady=True)
        made = self._made(form, "forwards only", kernel.delay / form.rate)
        settling = 1.0 / self.settings.envelope_hz
        return NativeStage.of_kernel(kernel, form, made, gains=self._factors(form), least=0.0, settling_s=settling)

    def _made(self, form: SignalForm, direction: str, lag_s: float) -> SignalForm:
        channels = tuple(replace(c, unit="V") if c.unit.strip().lower() in VOLTAGE else c for c in form.channels)
        attrs: dict[str, float | str] = {
            "filter": f"{self._describe(form)}; {direction}",
            "normalisation": "none",
            "lag_s": lag_s,
        }
        upper = self._upper(form.rate)
        if upper is not None and upper < _CUT_SHARE * self.settings.low_pass_hz:
            attrs["remark"] = (
                f"at {form.rate:.0f} Hz there is no EMG from {upper:.0f} to {self.settings.low_pass_hz:.0f} Hz in it: "
                "envelopes are up to 2 % lower than those of a faster amplifier"
            )
        return SignalForm(f"{form.id}.envelope", "envelope", channels, form.rate, inputs=(form.id,), attrs=attrs)

    def _factors(self, form: SignalForm) -> list[float]:
        return [VOLTAGE.get(channel.unit.strip().lower(), 1.0) for channel in form.channels]

    def _filters(self, signal: SignalForm) -> tuple[list[Floats], Floats, int]:
        """Second-order sections of the band, of the envelope, and how much is padded at each end."""
        if signal.rate < LOWEST_RATE * (1.0 - _RATE_TOLERANCE):
            raise NotComputableError(
                f"{signal.id} is sampled at {signal.rate:.0f} Hz and EMG needs {LOWEST_RATE:.0f} Hz or more"
            )
        s = self.settings
        upper = self._upper(signal.rate)
        nyquist = signal.rate / 2
        if not s.high_pass_hz < (upper or nyquist) or not s.envelope_hz < nyquist:
            raise NotComputableError(
                f"the filter corners ({s.high_pass_hz:g}, {s.low_pass_hz:g}, {s.envelope_hz:g} Hz) leave no band at "
                f"{signal.rate:.0f} Hz in {signal.id}: change [[process]] parameters"
            )
        band = [butter(s.band_order, s.high_pass_hz, "highpass", fs=signal.rate, output="sos")]
        if upper is not None:
            band.append(butter(s.band_order, upper, "lowpass", fs=signal.rate, output="sos"))
        envelope = butter(s.envelope_order, s.envelope_hz, "lowpass", fs=signal.rate, output="sos")
        return band, envelope, int(signal.rate / s.envelope_hz)

    def _upper(self, rate: float) -> float | None:
        return min(self.settings.low_pass_hz, _HIGHEST_CORNER * rate) if self.settings.low_pass_hz else None

    def _describe(self, signal: SignalForm) -> str:
        s = self.settings
        upper = self._upper(signal.rate)
        band = f"{s.high_pass_hz:g}-{upper:g} Hz" if upper is not None else f"from {s.high_pass_hz:g} Hz"
        return (
            f"demean, band-pass {band} (Butterworth, order {s.band_order}), rectify, low-pass {s.envelope_hz:g} Hz "
            f"(order {s.envelope_order})"
        )


def _envelope(values: Floats, band: list[Floats], lowpass: Floats, pad: int) -> Floats:
    if len(values) <= pad:
        return np.full(len(values), np.nan)
    activity = values - values.mean()
    for sections in band:
        activity = sosfiltfilt(sections, activity, padlen=pad)
    # Activity goes on beyond the ends much as it is at them: mirrored, where an odd extension would turn negative.
    smooth = sosfiltfilt(lowpass, np.abs(activity), padtype="even", padlen=pad)
    result: Floats = np.maximum(smooth, 0.0)
    return result


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The EMG envelope."""
    return [EmgEnvelope]
