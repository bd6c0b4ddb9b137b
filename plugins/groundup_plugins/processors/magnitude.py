"""The magnitude processor: length of the vectors of an IMU, whichever way the sensor was put on."""

from collections.abc import Iterable

import numpy as np

from groundup.plugin import (
    Channel,
    NotComputableError,
    Processor,
    Product,
    SampleStage,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup.plugin.kernels import Magnitude as MagnitudeKernel
from groundup_plugins.processors.imu_channels import Vector, vectors


class Magnitude(Processor):
    """Length of every vector of three channels that share unit, site and side; in the unit of its components."""

    name = "magnitude"
    accepts = "imu"
    default = False

    def whole(self, signal: Signal) -> Product:
        """Lengths of a whole recording; there is no lag."""
        form = SignalForm.of(signal)
        found = _vectors(form)
        samples = _kernel(found).process(_columns(signal.samples, found))
        return Product(signals=(_made(form, found).signal(signal.time, samples),))

    def causal(self, form: SignalForm) -> Stage:
        """The same, sample by sample."""
        found = _vectors(form)
        kernel = _kernel(found)
        return SampleStage(
            _made(form, found), lambda samples: kernel.process(_columns(samples, found)), kernel.reset, gap="bridge"
        )


def _vectors(form: SignalForm) -> list[Vector]:
    found = vectors(form)
    if not found:
        raise NotComputableError(f"{form.id} has no three channels of one unit, site and side")
    return found


def _kernel(found: list[Vector]) -> MagnitudeKernel:
    return MagnitudeKernel(3 * len(found))


def _columns(samples: np.ndarray, found: list[Vector]) -> np.ndarray:
    return np.ascontiguousarray(samples[:, [column for vector in found for column in vector.columns]])


def _made(form: SignalForm, found: list[Vector]) -> SignalForm:
    firsts = [vector.channel for vector in found]
    channels = tuple(Channel(f"|{c.label.rstrip('xX_ .')}|", c.unit, c.site, c.side) for c in firsts)
    return SignalForm(f"{form.id}.magnitude", "magnitude", channels, form.rate, inputs=(form.id,))


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """The magnitude processor."""
    return [Magnitude]
