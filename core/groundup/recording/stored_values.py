"""Metrics and processed signals as they lie in a file, with what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from groundup.model.signals import Signal
from groundup.recording import hdf, tables

if TYPE_CHECKING:  # what only some ask for, nobody waits for: sealing imports this module, too
    import pandas as pd

_JSON_ATTRS = ("parameters", "inputs", "signals", "norm", "conditions", "reliability", "method_spread")


def _attrs(target: h5py.Group | h5py.Dataset, but: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        name: hdf.attr_json(target, name, None) if name in _JSON_ATTRS else _plain(hdf.attr(target, name))
        for name in target.attrs
        if name not in but
    }


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return tables.text_of(value)
    return value.item() if isinstance(value, np.generic) else value


def read_metric(dataset: h5py.Dataset) -> pd.DataFrame:
    """Read the values of a metric; what is known of it is in ``attrs``."""
    values = tables.METRICS.todays(tables.frame(hdf.read(dataset)))
    values.attrs.update(_attrs(dataset))
    return values


_SIGNAL_ATTRS = ("kind", "rate", "inputs", "plate_type", "plate_corners_m", "plate_origin_m", "plate_calibration")


def read_processed(group: h5py.Group) -> Signal:
    """Read a processed signal."""
    return Signal(
        id=group.name.rsplit("/", 1)[-1],
        kind=hdf.attr_text(group, "kind"),
        time=hdf.read(group["time"]),
        samples=hdf.read(group["samples"]),
        channels=hdf.read_channels(hdf.read(group["channels"])),
        rate=hdf.attr_number(group, "rate", 0.0),
        plate=hdf.read_plate(group),
        inputs=tuple(hdf.attr_json(group, "inputs", ())),
        attrs=_attrs(group, _SIGNAL_ATTRS),
    )
