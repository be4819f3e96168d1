"""What comes at the same time is done together, and nobody pays for somebody else's failure."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from igapp.instagram.together import Together

PATIENCE = 20


class Counter:
    """Doubles numbers; the first lot waits until it is let go, and nothing can be done about zero."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()

    def double(self, numbers: Sequence[int]) -> list[int]:
        self.lots.append(list(numbers))
        self.has_begun.set()
        assert self.may_go_on.wait(PATIENCE)
        if 0 in numbers:
            raise ZeroDivisionError
        return [2 * number for number in numbers]


@pytest.fixture
def counter() -> Counter:
    return Counter()


def ask(counter: Counter, numbers: Sequence[int]) -> list[Future[int]]:
    """Asks for the first alone; the others come while that is under way."""
    together = Together(counter.double)
    pool = ThreadPoolExecutor(len(numbers))
    asked = [pool.submit(together.do, numbers[0])]
    assert counter.has_begun.wait(PATIENCE)
    asked += [pool.submit(together.do, number) for number in numbers[1:]]
    while len(together._waiting) < len(numbers) - 1:
        threading.Event().wait(0.01)
    counter.may_go_on.set()
    pool.shutdown()
    return asked


def test_who_comes_alone_is_served_at_once(counter: Counter) -> None:
    counter.may_go_on.set()
    assert Together(counter.double).do(4) == 8
    assert counter.lots == [[4]]


def test_who_comes_meanwhile_is_served_together(counter: Counter) -> None:
    answers = ask(counter, [1, 2, 3, 4])
    assert [one.result() for one in answers] == [2, 4, 6, 8]
    assert [sorted(lot) for lot in counter.lots] == [[1], [2, 3, 4]]


def test_one_that_fails_fails_alone(counter: Counter) -> None:
    first, *others, wrong = ask(counter, [1, 2, 3, 0])
    assert [one.result() for one in (first, *others)] == [2, 4, 6]
    assert isinstance(wrong.exception(), ZeroDivisionError)
