"""The laws of every kernel: any cut, any path, any float type, holes, a state that can be kept."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup_ext import _kernels as kernels
from tests.ext.kernel_cases import BAND, CASES, LOW, Case, with_holes

every_kernel = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.fixture
def any_path() -> Iterator[None]:
    yield
    kernels.take_path(None)


def all_channels(case: Case, rows: int, seed: int = 0) -> Iterator[np.ndarray]:
    for channels in case.channels:
        yield with_holes(case.input(rows, channels, seed), seed)


@pytest.mark.rig
@every_kernel
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_cut_of_the_input_changes_a_bit(case: Case, data: st.DataObject) -> None:
    x = case.input(data.draw(st.integers(1, 200)), data.draw(st.sampled_from(case.channels)), data.draw(st.integers(0)))
    if data.draw(st.booleans()):
        x = with_holes(x, data.draw(st.integers(0)))
    whole, cut = case.make(x.shape[1]), case.make(x.shape[1])
    places = [0, *sorted(data.draw(st.lists(st.integers(0, len(x)), max_size=8))), len(x)]
    parts = [cut.process(x[a:b]) for a, b in pairwise(places)]
    assert np.concatenate(parts).tobytes() == whole.process(x).tobytes()
    assert cut.state.tobytes() == whole.state.tobytes()


@every_kernel
@pytest.mark.usefixtures("any_path")
def test_every_path_gives_the_same_bits(case: Case) -> None:
    assert kernels.paths()[0] == "plain"
    for x in all_channels(case, 300):
        results = set()
        for path in kernels.paths():
            kernels.take_path(path)
            kernel = case.make(x.shape[1])
            results.add((kernel.process(x).tobytes(), kernel.state.tobytes()))
        assert len(results) == 1


@every_kernel
def test_what_comes_after_a_hole_is_again_a_number(case: Case) -> None:
    """Long after a hole the result is what it would have been, to rounding, or nearly so."""
    rows = 2000
    for channels in case.channels:
        x = case.input(rows, channels)
        holed = x.copy()
        holed[100:140:3] = np.nan
        holed[200] = np.inf
        holed[201] = 1e300
        whole, mended = case.make(channels).process(x), case.make(channels).process(holed)
        if mended.shape == whole.shape and whole.shape[1] != 4:
            late = slice(len(whole) // 2, None)
            assert np.isfinite(mended[late]).all() == np.isfinite(whole[late]).all()
            np.testing.assert_allclose(mended[late], whole[late], rtol=0.1, atol=0.02 * np.nanmax(np.abs(whole)))
        else:
            assert np.isfinite(mended[:, :3]).all()
            assert len(mended) > 0


@every_kernel
def test_a_missing_value_is_missing_in_what_comes_out(case: Case) -> None:
    x = case.input(400, case.channels[0])
    x[250] = np.nan
    kernel = case.make(x.shape[1])
    y = kernel.process(x)
    if kernel.columns == x.shape[1] and len(y) == len(x) and not case.force:
        assert np.isnan(y[250]).all()


@every_kernel
def test_float32_goes_in_and_out(case: Case) -> None:
    x = case.input(150, case.channels[-1]).astype(np.float32)
    exact = case.make(x.shape[1]).process(x.astype(np.float64))
    assert case.make(x.shape[1]).process(x).tobytes() == exact.tobytes()
    kernel = case.make(x.shape[1])
    room = np.full((len(exact) + 200 * x.shape[1] * 2, kernel.columns), 7.0, np.float32)
    made = kernel.process(x, room)
    assert made.base is room or made is room
    np.testing.assert_array_equal(made, exact.astype(np.float32))
    assert (room[len(made) :] == 7.0).all()


@every_kernel
def test_a_state_can_be_kept_and_put_back(case: Case) -> None:
    x = case.input(260, case.channels[-1])
    kernel = case.make(x.shape[1])
    kernel.process(x[:130])
    kept = kernel.state
    once = kernel.process(x[130:])
    kernel.state = kept
    assert kernel.process(x[130:]).tobytes() == once.tobytes()
    kernel.reset()
    assert kernel.process(x[:130]).tobytes() == case.make(x.shape[1]).process(x[:130]).tobytes()


def test_a_chunk_may_be_processed_in_place() -> None:
    x = CASES["envelope"].input(500, 17)
    expected = kernels.Envelope(BAND, LOW, 17).process(x)
    assert kernels.Envelope(BAND, LOW, 17).process(x, x) is x
    assert x.tobytes() == expected.tobytes()


def test_a_dead_channel_leaves_nothing_that_is_slow_to_compute() -> None:
    kernel = kernels.Sos(LOW, 1)
    kernel.process(np.ones((10, 1)))
    ringing = kernel.process(np.zeros((400_000, 1)))
    assert ringing[-1, 0] == 0.0
    assert not ((np.abs(ringing) > 0) & (np.abs(ringing) < np.finfo(float).tiny)).any()


def test_the_callers_arithmetic_stays_as_it_was() -> None:
    kernels.Sos(LOW, 1).process(np.ones((10, 1)))
    assert np.float64(5e-324) * np.float64(1.0) > 0.0


def test_arrays_of_other_kinds_are_taken() -> None:
    x = np.arange(24).reshape(6, 4)
    expected = kernels.Sos(LOW, 4).process(x.astype(float)).tobytes()
    for other in (x, x.astype(np.int16), x.tolist(), np.asfortranarray(x.astype(float)), x.astype(">f8")):
        assert kernels.Sos(LOW, 4).process(other).tobytes() == expected
    assert len(kernels.Sos(LOW, 4).process(np.empty((0, 4)))) == 0


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (lambda: kernels.Sos(LOW, 4).process(np.zeros((3, 5))), r"shape \(3, 5\)"),
        (lambda: kernels.Sos(LOW, 4).process(np.zeros(4)), r"shape \(4,\)"),
        (lambda: kernels.Sos(LOW, 4).process(np.zeros((3, 4), complex)), "real numbers"),
        (lambda: kernels.Sos(LOW, 4).process(np.zeros((3, 4)), np.zeros((2, 4))), "2 rows"),
        (lambda: kernels.Sos(LOW, 4).process(np.zeros((3, 4)), np.zeros((3, 4), int)), "float32 or float64"),
        (lambda: kernels.Sos(LOW, 4).process(np.zeros((3, 4)), np.zeros((4, 3)).T), "C order"),
        (lambda: kernels.Sos(LOW, 0), "a channel"),
        (lambda: kernels.Sos(np.zeros((0, 6)), 1), r"shape \(n, 6\)"),
        (lambda: kernels.Sos([[1, 0, 0, 0, 0, 0]], 1), "a0"),
        (lambda: kernels.Sos([[1, 0, 0, 1, -1, 0]], 1, steady=True), "steady"),
        (lambda: kernels.MovingRms(1, 0), "window"),
        (lambda: kernels.Magnitude(7), "vectors of 3"),
        (lambda: kernels.Resampler(1, 0, 1), "0/1"),
        (lambda: kernels.Resampler(1, 1, 2, [1.0, 2.0, 3.0]), "symmetric"),
        (lambda: kernels.RelativePhase(2, [[0, 2]]), "channels from 0 to 1"),
        (lambda: kernels.Threshold(2, 1.0, 2.0), "above"),
        (lambda: kernels.Threshold(2, [1.0, 2.0, 3.0]), "3 levels"),
        (lambda: kernels.DoubleThreshold(2, 1.0, 4, 3), "4 of 3"),
        (lambda: kernels.Contact(1, 20.0, 10.0), "sure"),
        (lambda: kernels.Plate(np.eye(5)), r"\(6, channels\)"),
        (lambda: kernels.take_path("abacus"), "plain"),
        (lambda: kernels.Kernel().process(np.zeros((3, 4))), "not initialised"),
        (lambda: setattr(kernels.Sos(LOW, 4), "state", np.zeros(3)), "state of 3"),
    ],
)
def test_what_does_not_fit_is_said(attempt: object, said: str) -> None:
    assert callable(attempt)
    with pytest.raises((ValueError, TypeError), match=said):
        attempt()
