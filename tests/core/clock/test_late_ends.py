"""Lateness that ends at the edge of a stream is no loss, and moves no rate."""

import numpy as np
import pytest

from groundup.clock.losses import losses


def _late(
    rate: float, begin_s: float, end_s: float, late_s: float, lost: tuple[int, ...] = (), slowly_s: float = 1e-9
) -> np.ndarray:
    """Stamps of 20 s, those of some seconds late by so much more, and then caught up; samples lost here and there."""
    taken = np.delete(np.arange(round(20.0 * rate)), lost) / rate
    more = late_s * np.clip(1.0 - (taken - end_s) / slowly_s, 0.0, 1.0) * (taken >= begin_s)
    random = np.random.default_rng(0)
    return np.maximum.accumulate(500.0 + taken + random.gamma(2.0, 0.3e-3, len(taken)) + more)


@pytest.mark.survives(
    "time",
    fault="The first samples of a stream, or some just before its end, come late together, and are caught up.",
    happens="Nothing is taken for lost, and the rate is the one of the others.",
    said="the bound",
    lost="Nothing.",
)
@pytest.mark.parametrize("rate", [50.0, 100.0, 500.0])
@pytest.mark.parametrize(
    ("begin_s", "end_s", "late_s", "slowly_s"),
    [
        (0.0, 0.4, 0.03, 1e-9),
        (0.0, 0.1, 0.03, 1e-9),
        (0.0, 1.0, 0.1, 1e-9),
        (0.0, 0.7, 0.06, 0.5),
        (19.1, 19.5, 0.03, 1e-9),
        (18.5, 19.5, 0.1, 1e-9),
    ],
)
def test_what_is_late_at_the_edge_is_not_lost(
    rate: float, begin_s: float, end_s: float, late_s: float, slowly_s: float
) -> None:
    found = losses(_late(rate, begin_s, end_s, late_s, slowly_s=slowly_s), 1.0 / rate, rate)
    assert not len(found.losses.index)
    assert found.interval * rate == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("begin_s", "end_s"), [(0.0, 0.4), (19.1, 19.5)])
def test_what_is_lost_elsewhere_is_found_all_the_same(begin_s: float, end_s: float) -> None:
    lost = (700, 701, 900, 1200, 1201, 1202, 1600)
    found = losses(_late(100.0, begin_s, end_s, 0.03, lost), 0.01, 100.0)
    assert found.losses.lost.tolist() == [2.0, 1.0, 3.0, 1.0]
    assert found.losses.index.tolist() == [700, 900 - 2, 1200 - 3, 1600 - 6]


@pytest.mark.parametrize("last", [1900, 1985, 1996])
def test_a_loss_near_the_end_that_stays_is_found(last: int) -> None:
    found = losses(_late(100.0, 0.0, 0.0, 0.0, (last, last + 1)), 0.01, 100.0)
    assert found.losses.lost.tolist() == [2.0]
    assert found.losses.index.tolist() == [last]


def test_a_device_faster_than_stated_that_loses_what_it_is_faster_by_keeps_its_rate() -> None:
    """Its samples lie closer than stated between the losses, which is what shows that they are."""
    lost = np.sort(np.random.default_rng(1).choice(np.arange(5, 2215), 222, replace=False))
    taken = np.delete(np.arange(2222), lost) * 0.009
    stamps = 500.0 + taken + np.random.default_rng(0).gamma(2.0, 0.3e-3, len(taken))
    found = losses(stamps, 0.01, 100.0)
    assert found.interval == pytest.approx(0.009, rel=1e-3)
    assert found.losses.lost.sum() == len(lost)


@pytest.mark.parametrize(("begin_s", "end_s"), [(0.0, 0.4), (19.1, 19.5)])
def test_that_losses_there_cannot_be_seen_is_known(begin_s: float, end_s: float) -> None:
    """Of two samples that are lost while all come late nothing shows."""
    assert losses(_late(100.0, begin_s, end_s, 0.03), 0.01, 100.0).hidden_losses
    assert not losses(_late(100.0, 0.0, 0.0, 0.0), 0.01, 100.0).hidden_losses
