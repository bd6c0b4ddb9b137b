"""The force-plate processor: raw plate channels to ground reaction force and centre of pressure in the lab frame."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

import msgspec
import numpy as np
from scipy.ndimage import uniform_filter1d

from groundup.plugin import (
    Channel,
    Floats,
    NotComputableError,
    Plate,
    Processor,
    Product,
    Settings,
    Side,
    Signal,
    SignalForm,
    Stage,
    hookimpl,
)
from groundup_plugins.processors.plate_live import PlateStage
from groundup_plugins.processors.plate_wrench import Frame, centre_of_pressure, forget_centre, plate_frame, wrench
from groundup_plugins.processors.plate_zero import Zero, find_zero
from groundup_plugins.processors.plate_zero_live import ZeroRules

Positive = Annotated[float, msgspec.Meta(ge=0)]

_PIECE = 1 << 15  # samples: what is made on the way of a whole hour would fill the memory
OUTPUTS = (("Fx", "N"), ("Fy", "N"), ("Fz", "N"), ("CoPx", "m"), ("CoPy", "m"), ("Tz", "Nm"))


class ForcePlateSettings(Settings, frozen=True):
    """Settings of the force-plate processor.

    Attributes
    ----------
    load_threshold_n : float
        Below this vertical load (N) the centre of pressure and the free moment are not computable (NaN).
    zero : bool
        Whether the offset of the unloaded plate is taken off.
    drift : bool
        Whether that offset may change with time, where unloaded moments show it (swing phases on a treadmill).
    most_offset_n : float
        What stands above this (N) when flat is a load, never an offset.
    least_offset_n : float
        A steady offset below this (N) is left alone.
    """

    load_threshold_n: Positive = 20.0
    zero: bool = True
    drift: bool = True
    most_offset_n: Positive = 120.0
    least_offset_n: Positive = 2.0


class ForcePlate(Processor):
    """Ground reaction force on the body, lab frame (z up), with centre of pressure and free moment.

    Channels of the result: Fx, Fy, Fz (N), CoPx, CoPy (m), Tz (N·m, about the vertical through the centre of pressure).

    Signs: some files give the force of the foot on the plate, others the reaction, and both in axes that point up or
    down. The corners say how the axes lie; a foot can only push. So the wrench is turned into the lab frame by the
    corners, and if the load then points down, the file gives the action and all of it is reversed.
    """

    name = "force_plate"
    accepts = "plate"
    settings_type = ForcePlateSettings
    settings: ForcePlateSettings

    def whole(self, signal: Signal) -> Product:
        """Process a whole plate signal; see the class."""
        frame, made = self._made(SignalForm.of(signal))
        raw = wrench(signal, frame)
        vertical = raw[:, :3] @ frame.axes[2]
        sign = _load_sign(vertical, signal.rate)
        zero = self._zero(raw, sign * vertical, signal.rate)
        raw -= zero.offset
        lab, samples = raw[:, :3] @ frame.axes.T, np.empty((len(raw), len(OUTPUTS)))
        for first in range(0, len(raw), _PIECE):
            part = slice(first, first + _PIECE)
            samples[part] = _reaction(lab[part], raw[part], sign, frame, self.settings.load_threshold_n)
        attrs = {
            "file_gives": "reaction" if sign > 0 else "action",
            "zeroed": _describe(zero) if self.settings.zero else "no: switched off",
            "unloaded_s": zero.unloaded_s,
        }
        return Product(signals=(replace(made, attrs={**made.attrs, **attrs}).signal(signal.time, samples),))

    def causal(self, form: SignalForm) -> Stage:
        """The same, with offset, sign and units from what has been seen so far."""
        frame, made = self._made(form)
        s = self.settings
        rules = ZeroRules(s.zero, s.drift, s.most_offset_n, s.least_offset_n)
        made.attrs["zeroed"] = "while it is recorded, where the plate is unloaded" if s.zero else "no: switched off"
        return PlateStage(form, made, frame, rules, s.load_threshold_n)

    def _made(self, form: SignalForm) -> tuple[Frame, SignalForm]:
        """How the plate lies, and what is made of it."""
        plate = form.plate
        if plate is None:
            raise NotComputableError(f"{form.id} has no plate geometry: give [streams.{form.id}.plate] in lab.toml")
        if not form.rate > 0:
            raise NotComputableError(f"{form.id} is a plate without a sampling rate")
        frame = plate_frame(plate)
        # A plate that nobody gave a site is named by its stream, so that its contacts and its force find each other.
        site = next((channel.site for channel in form.channels if channel.site), form.id)
        side: Side = next((channel.side for channel in form.channels if channel.side), "")
        made = SignalForm(
            id=f"{form.id}.grf",
            kind="grf",
            channels=tuple(Channel(label, unit, site, side) for label, unit in OUTPUTS),
            rate=form.rate,
            plate=_turned(plate, frame),
            inputs=(form.id,),
            attrs={"load_threshold_n": self.settings.load_threshold_n},
        )
        return frame, made

    def _zero(self, raw: Floats, vertical: Floats, rate: float) -> Zero:
        if not self.settings.zero:
            return Zero(np.zeros_like(raw), 0.0, False)
        return find_zero(
            raw,
            vertical,
            rate,
            most_n=self.settings.most_offset_n,
            least_n=self.settings.least_offset_n,
            drift=self.settings.drift,
        )


def _load_sign(vertical: Floats, rate: float) -> float:
    """1 if the load points up (the file gives the reaction), -1 if down, by what lasts 20 ms at its greatest."""
    finite = vertical[np.isfinite(vertical)]
    if len(finite) == 0:
        return 1.0
    smooth = uniform_filter1d(finite, max(1, round(0.02 * rate)))
    return 1.0 if float(smooth.max()) >= -float(smooth.min()) else -1.0


def _reaction(lab: Floats, plate_axes: Floats, sign: float, frame: Frame, threshold: float) -> Floats:
    """Columns of `OUTPUTS` from the zeroed force (lab frame) and wrench about the middle of the top surface."""
    force = sign * lab
    loaded = force[:, 2] >= threshold
    carried = plate_axes[loaded]
    x, y = centre_of_pressure(carried)
    fx, fy, mz = carried[:, [0, 1, 5]].T
    cop = frame.middle_m + np.outer(x, frame.axes[:, 0]) + np.outer(y, frame.axes[:, 1])
    # The free moment lies along the plate's normal; a moment is a pseudovector, so mirrored axes reverse it.
    free = sign * frame.handed * frame.axes[2, 2] * (mz - (x * fy - y * fx))
    samples = np.full((len(force), len(OUTPUTS)), np.nan)
    samples[:, :3] = force
    samples[loaded, 3:] = np.column_stack([cop[:, :2], free])
    forget_centre(samples, frame)
    return samples


def _turned(plate: Plate, frame: Frame) -> Plate:
    """The plate with its corners in the frame of the result, and nothing left to calibrate."""
    corners = tuple(
        (float(x), float(y), float(z)) for x, y, z in (frame.upright @ np.array(corner) for corner in plate.corners_m)
    )
    return Plate(plate.type, corners)


def _describe(zero: Zero) -> str:
    if zero.unloaded_s == 0:
        return "no: the plate was never surely seen unloaded, and its force is given as it is"
    if zero.drifts:
        return "yes, with its drift"
    if np.isfinite(zero.left_n):
        return f"no: the unloaded plate reads {zero.left_n:.1f} N, too little to be taken off"
    return "yes"


@hookimpl
def groundup_processors() -> Iterable[type[Processor]]:
    """Return the force-plate processor."""
    return [ForcePlate]
