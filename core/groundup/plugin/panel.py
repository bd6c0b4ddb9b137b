"""The contract of a panel: a part of the dashboard that is declared, with no JavaScript."""

from dataclasses import dataclass
from typing import Literal

Shows = Literal["signals", "trend", "value"]


@dataclass(frozen=True)
class Panel:
    """A part of the dashboard.

    Attributes
    ----------
    name : str
        Unique among all panels.
    title : str
        Stands above it.
    shows : {"signals", "trend", "value"}
        Scrolling signals; a metric over the strides of the last minutes; or its newest value, large.
    kinds : tuple of str
        For signals: the kinds of streams shown (``plate``, ``emg``, ``imu``, ``mocap``, ``other``); a stream is shown
        by the first panel that takes it.
    streams : tuple of str
        For signals: names of streams, in place of kinds.
    metrics : tuple of str
        For a trend or value: names of metrics, as ``groundup metrics`` lists them.
    band : (low, high), optional
        For a trend or value: where it should lie.

    Raises
    ------
    ValueError
        If it shows nothing.
    """

    name: str
    title: str
    shows: Shows = "signals"
    kinds: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    band: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse a panel that shows nothing."""
        if self.shows == "signals" and not (self.kinds or self.streams):
            raise ValueError(f"the panel {self.name!r} shows signals of no kind and of no stream")
        if self.shows != "signals" and not self.metrics:
            raise ValueError(f"the panel {self.name!r} shows no metric")
