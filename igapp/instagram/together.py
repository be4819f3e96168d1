"""Does together what comes at the same time: who comes while others are served is served with the next lot."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")

MOST = 20
"""Calls in one lot."""


@dataclass(eq=False)
class _Call(Generic[Asked, Given]):
    asked: Asked
    given: Future[Given] = field(default_factory=Future)


class Together(Generic[Asked, Given]):
    """Turns calls of several threads into one call of `act`, which gets all that is asked and answers in its order.

    Nobody waits for company: who comes alone is served alone, at once. Where a lot fails, each is tried alone.
    """

    def __init__(self, act: Callable[[Sequence[Asked]], Sequence[Given]]) -> None:
        self._act = act
        self._waiting: deque[_Call[Asked, Given]] = deque()
        self._acting = threading.Lock()

    def do(self, asked: Asked) -> Given:
        """Return the answer to `asked`; raises what `act` raises for it alone."""
        call: _Call[Asked, Given] = _Call(asked)
        self._waiting.append(call)
        with self._acting:
            if not call.given.done():
                self._serve(self._next_lot(call))
        return call.given.result()

    def _next_lot(self, mine: _Call[Asked, Given]) -> list[_Call[Asked, Given]]:
        """Return who waits; whoever took a lot and died with it left its calls to themselves."""
        lot: list[_Call[Asked, Given]] = []
        while self._waiting and len(lot) < MOST:
            lot.append(self._waiting.popleft())
        return lot if mine in lot else [*lot, mine]

    def _serve(self, lot: Sequence[_Call[Asked, Given]]) -> None:
        lot = [call for call in lot if not call.given.done()]
        try:
            answers = self._act([call.asked for call in lot])
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            self._fail(lot, error)
            return
        for call, answer in zip(lot, answers, strict=True):
            call.given.set_result(answer)

    def _fail(self, lot: Sequence[_Call[Asked, Given]], error: Exception) -> None:
        if len(lot) == 1:
            lot[0].given.set_exception(error)
            return
        for call in lot:
            self._serve([call])
