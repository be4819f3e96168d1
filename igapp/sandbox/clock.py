"""The platform's own time: the machine's, moved by an offset that tests and the page may set."""

import threading
import time


class Clock:
    """Milliseconds since 1970 as the platform sees them; `tick` never gives the same one twice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_ms = 0
        self._last = 0

    @property
    def offset_seconds(self) -> float:
        return self._offset_ms / 1000

    def move(self, offset_seconds: float) -> None:
        """Set how far the platform's time is ahead of the machine's (negative: behind)."""
        with self._lock:
            self._offset_ms = round(offset_seconds * 1000)
            self._last = 0

    def now(self) -> int:
        return int(time.time() * 1000) + self._offset_ms

    def tick(self) -> int:
        """A moment for something that happens now, later than every one given before."""
        with self._lock:
            self._last = max(self.now(), self._last + 1)
            return self._last
