"""The resample processor: any signal at another rate, without aliases."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Annotated

import msgspec
import numpy as np

from groundup.plugin import (
    NativeStage,
    NotComputableError,
    Processor,
    Product,
    Settings,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup.plugin.kernels import Resampler

_MOST = 100
_TOLERANCE = 0.01


class ResampleSettings(Settings, frozen=True):
    """Settings of the resampler.

    Attributes
    ----------
    rate_hz : float
        The rate that is wanted. A device's true rate differs a little from its nominal one, and so does what comes out.
    """

    rate_hz: Annotated[float, msgspec.Meta(gt=0, le=1e6)]


class Resample(Processor):
    """Every channel at another rate: polyphase, with a low-pass against aliases (that of SciPy's ``resample_poly``).

    The result's kind is ``resampled``: metrics do not take it for the original.
    """

    name = "resample"
    accepts = ""
    default = False
    settings_type = ResampleSettings
    settings: ResampleSettings

    def whole(self, signal: Signal) -> Product:
        """Resample a whole recording, without lag, each gap-free run of samples by itself."""
        form = SignalForm.of(signal)
        ratio = self._ratio(form)
        kernel = self._kernel(form, ratio)
        times, samples = [np.empty(0)], [np.empty((0, len(form.channels)))]
        for run in signal.segments():
            values, time = signal.samples[run], signal.time[run]
            kernel.reset()
            # The last value goes on for as long as the filter is late, so that all comes out.
            late = ceil(kernel.delay)
            made = kernel.process(np.vstack([values, np.repeat(values[-1:], late, axis=0)]))
            skipped = round(kernel.delay * ratio)
            count = ceil(len(values) * ratio)
            samples.append(made[skipped : skipped + count])
            at = np.arange(len(samples[-1])) / float(ratio)
            beyond = np.maximum(at - (len(time) - 1), 0.0) / signal.rate
            times.append(np.interp(at, np.arange(len(time)), time) + beyond)
        made_form = self._made(form, ratio)
        return Product(signals=(made_form.signal(np.concatenate(times), np.concatenate(samples)),))

    def causal(self, form: SignalForm) -> Stage:
        """The same filter, late by the delay that is taken off the time stamps."""
        ratio = self._ratio(form)
        return NativeStage.of_kernel(self._kernel(form, ratio), form, self._made(form, ratio))

    def _kernel(self, form: SignalForm, ratio: Fraction) -> Resampler:
        return Resampler(len(form.channels), *ratio.as_integer_ratio(), steady=True)

    def _ratio(self, form: SignalForm) -> Fraction:
        rate = self.settings.rate_hz
        if not form.rate > 0:
            raise NotComputableError(f"{form.id} has no sampling rate to begin with")
        ratio = Fraction(rate / form.rate).limit_denominator(_MOST)
        if not 0 < ratio.numerator <= _MOST or abs(float(ratio) * form.rate / rate - 1.0) > _TOLERANCE:
            raise NotComputableError(
                f"{rate:g} Hz is no simple ratio of the {form.rate:g} Hz of {form.id}: choose a rate_hz that is"
            )
        return ratio

    def _made(self, form: SignalForm, ratio: Fraction) -> SignalForm:
        attrs: dict[str, float | str] = {"ratio": f"{ratio.numerator}/{ratio.denominator}"}
        rate = form.rate * float(ratio)
        return replace(form, id=f"{form.id}.resampled", kind="resampled", rate=rate, inputs=(form.id,), attrs=attrs)


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The resampler."""
    return [Resample]
