"""Counts calls by key over the last hour."""

import threading
from collections import defaultdict, deque

HOUR_MS = 3_600_000


class Rates:
    """Moments of calls by key, for the last hour."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: defaultdict[str, deque[int]] = defaultdict(deque)

    def hit(self, key: str, now: int) -> None:
        with self._lock:
            moments = self._moments[key]
            moments.append(now)
            while moments[0] < now - HOUR_MS:
                moments.popleft()

    def hits(self, key: str, since: int) -> int:
        """How many at or after that moment."""
        with self._lock:
            count = 0
            for at in reversed(self._moments[key]):
                if at < since:
                    break
                count += 1
            return count

    def total(self, key: str) -> int:
        with self._lock:
            return len(self._moments[key])

    def clear(self) -> None:
        with self._lock:
            self._moments.clear()
