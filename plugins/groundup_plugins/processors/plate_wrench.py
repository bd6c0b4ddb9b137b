"""From a plate's own channels (by its C3D type) to force and moment about the middle of its top, in SI units.

Formulas: The C3D File Format User Guide, FORCE_PLATFORM; Kistler's for the eight channels of type 3.
"""

from dataclasses import dataclass

import numpy as np

from groundup.plugin import PLATE_TYPES, Floats, NotComputableError, Plate, Signal, corners_flaw
from groundup_plugins.processors.plate_units import force_unit, is_voltage, length_unit, moment_unit

_LOADED_SHARE = 0.3  # of the greatest load: where the centre of pressure can be trusted to tell N·m from N·mm
_MARGIN_M = 0.05
_SUPPLY_V = 20.0


@dataclass(frozen=True)
class Frame:
    """How a plate lies in the lab.

    Attributes
    ----------
    axes : ndarray, shape (3, 3)
        Columns are the plate's x, y and z in a lab frame whose z is up.
    middle_m : ndarray, shape (3,)
        Middle of the top surface in that frame.
    half_m : tuple of float
        Half the plate's length along its own x and y; infinite when the corners are not known.
    upright : ndarray, shape (3, 3)
        Turns the file's lab frame into the one whose z is up (the identity unless the file's y or x is up).
    """

    axes: Floats
    middle_m: Floats
    half_m: tuple[float, float]
    upright: Floats

    @property
    def handed(self) -> float:
        """1 for right-handed axes, -1 for mirrored ones, in which a moment changes its sign."""
        return 1.0 if np.linalg.det(self.axes) > 0 else -1.0


def plate_frame(plate: Plate) -> Frame:
    """Lay the plate's axes through its corners: x from corner 2 to 1, y from corner 4 to 1.

    A plate without corners (none, or all the same: never filled in) is its own lab: its axes are the lab's.

    Kistler defines the channels of type 3 in axes whose z points down, so there the corners give x and y only: some
    programs list them the other way round, which would turn the horizontal forces against the vertical one.

    Raises
    ------
    NotComputableError
        If the corners are those of no plate.
    """
    corners = np.array(plate.corners_m, float).reshape(-1, 3) if plate.corners_m else np.empty((0, 3))
    z_down = plate.type in PLATE_TYPES and PLATE_TYPES[plate.type].z_down
    if not corners.size or not np.ptp(corners):
        axes = np.diag([1.0, 1.0, -1.0 if z_down else 1.0])
        return Frame(axes, np.zeros(3), (np.inf, np.inf), np.eye(3))
    flaw = corners_flaw(corners)
    if flaw:
        raise NotComputableError(f"the corners of a plate {flaw}: give them in lab.toml")
    x, y = corners[0] - corners[1], corners[0] - corners[3]
    z = np.cross(x, y)
    upright = _upright(z)
    axes = upright @ np.column_stack([v / np.linalg.norm(v) for v in (x, np.cross(z, x), z)])
    if z_down and axes[2, 2] > 0:
        axes[:, 2] *= -1
    half = (float(np.linalg.norm(x)) / 2, float(np.linalg.norm(y)) / 2)
    return Frame(axes, upright @ corners.mean(axis=0), half, upright)


def _upright(normal: Floats) -> Floats:
    """Rotation that brings the lab axis nearest to the plate's normal to z, keeping a right-handed frame."""
    up = int(np.argmax(np.abs(normal)))
    if up == 2:
        return np.eye(3)
    if up == 1:
        return np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    return np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]])


def wrench(signal: Signal, frame: Frame) -> Floats:
    """Force (N) and moment about the middle of the top surface (N·m), in plate axes, as the file signs them.

    Returns
    -------
    ndarray, shape (N, 6)
        Fx, Fy, Fz, Mx, My, Mz.

    Raises
    ------
    NotComputableError
        If channels are missing, the type is unknown, or voltages come without a calibration matrix.
    """
    plate = signal.plate
    if plate is None:
        raise NotComputableError(f"{signal.id} has no plate geometry: give [streams.{signal.id}.plate] in lab.toml")
    kind, formula = PLATE_TYPES.get(plate.type), FORMULAS.get(plate.type)
    if kind is None or formula is None:
        types = f"{min(PLATE_TYPES)} to {max(PLATE_TYPES)}"
        raise NotComputableError(f"{signal.id} is a plate of type {plate.type}; only the C3D types {types} are known")
    need = len(kind.channels)
    if signal.samples.shape[1] < need:
        have = signal.samples.shape[1]
        raise NotComputableError(f"{signal.id} has {have} channels, and a plate of type {plate.type} has {need}")
    raw = np.asarray(signal.samples[:, :need], float)
    units = [channel.unit for channel in signal.channels[:need]]
    calibrated = plate.calibration is not None
    if calibrated:
        raw = _calibrate(raw, plate, signal.id)
    if not calibrated:
        _know_forces(signal.id, units[: kind.forces])
    if not calibrated and any(is_voltage(unit) for unit in units):
        raise NotComputableError(_in_volts(signal.id, raw))
    return formula(raw, units, plate, frame)


def _in_volts(name: str, raw: Floats) -> str:
    """Why channels in volts are no forces, and what they look like."""
    most = float(np.nanmax(np.abs(raw), initial=0.0))
    if most > _SUPPLY_V:
        return (
            f"{name} is told in volts and goes to {most:.0f}, as no amplifier does: it looks like N and N·mm told "
            f"as V: set their units under [streams.{name}.channels] in lab.toml"
        )
    return f"{name} is in volts and has no calibration matrix: give it, or the unit, in lab.toml"


def _calibrate(raw: Floats, plate: Plate, name: str) -> Floats:
    matrix = np.array(plate.calibration, float)
    if matrix.ndim != 2 or matrix.shape != (raw.shape[1], raw.shape[1]):
        shape = "x".join(str(n) for n in matrix.shape)
        raise NotComputableError(f"the calibration matrix of {name} is {shape} for {raw.shape[1]} channels")
    calibrated: Floats = raw @ matrix.T
    return calibrated


def _type_1(raw: Floats, units: list[str], plate: Plate, frame: Frame) -> Floats:
    """Force, centre of pressure and free moment, from the plate's own electronics."""
    force = raw[:, :3] * _forces(units[:3])
    metres = [length_unit(unit) for unit in units[3:5]]
    cop = raw[:, 3:5] * [1.0 if m is None else m for m in metres]
    if None in metres and np.nanmax(np.abs(cop), initial=0.0) > 5.0:  # no plate is 10 m long: these are millimetres
        cop = cop * 1e-3
    free = raw[:, 5] * (moment_unit(units[5]) or 1.0)
    # An unloaded plate divides by nothing and may give anything.
    cop = np.where(np.isfinite(cop), cop, 0.0)
    x, y = cop[:, 0], cop[:, 1]
    fx, fy, fz = force.T
    return np.column_stack([force, y * fz, -x * fz, free + x * fy - y * fx])


def _type_2(raw: Floats, units: list[str], plate: Plate, frame: Frame) -> Floats:
    """Three forces and three moments about the sensors' origin (types 2 and 4)."""
    force = raw[:, :3] * _forces(units[:3])
    declared = [moment_unit(unit) for unit in units[3:]]
    origin = np.array(plate.origin_m, float)
    # The top lies above the sensors. Many programs store the vector the other way round.
    if (frame.axes @ np.array([0.0, 0.0, origin[2]]))[2] < 0:
        origin = -origin
    scales = [scale for scale in declared if scale is not None]
    if len(scales) == 3:
        return _about_top(force, raw[:, 3:] * scales, origin)
    metre = _about_top(force, raw[:, 3:], origin)
    # The unit says nothing about a length. A foot can only push inside the plate, which tells N·m from N·mm.
    if inside(metre, frame):
        return metre
    return _about_top(force, raw[:, 3:] * 1e-3, origin)


def _type_3(raw: Floats, units: list[str], plate: Plate, frame: Frame) -> Floats:
    """Kistler's eight channels: fx12 fx34 fy14 fy23 fz1 fz2 fz3 fz4; ORIGIN is (a, b, az0), az0 below zero."""
    a, b, az0 = abs(plate.origin_m[0]), abs(plate.origin_m[1]), -abs(plate.origin_m[2])
    fx12, fx34, fy14, fy23, fz1, fz2, fz3, fz4 = (raw * _forces(units)).T
    force = np.column_stack([fx12 + fx34, fy14 + fy23, fz1 + fz2 + fz3 + fz4])
    moment = np.column_stack(
        [b * (fz1 + fz2 - fz3 - fz4), a * (-fz1 + fz2 + fz3 - fz4), b * (fx34 - fx12) + a * (fy14 - fy23)]
    )
    return _about_top(force, moment, np.array([0.0, 0.0, az0]))


FORMULAS = {1: _type_1, 2: _type_2, 3: _type_3, 4: _type_2}
"""How the channels of each type are read."""


def _know_forces(name: str, units: list[str]) -> None:
    """Refuse a unit that is named and is none of force; an empty one is taken for newtons."""
    for unit in units:
        if unit.strip() and force_unit(unit) is None and not is_voltage(unit):
            raise NotComputableError(
                f"{name} has forces in {unit!r}, which is no known unit of force: give it in lab.toml"
            )


def _forces(units: list[str]) -> list[float]:
    return [force_unit(unit) or 1.0 for unit in units]


def _about_top(force: Floats, moment: Floats, origin: Floats) -> Floats:
    """Move the moment from the sensors' origin to the middle of the top surface."""
    wrench = np.empty((len(force), 6))
    wrench[:, :3], wrench[:, 3:] = force, moment
    # The cross product of force and origin, a component at a time: the force of an hour is long.
    for axis, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        wrench[:, 3 + axis] += force[:, i] * origin[j] - force[:, j] * origin[i]
    return wrench


def inside(wrench: Floats, frame: Frame) -> bool:
    """Whether the centre of pressure of the greatest loads lies on the plate; without a load, it does."""
    x, y = centre_of_pressure(wrench)
    fz = np.abs(wrench[:, 2])
    loaded = fz > _LOADED_SHARE * np.nanmax(fz, initial=0.0)
    half = [2.0 if not np.isfinite(h) else h + _MARGIN_M for h in frame.half_m]
    if not loaded.any():
        return True
    return bool(np.median(np.abs(x[loaded])) <= half[0] and np.median(np.abs(y[loaded])) <= half[1])


def centre_of_pressure(wrench: Floats) -> tuple[Floats, Floats]:
    """Where the force meets the top surface, in plate axes from its middle (m): x = -My/Fz, y = Mx/Fz."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return -wrench[:, 4] / wrench[:, 2], wrench[:, 3] / wrench[:, 2]


def forget_centre(samples: Floats, frame: Frame) -> None:
    """Leave no centre of pressure, in place, where a plate gives a vertical force alone.

    Without moments it would be the middle of the plate, at rest, and the sway of whoever stands there none at all.

    Parameters
    ----------
    samples : ndarray, shape (n, 6)
        Fx, Fy, Fz, CoPx, CoPy, Tz in the lab frame.
    frame : Frame
    """
    alone = (samples[:, :2] == 0.0).all(axis=1) & (samples[:, 3:5] == frame.middle_m[:2]).all(axis=1)
    samples[alone, 3:] = np.nan
