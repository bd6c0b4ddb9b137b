"""In a notebook: recordings, streams, certificates and profiles show themselves, as tables, frames and plots."""

from pathlib import Path

import numpy as np
import pytest
from tests.conftest import Once
from tests.virtual_walk import T0_S, before

import groundup
from groundup.clock import sync_words


@pytest.fixture(scope="module")
def walk(once: Once) -> Path:
    return before(once)


def test_what_a_notebook_shows_is_escaped_and_has_its_figures(walk: Path, sealed: Path) -> None:
    with groundup.open(walk) as recording:
        assert "VirtualEMG" in recording._repr_html_()
        stream = recording.streams["VirtualEMG"]
        assert "gluteus_medius" in stream._repr_html_()
        assert sync_words(stream.certificate.bound_ms) in stream.certificate._repr_html_()
        assert "glute_braking_share" in groundup.profile(recording)._repr_html_()
    with groundup.open(sealed) as recording:
        assert "<&>" not in recording.streams["nasty"]._repr_html_()
    assert "closed" in recording._repr_html_()


def test_a_frame_has_a_column_a_channel_and_the_lab_clock(walk: Path) -> None:
    with groundup.open(walk) as recording:
        stream = recording.streams["VirtualPlateLeft"]
        frame = stream.to_pandas(slice(10, 30))
        assert frame.shape == (20, 6)
        np.testing.assert_array_equal(frame.index, stream.time[10:30])
        np.testing.assert_array_equal(frame[stream.channels[2].label], stream.samples[10:30, 2])
        assert frame.attrs["units"][2] == "N"


def test_an_array_carries_sites_and_uncertainty(walk: Path) -> None:
    pytest.importorskip("xarray", reason="xarray is not installed")
    with groundup.open(walk) as recording:
        stream = recording.streams["VirtualEMG"]
        array = stream.to_xarray()
        assert array.dims == ("time", "channel")
        chosen = array[:, (array.site == "gluteus_medius") & (array.side == "L")]
        assert chosen.shape == (len(stream), 1)
        np.testing.assert_array_equal(array.uncertainty, stream.uncertainty)


def test_every_kind_of_stream_has_a_frame(sealed: Path) -> None:
    with groundup.open(sealed) as recording:
        for stream in recording.streams.values():
            assert stream.to_pandas().shape == (len(stream), len(stream.channels))
        texts = recording.streams["texts"]
        assert isinstance(texts.to_pandas().iloc[0, 0], str)


def test_a_plot_loses_no_spike(walk: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed").use("agg")
    from matplotlib import pyplot as plt

    with groundup.open(walk) as recording:
        stream = recording.streams["VirtualEMG"]
        axes = stream.plot()
        assert len(axes.lines) == len(stream.channels)
        assert len(axes.lines[0].get_xdata()) < 5000 < len(stream)
        assert np.ptp(axes.lines[0].get_ydata()) == pytest.approx(0.9)
        close = stream.plot(T0_S + 1.00025, T0_S + 1.10025)
        assert len(close.lines[0].get_xdata()) == 200
        figure = recording.plot(T0_S + 1.0, T0_S + 2.0)
        assert len(figure.axes) == len(recording.streams)
    plt.close("all")
