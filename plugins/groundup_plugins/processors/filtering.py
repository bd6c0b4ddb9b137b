"""The filter processor: a Butterworth filter on any signal that a [[process]] of lab.toml names."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
import numpy as np
from scipy.signal import butter, sosfiltfilt

from groundup.plugin import (
    Floats,
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
from groundup.plugin.kernels import Sos
from groundup_plugins.processors.runs import finite_runs

Hertz = Annotated[float, msgspec.Meta(gt=0)]

_CORNERS = {"low_pass": 1, "high_pass": 1, "band_pass": 2, "band_stop": 2}


class FilterSettings(Settings, frozen=True):
    """Settings of the filter.

    Attributes
    ----------
    type : str
        ``low_pass``, ``high_pass``, ``band_pass`` or ``band_stop``.
    corners_hz : tuple of float
        One corner, or the lower and the upper one.
    order : int
        Of the Butterworth filter. Offline it runs forwards and backwards, which doubles the slope and takes the lag
        off; live forwards only.
    """

    corners_hz: tuple[Hertz, ...]
    type: Literal["low_pass", "high_pass", "band_pass", "band_stop"] = "low_pass"
    order: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2

    def __post_init__(self) -> None:
        """Check what the types cannot say."""
        if len(self.corners_hz) != _CORNERS[self.type] or list(self.corners_hz) != sorted(set(self.corners_hz)):
            corners = "one corner" if _CORNERS[self.type] == 1 else "two corners, the lower one first"
            raise ValueError(f"a {self.type} filter needs {corners} in corners_hz")


class Filter(Processor):
    """Butterworth filter of every channel.

    The result's kind is ``filtered``: metrics do not take it for the original.
    """

    name = "filter"
    accepts = ""
    default = False
    settings_type = FilterSettings
    settings: FilterSettings

    def whole(self, signal: Signal) -> Product:
        """Filter a whole recording, zero-lag, each run of samples without a gap or NaN by itself.

        Raises
        ------
        NotComputableError
            If the sampling rate leaves no room for the corners.
        """
        form = SignalForm.of(signal)
        sections = self._sections(form)
        pad = 3 * int(signal.rate / self.settings.corners_hz[0])
        samples = np.full(signal.samples.shape, np.nan)
        for run in signal.segments():
            for column in range(len(form.channels)):
                for part in finite_runs(signal.samples[run, column]):
                    at = slice(run.start + part.start, run.start + part.stop)
                    values = signal.samples[at, column]
                    if len(values) > 1:
                        samples[at, column] = sosfiltfilt(sections, values, padlen=min(pad, len(values) - 1))
        return Product(signals=(self._made(form, "forwards and backwards").signal(signal.time, samples),))

    def causal(self, form: SignalForm) -> Stage:
        """The same filter, forwards only: late by the delay that is taken off the time stamps."""
        kernel = Sos(self._sections(form), len(form.channels), steady=True)
        return NativeStage.of_kernel(kernel, form, self._made(form, "forwards only"))

    def _sections(self, form: SignalForm) -> Floats:
        s = self.settings
        if not s.corners_hz[-1] < form.rate / 2:
            raise NotComputableError(
                f"{form.id} is sampled at {form.rate:g} Hz, too slowly for a corner of {s.corners_hz[-1]:g} Hz"
            )
        corners = s.corners_hz if len(s.corners_hz) > 1 else s.corners_hz[0]
        sections: Floats = butter(s.order, corners, s.type.replace("_", ""), fs=form.rate, output="sos")
        return sections

    def _made(self, form: SignalForm, direction: str) -> SignalForm:
        s = self.settings
        corners = " to ".join(f"{corner:g}" for corner in s.corners_hz)
        what = f"{s.type.replace('_', '-')} {corners} Hz (Butterworth, order {s.order}); {direction}"
        return replace(form, id=f"{form.id}.filtered", kind="filtered", inputs=(form.id,), attrs={"filter": what})


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The filter."""
    return [Filter]
