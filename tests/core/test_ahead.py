"""What is made ahead is what would have been made at once."""

import threading
from collections.abc import Iterator

import pytest

from groundup.ahead import ahead


def test_the_items_come_in_order_and_the_next_is_made_while_one_is_used() -> None:
    made = [threading.Event() for _ in range(5)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in ahead(items()):
        assert all(event.wait(60.0) for event in made[: number + 2])
    assert number == 4
    assert list(ahead(iter(()))) == []


def test_an_error_comes_where_the_item_would_have_come() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("torn")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="torn"):
        next(found)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    for number in ahead(iter(range(1000))):
        if number == 3:
            break
    del number
    assert set(threading.enumerate()) <= before
