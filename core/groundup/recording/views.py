"""A stream where people would rather look: as a pandas frame, an xarray array, or a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.recording import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from groundup.recording.stream import Stream

_MOST_POINTS = 4000
_MOST_LANES = 32


def frame(stream: Stream, part: slice = slice(None)) -> pd.DataFrame:
    """Samples as a frame: a column a channel, indexed by time on the lab clock in s.

    Parameters
    ----------
    stream : Stream
    part : slice
        Which samples; all by default.
    """
    import pandas as pd

    values = stream.values(part)
    if isinstance(values, list):
        values = np.array([[tables.text_of(text) for text in row] for row in values], object).reshape(
            len(values), len(stream.channels)
        )
    index = pd.Index(stream.time[part], name="time")
    found = pd.DataFrame(values, index=index, columns=pd.Index(_labels(stream), name="channel"))
    found.attrs = {"stream": stream.id, "units": [channel.unit for channel in stream.channels], "rate": stream.rate}
    return found


def array(stream: Stream, part: slice = slice(None)) -> Any:
    """Samples as an `xarray.DataArray` of time and channel, with unit, site, side and uncertainty beside them.

    Raises
    ------
    ImportError
        If xarray is not installed; the message says how.
    """
    try:
        import xarray
    except ImportError as error:
        raise ImportError("this view needs xarray: pip install xarray") from error
    values = frame(stream, part)
    about = {key: ("channel", [getattr(c, key) for c in stream.channels]) for key in ("unit", "site", "side")}
    coords = {
        "time": values.index.to_numpy(),
        "channel": _labels(stream),
        "uncertainty": ("time", stream.uncertainty[part]),
        **about,
    }
    attrs = {"stream": stream.id, "rate": stream.rate, "sync_bound_ms": stream.certificate.bound_ms}
    return xarray.DataArray(values.to_numpy(), coords, ("time", "channel"), name=stream.id, attrs=attrs)


def plot(stream: Stream, t0: float | None = None, t1: float | None = None, ax: Any = None) -> Any:
    """Draw every channel in a lane of its own, against time on the lab clock.

    Long stretches are drawn by the least and largest values of short ones, so that no spike is lost.

    Parameters
    ----------
    stream : Stream
    t0, t1 : float, optional
        Between these times in s; all by default.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the stream is text.
    """
    if stream.spec.format == "string":
        raise ValueError(f"{stream.id} is text, which has no curve; see Recording.events")
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(layout="constrained").add_subplot()
    time = stream.time
    part = slice(*np.searchsorted(time, [-np.inf if t0 is None else t0, np.inf if t1 is None else t1]).tolist())
    values = np.asarray(stream.values(part), np.float64)
    shown = min(values.shape[1], _MOST_LANES)
    x, y = _extremes(time[part], values[:, :shown])
    for lane, (channel, curve) in enumerate(zip(stream.channels, y.T, strict=False)):
        low, high = (np.nanmin(curve), np.nanmax(curve)) if np.isfinite(curve).any() else (0.0, 0.0)
        scaled = (curve - (low + high) / 2.0) / max(high - low, 1e-30) * 0.9
        ax.plot(x, shown - 1 - lane + scaled, linewidth=0.6, label=channel.label)
    ax.set_yticks(range(shown), [_lane(channel.label, channel.unit) for channel in reversed(stream.channels[:shown])])
    more = f", the first {shown} of {values.shape[1]} channels" if shown < values.shape[1] else ""
    ax.set_title(f"{stream.id}: {stream.spec.name}{more}", loc="left")
    ax.set_xlabel("lab clock, s")
    return ax


def plot_streams(streams: Iterable[Stream], t0: float | None, t1: float | None) -> Any:
    """Draw every numeric stream between two times (s, lab clock), one below the other; gives the figure."""
    from matplotlib import pyplot as plt

    shown = [s for s in streams if s.spec.format != "string" and len(s)]
    heights = [1.0 + 0.25 * min(len(s.channels), 32) for s in shown]
    figure, axes = plt.subplots(
        max(len(shown), 1), 1, figsize=(10, sum(heights) or 1), sharex=True, squeeze=False, layout="constrained",
        height_ratios=heights or None,
    )  # fmt: skip
    for stream, ax in zip(shown, axes[:, 0], strict=False):
        stream.plot(t0, t1, ax)
    return figure


def _extremes(time: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Time and values; of a long stretch the least and the largest of each of its pieces."""
    size = len(time) // (_MOST_POINTS // 2)
    if size < 2:
        return time, values
    count = len(time) // size
    blocks = values[: count * size].reshape(count, size, -1)
    both = np.stack([np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)], axis=1)
    middle = time[: count * size].reshape(count, size)[:, size // 2]
    return np.repeat(middle, 2), both.reshape(2 * count, -1)


def _labels(stream: Stream) -> list[str]:
    """Labels of the channels, no two the same."""
    seen: dict[str, int] = {}
    labels = []
    for channel in stream.channels:
        seen[channel.label] = seen.get(channel.label, 0) + 1
        labels.append(channel.label if seen[channel.label] == 1 else f"{channel.label}.{seen[channel.label]}")
    return labels


def _lane(label: str, unit: str) -> str:
    text = f"{label}, {unit}" if unit else label
    return text if len(text) <= 24 else f"{text[:21]}..."
