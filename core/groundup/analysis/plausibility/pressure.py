"""The centre of pressure on its plate: a foot can only push inside the corners, and never stays on one spot."""

from collections.abc import Iterator, Sequence

import numpy as np

from groundup.analysis.plausibility.finding import Implausible, unit_key
from groundup.lab.stream_tables import table_of
from groundup.model.plate_types import PLATE_TYPES
from groundup.model.signals import Floats, Signal

_LOADED_N, _LOADED_SHARE = 50.0, 0.2
_LEAST_S = 0.3
_OFF = 1.3  # halves of the plate
_FARTHEST_M = 4.0  # where the corners are not known
_THOUSAND_M, _HUNDRED_M = 20.0, 1.5
_STILL_M = 5e-4  # nobody stands so still
_NOISE_SHARE = 0.3  # from one sample to the next
_TOP_M = 0.1  # from the sensors to the top: a sideways force shifts the centre by its share of that


def judge_pressure(signals: Sequence[Signal]) -> Iterator[Implausible]:
    """Hold the centre of pressure of each loaded plate against its corners."""
    raw = {signal.id: signal for signal in signals}
    for signal in signals:
        labels = [channel.label for channel in signal.channels]
        if signal.kind == "grf" and {"Fx", "Fy", "Fz", "CoPx", "CoPy"} <= set(labels):
            names = signal.inputs or (signal.id,)
            found = _judge(signal, labels, _sensors(raw.get(names[0])), names)
            if found:
                yield Implausible("moment", f"the centre of pressure of {min(names)} {found}", frozenset(names))


def _judge(signal: Signal, labels: Sequence[str], sensors: Floats, names: Sequence[str]) -> str:
    fx, fy, fz, x, y = (signal.samples[:, labels.index(name)] for name in ("Fx", "Fy", "Fz", "CoPx", "CoPy"))
    least = max(_LOADED_N, _LOADED_SHARE * float(np.nanmax(fz, initial=0.0)))
    with np.errstate(invalid="ignore"):
        loaded = (fz > least) & np.isfinite(x) & np.isfinite(y)
    if loaded.sum() < _LEAST_S * signal.rate:
        return ""
    at, halves = _on_plate(signal, np.column_stack([x[loaded], y[loaded]]))
    away = float(np.median(np.abs(at).max(axis=1)))
    if halves is None and away > _FARTHEST_M:
        return f"lies {away:.3g} m away: {_too_far(away, names)}"
    if halves is not None and float(np.median((np.abs(at) / halves).max(axis=1))) > _OFF:
        return f"lies {away:.3g} m from its middle, off the plate: {_too_far(away, names)}"
    sideways = float(np.percentile(np.hypot(fx[loaded], fy[loaded]) / fz[loaded], 95))
    beside_plate = min(float(np.percentile(np.hypot(*(at - spot).T), 95)) for spot in (sensors, -sensors))
    if beside_plate < _STILL_M + _TOP_M * sideways and _smooth(at):
        return f"never leaves one spot: its moments look like N·m told as N·mm: {unit_key(names)}"
    return ""


def _smooth(at: Floats) -> bool:
    """Whether a centre of pressure moves as bodies do: one of a plate without moments does not move, or is noise."""
    spread = float(np.linalg.norm(at.std(axis=0)))
    return spread > 0 and float(np.median(np.linalg.norm(np.diff(at, axis=0), axis=1))) < _NOISE_SHARE * spread


def _sensors(plate: Signal | None) -> Floats:
    """Where the sensors' origin lies in the plate's own axes, from its middle (m): what no moment is about."""
    if plate is None or plate.plate is None:
        return np.zeros(2)
    kind = PLATE_TYPES.get(plate.plate.type)
    return np.array(plate.plate.origin_m[:2] if kind is not None and kind.moments else (0.0, 0.0))


def _too_far(away: float, streams: Sequence[str]) -> str:
    if away > _THOUSAND_M:
        return f"its moments look like N·mm told as N·m: {unit_key(streams)}"
    if away > _HUNDRED_M:
        return f"its moments look like N·cm, or lbf·in, told as N·m: {unit_key(streams)}"
    return f"see the unit of its moments and corners_m under {table_of(min(streams), 'plate')} in lab.toml"


def _on_plate(signal: Signal, at: Floats) -> tuple[Floats, Floats | None]:
    """Positions from the plate's middle along its edges, and half its edges; without corners as they are, and None."""
    corners = np.array(signal.plate.corners_m if signal.plate is not None else (), float)
    if corners.shape != (4, 3):
        return at, None
    corners = corners[:, :2]
    edges = np.array([corners[0] - corners[1], corners[0] - corners[3]])
    lengths = np.linalg.norm(edges, axis=1)
    if not (lengths > 0).all():
        return at, None
    along: Floats = (at - corners.mean(axis=0)) @ (edges / lengths[:, None]).T
    return along, lengths / 2
