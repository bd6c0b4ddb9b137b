import numpy as np
import pytest

from groundup.plugin.packet_order import PacketOrder


def packet(number: int, rows: int = 10) -> tuple[np.ndarray, np.ndarray]:
    numbers = number * rows + np.arange(rows, dtype=np.float64)
    return numbers, numbers[:, None]


def passed(order: PacketOrder, now: float) -> list[float]:
    return [float(value) for numbers, _, _ in order.release_ready(now) for value in numbers]


@pytest.mark.parametrize("seed", range(20))
def test_any_order_within_the_wait_comes_out_in_order_and_whole(seed: int) -> None:
    chance = np.random.default_rng(seed)
    arrivals = sorted((k * 0.1 + chance.uniform(0.0, 0.3), k) for k in range(100))
    order, out = PacketOrder(0.35, 100.0, 1.0), []
    for arrived, number in arrivals:
        assert order.take(*packet(number), arrived) == 0
        out += passed(order, arrived)
    out += passed(order, np.inf)
    assert out == list(range(1000))


def test_what_comes_in_order_does_not_wait() -> None:
    order = PacketOrder(10.0, 100.0, 1.0)
    order.take(*packet(0), 0.0)
    assert passed(order, 10.0) == list(range(10))
    for number in range(1, 5):
        order.take(*packet(number), 10.0 + number)
        assert passed(order, 10.0 + number) == list(range(10 * number, 10 * number + 10))


def test_what_comes_too_late_is_counted_and_never_goes_back() -> None:
    order = PacketOrder(0.2, 100.0, 1.0)
    for number in (0, 2):
        order.take(*packet(number), number / 10)
    assert passed(order, 0.5) == [*range(10), *range(20, 30)]
    assert order.take(*packet(1), 0.6) == 10
    numbers = np.arange(25.0, 35.0)  # half of it is known already
    assert order.take(numbers, numbers[:, None], 0.6) == 5
    assert passed(order, np.inf) == list(range(30, 35))


def test_a_counter_that_begins_anew_is_not_taken_for_late_packets() -> None:
    order = PacketOrder(0.2, 100.0, 1.0)
    for number in (1000, 1002):  # 1001 is waited for when the sensor starts again
        order.take(*packet(number), 0.0)
    assert order.take(*packet(0), 0.1) == 0
    order.take(*packet(1), 0.2)
    assert passed(order, np.inf) == [*range(10000, 10010), *range(10020, 10030), *range(20)]
